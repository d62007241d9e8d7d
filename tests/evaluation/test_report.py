"""The page of results: whole, closed to the network, escaped, and right about what it says."""

import json
import re
import subprocess
from html import unescape
from pathlib import Path

import pytest
from PIL import Image

from unrender.artifacts import leave_out
from unrender.evaluation.report import figures
from unrender.evaluation.report.judging import summary_sentence, upward, worst_group, worst_sentence
from unrender.evaluation.report.markup import Html, number, percent, tag
from unrender.evaluation.report.page import build_page
from unrender.evaluation.report.reading import Finding, Score, parse, read_models
from unrender.evaluation.report.since import committed

HOSTILE = '<script>alert("x")</script>&\'https://example.org'


def score(value, n=20):
    return {"value": value, "low": value * 0.97, "high": value * 1.04, "n": n}


def finding(value, floor, ceiling, arms):
    return score(value) | {
        "floor": floor,
        "floor_arm": "guess",
        "ceiling": ceiling,
        "gap_closed": (value - floor) / (ceiling - floor),
        "over_floor": {name: end - floor for name, end in score(value).items() if name != "n"},
        "arms": {arm: score(found) for arm, found in arms.items()},
    }


def evidence():
    groups = {
        "format": {"page": {"goal_accuracy": score(0.611, 12), "tone_mae": score(0.0713, 12)}},
        "fault_contrast": {"strong": {"goal_accuracy": score(0.523, 8), "tone_mae": score(0.0519, 8)}},
    }
    split = {
        "goal_accuracy": finding(0.637, 0.217, 0.953, {"guess": 0.217, "shuffled": 0.158}),
        "tone_mae": finding(0.0627, 0.2518, 0.0412, {"guess": 0.2518, "shuffled": 0.3719}),
    }
    return {
        "test": split,
        "test_theme": {"goal_accuracy": finding(0.571, 0.213, 0.947, {"guess": 0.213})},
        "groups": {"test": groups},
        "confusion": {"test": {"goal": {"labels": ["sell", "event"], "counts": [[341, 52], [67, 429]]}}},
        "collapse": {"test": {"distinct_inputs": 501, "distinct_outputs": 487, "share": 0.972}},
        "steps": [{"sampler": "ddim", "steps": 25, "frechet_distance": 31.74}],
        "seen": {"at": {"once": 733}},
    }


@pytest.fixture
def results(tmp_path):
    """metrics/ and models/ of a run with one network, beside files that are no network's."""
    metrics, models = tmp_path / "metrics", tmp_path / "models"
    write(metrics, "abstractor", {"test": {"goal_accuracy": 0.637, "tone_mae": 0.0627}}, evidence())
    write(metrics, "dataset", {"rows": {"train": 4801}}, {"tone_mae": score(0.0412) | {"method": "How & why."}})
    write(metrics, "readiness", {"checks": {"never_shown": {"passed": True}}}, {"test": {}})
    (metrics / "coder.json").write_text('{"test": {"bleu4": 0.777}}')  # no evidence: left out
    (metrics / "plots").mkdir()
    Image.new("RGB", (8, 8), "red").save(metrics / "plots/abstractor_cases.png")
    curve = models / "abstractor.curve"
    curve.mkdir(parents=True)
    (curve / "train.csv").write_text("step,train/loss,train/tone,lr\n10,2.5,1,0.1\n20,0.25,.5,0.1\n")
    (curve / "val.csv").write_text("step,val/loss,lr\n20,0.3,0.1\n")
    return tmp_path


def write(metrics: Path, name, scores, found):
    (metrics / "evidence").mkdir(parents=True, exist_ok=True)
    (metrics / f"{name}.json").write_text(json.dumps(scores))
    (metrics / "evidence" / f"{name}.json").write_text(json.dumps(found))


def page(folder: Path, before=None) -> str:
    return build_page(folder / "metrics", folder / "models", lambda path: before)


def leaves(value, key=""):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, key)
    else:
        yield key, value


def test_every_number_of_the_evidence_is_shown(results):
    shown = unescape(page(results))
    for key, value in leaves(evidence()):
        written = percent(value) if key == "gap_closed" else number(value)
        assert written.lstrip("−") in shown, f"{key} {value}"


def test_a_score_whose_floor_is_0_is_shown_and_a_gain_that_another_shows_is_not(results):
    """With a floor of 0 a score equals what it is better by: the coder's exact match once was missing for that."""
    raised = finding(0.8, 0.6, 0.9, {"before": 0.6})
    gain = raised["over_floor"] | {"floor": 0.0}
    split = {"exact_match": finding(0.01, 0.0, 1.0, {"guess": 0.0}), "grammar": raised, "grammar_gain": gain}
    write(
        results / "metrics", "coder", {"test": {name: found["value"] for name, found in split.items()}}, {"test": split}
    )
    (head,) = re.findall(r'<table class="head">.*?</table>', page(results), re.DOTALL)
    shown = re.findall(r"<code>(\w+)</code>", head)
    assert {"exact_match", "grammar"} <= set(shown) and "grammar_gain" not in shown


def test_numbers_are_written_with_three_digits():
    given = (0.92837, 0.0148, 0.036, -0.5, 34.21, 12345.6, 500, 0, 7e-18, None)
    assert [number(value) for value in given] == "0.928 0.0148 0.0360 −0.500 34.2 12,346 500 0 0 –".split()


def test_a_score_without_an_interval_does_not_count_as_beating_its_floor_with_one():
    bare, sure = Finding(0.9, floor=0.5, ceiling=1.0), Finding(0.9, low=0.8, high=0.95, floor=0.5, ceiling=1.0)
    unsure = Finding(0.9, low=0.4, high=0.95, floor=0.5, ceiling=1.0)
    found = summary_sentence({"a_accuracy": bare, "b_accuracy": sure, "c_accuracy": unsure})
    assert found.startswith("1 of 2 metrics beat their floor")


def test_the_page_asks_nothing_of_a_network(results):
    shown = page(results)
    loads = re.findall(r"""(?:src|href|srcset|action|data)\s*=\s*["']([^"']*)|url\(([^)]*)|@import""", shown)
    assert loads and all(first.startswith(("#", "data:image/webp;base64,")) for first, _ in loads)
    assert "http://" not in shown and "https://" not in shown and "<script" not in shown and "<link" not in shown


def test_what_comes_from_data_is_text(results):
    found = evidence()
    for part in ("groups", "confusion", "steps", "seen", "test"):
        found = json.loads(json.dumps(found))
        if part == "steps":
            found[part][0]["sampler"] = found[part][0][HOSTILE] = HOSTILE
        elif part == "confusion":
            found[part]["test"]["goal"]["labels"][0] = HOSTILE
        elif part == "groups":
            found[part]["test"][HOSTILE] = {HOSTILE: {"goal_accuracy": score(0.4)}}
        else:
            found[part][HOSTILE] = found[part].get("tone_mae", {HOSTILE: HOSTILE})
    write(results / "metrics", HOSTILE.replace("/", "."), {HOSTILE: {"tone_mae": 0.2}}, found)
    write(results / "metrics", "dataset", {"rows": {HOSTILE: 3}}, {HOSTILE: score(0.1) | {"method": HOSTILE}})
    shown = page(results, {HOSTILE: 1.0})
    assert "<script" not in shown and "&lt;script&gt;" in shown


def test_attributes_cannot_be_left_early():
    assert tag("td", "a<b", title='"><i>') == '<td title="&quot;&gt;&lt;i&gt;">a&lt;b</td>'
    assert tag("b", Html("<i></i>"), None, ["&"]) == "<b><i></i>&amp;</b>"


def test_only_networks_with_evidence_are_shown_and_readiness_never(results):
    assert [model.name for model in read_models(results / "metrics")] == ["abstractor"]
    shown = page(results)
    assert "bleu4" not in shown and "never_shown" not in shown and 'id="coder"' not in shown


def test_a_page_without_any_network_is_still_a_page(tmp_path):
    assert "No network has been scored yet." in page(tmp_path)


def test_what_was_left_out_is_said(results):
    leave_out([results / name for name in ("metrics/encoder.json", "metrics/evidence/encoder.json")], "no text_mask")
    leave_out([results / "models" / "encoder.curve", results / "metrics/plots/encoder_cases.png"], "no text_mask")
    assert [model.name for model in read_models(results / "metrics")] == ["abstractor"]
    shown = page(results)
    assert "encoder was left out: no text_mask" in shown and 'id="encoder"' not in shown


def test_a_score_alone_is_enough(tmp_path):
    write(tmp_path / "metrics", "layout", {"test": {"grouping_f1": 0.4321}}, {})
    assert "0.432" in page(tmp_path)


@pytest.mark.parametrize(
    ("metric", "whole", "worst"),
    [("goal_accuracy", 0.6, ("difficulty", "hard")), ("tone_mae", 0.1, ("format", "banner"))],
)
def test_the_group_that_loses_most(metric, whole, worst):
    groups = {
        "difficulty": {"easy": scores(0.8, 0.05), "hard": scores(0.3, 0.11)},
        "format": {"banner": scores(0.5, 0.30), "page": scores(0.9, 0.02)},
    }
    found = worst_group(metric, Score(whole), groups)
    assert found is not None and found[:2] == worst


def scores(accuracy, error):
    return {"goal_accuracy": Score(accuracy), "tone_mae": Score(error)}


def test_the_sentence_is_computed():
    groups = {"fault_contrast": {"mild": {"tone_mae": Score(0.11, 0.09, 0.13, 7)}, "none": {"tone_mae": Score(0.08)}}}
    assert worst_sentence("tone_mae", Score(0.10), groups) == (
        "tone_mae loses most on fault contrast “mild”: 0.110 against 0.100 on the whole, 0.0100 worse, n 7; "
        "its interval 0.0900 to 0.130 holds the whole, so it may be chance."
    )
    clear = {"format": {"page": {"text_iou": Score(0.5, 0.4, 0.6)}}}
    assert worst_sentence("text_iou", Score(0.9), clear).endswith("0.400 to 0.600 is clear of it.")
    assert "no group is worse" in worst_sentence("text_iou", Score(0.4), clear)


def test_errors_and_distances_are_better_lower():
    lower = "hierarchy_mse tone_mae grammar_mae_contrast frechet_distance tree_edit_distance".split()
    assert not any(map(upward, lower))
    assert all(map(upward, "text_iou colour_accuracy bleu4 ssim fidelity_goal image_iou".split()))


def test_floor_and_ceiling_know_better_than_the_name():
    assert not upward("copied", Finding(0.1, floor=1.0, ceiling=0.0))
    assert upward("nearest_distance", Finding(0.1, floor=0.0, ceiling=0.3))
    assert not upward("tone_mae", Finding(0.1, floor=0.0))


@pytest.mark.parametrize(
    ("metric", "floor", "ceiling"), [("text_iou", 0.2, 1.0), ("tone_mae", 1.0, 0.2), ("frechet_distance", 180.0, 9.0)]
)
def test_bars_run_from_floor_to_ceiling_whichever_is_larger(metric, floor, ceiling):
    def dot(share):
        value = floor + share * (ceiling - floor)
        drawn = figures.bar(metric, Finding(value, floor=floor, ceiling=ceiling))
        return float(re.findall(r'cx="([\d.]+)"', drawn)[0])

    start, middle, end = dot(0.0), dot(0.5), dot(1.0)
    assert start < middle < end
    assert middle == pytest.approx((start + end) / 2, abs=0.02)
    assert 0 <= dot(-9.0) < start and end < dot(9.0) <= figures.BAR_WIDTH


def test_a_bar_below_its_floor_is_marked():
    assert "under" in figures.bar("tone_mae", Finding(0.5, floor=0.3, ceiling=0.1))
    assert "under" not in figures.bar("tone_mae", Finding(0.2, floor=0.3, ceiling=0.1))
    assert figures.bar("text_iou", Finding(0.5)) == ""


@pytest.mark.parametrize("up", [True, False])
def test_in_dots_the_better_row_is_further_right(up):
    drawn = figures.dots("a metric", [figures.Dot(str(v), Score(v)) for v in (0.1, 0.9)], {}, up)
    first, second = (float(x) for x in re.findall(r'cx="([\d.]+)"', drawn))
    assert (second > first) == up


def test_arms_stand_best_first(results):
    panel = page(results).split("Against every baseline")[1].split("<code>tone_mae</code>")[1]
    order = [panel.index(f"<title>{arm}:") for arm in ("abstractor", "guess", "shuffled")]
    assert order == sorted(order)


def test_the_gap_is_worked_out_where_it_was_not_published():
    split = {"tone_mae": {"value": 0.2, "floor": 0.3, "ceiling": 0.1}}
    assert parse("x", {}, {"test": split}).splits["test"]["tone_mae"].gap_closed == pytest.approx(0.5)


def test_changes_since_the_commit_know_which_way_is_better(results):
    before = {"test": {"goal_accuracy": 0.637, "tone_mae": 0.09, "gone_accuracy": 0.25}}
    section = page(results, before).split('id="since"')[1].split("</section>")[0]
    rows = {row.split("</code>")[0].split("<code>")[1]: row for row in section.split("<tr>")[2:]}
    assert "same" in rows["test.goal_accuracy"]
    assert "−0.0273" in rows["test.tone_mae"] and ">better<" in rows["test.tone_mae"]
    assert "gone" in rows["test.gone_accuracy"]


def test_a_change_within_the_interval_says_so(results):
    assert "worse, within the interval" in page(results, {"test": {"tone_mae": 0.0625}})


def test_without_an_earlier_run_the_page_says_so(results):
    assert "The last commit holds no scores of abstractor" in page(results)


def test_committed_reads_head_and_not_the_working_tree(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert committed(Path("metrics/a.json")) is None  # no repository
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
    write(tmp_path / "metrics", "a", {"test": {"x": 1}}, {})
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *command], check=True)
    (tmp_path / "metrics/a.json").write_text("{}")
    assert committed(Path("metrics/a.json")) == {"test": {"x": 1}}
    assert committed(Path("metrics/b.json")) is None  # not in it
    monkeypatch.setenv("PATH", "")
    assert committed(Path("metrics/a.json")) is None  # no git


def test_equal_inputs_give_equal_bytes(results):
    assert page(results) == page(results)


def test_long_curves_are_thinned_and_keep_their_ends_in_order():
    points = [(float(i), float(i)) for i in range(1001)]
    thin = figures.thinned(points, most=100)
    assert len(thin) <= 100 and thin == sorted(thin) and thin[0][0] < 10 and thin[-1][0] > 990


@pytest.mark.parametrize(("low", "high"), [(0.16, 1.6), (0.27, 0.95), (4e-5, 4e-3), (1e-6, 10.0)])
def test_log_ticks_lie_within_the_range(low, high):
    ticks = figures.log_ticks(low, high)
    assert 2 <= len(ticks) <= 9 and all(low <= tick <= high for tick in ticks)


def test_the_page_of_this_checkout_is_small_enough(root, monkeypatch):
    monkeypatch.chdir(root)
    assert len(build_page(Path("metrics"), Path("models"))) < 3_000_000
