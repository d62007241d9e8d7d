"""The chapter of section layouts: what was read, what part of the answer was given, what was drawn."""

import json
import re
from html import unescape

import pytest

from tests.evaluation.test_report import finding, leaves, page, score, write
from unrender.design.section_tree import KINDS
from unrender.evaluation.report.confusion import confusions
from unrender.evaluation.report.drawn import METRICS, drawn_layouts
from unrender.evaluation.report.given import gains
from unrender.evaluation.report.markup import number, percent
from unrender.evaluation.report.reading import parse

ARMS = {"shuffled": 0.3421, "random": 0.2703, "other_page": 0.2517, "real": 0.6297}


def without_n(found):
    return {name: value for name, value in found.items() if name != "n"}


def confusion():
    """Headings are taken for paragraphs once; nothing else occurs."""
    counts = [[0] * len(KINDS) for _ in KINDS]
    heading, paragraph = KINDS.index("heading"), KINDS.index("paragraph")
    counts[heading][heading], counts[heading][paragraph], counts[paragraph][paragraph] = 437, 13, 829
    return {"labels": list(KINDS), "counts": counts}


def evidence():
    """Every number of it occurs once."""
    given = score(0.7131, 487) | {"nothing": without_n(score(0.5247)), "gain": without_n(score(0.1884))}
    tree = {
        "overlap": finding(0.4561, 1.2819, 0.0029, {"random": 1.2819, "real": 0.0029}),
        "elements": score(0.8273, 151),
    }
    types = {
        "max_iou": finding(0.4117, 0.3421, 0.6297, ARMS),
        "overlap": finding(0.2718, 1.2819, 0.0029, {"random": 1.2819, "real": 0.0029}),
        "unheard_of": score(0.7193, 17),
    }
    return {
        "test": {"type_accuracy": finding(0.9251, 0.8139, 0.9973, {"lookup": 0.8139, "blind": 0.7772})},
        "given": {"box_iou_with_types": given},
        "drawn_from_tree": tree,
        "drawn_from_types_and_sizes": types,
        "confusion": {"test": {"types": confusion()}},
    }


@pytest.fixture
def model():
    return parse("layout", {}, evidence())


@pytest.fixture
def results(tmp_path):
    scores = {
        split: {name: about["value"] for name, about in found.items()}
        for split, found in evidence().items()
        if split != "confusion"
    }
    write(tmp_path / "metrics", "layout", scores, evidence())
    return tmp_path


def test_every_number_of_the_evidence_is_shown(results):
    shown = unescape(page(results))
    for key, value in leaves(evidence()):
        if value and key != "labels":  # a matrix of many types leaves out what does not occur
            written = percent(value) if key == "gap_closed" else number(value)
            assert written.lstrip("−") in shown, f"{key} {value}"


def test_every_metric_and_arm_of_drawn_layouts_is_named(model):
    shown = unescape(drawn_layouts(model))
    for condition in ("tree", "types and sizes"):
        assert f"from {condition}" in shown
    for name in ("max_iou", "overlap", "elements", "unheard_of"):
        assert shown.count(f"<code>{name}</code>") == 2  # a panel and rows
    for arm in ("shuffled", "random", "other page", "real pages"):
        assert f">{arm}<" in shown
    assert METRICS["overlap"] in shown


def test_overlap_is_better_lower_though_its_name_does_not_say_so(model):
    panel = drawn_layouts(model).split("<code>overlap</code>")[1]
    places = re.findall(r"<title>([^:]*): .*?<circle cx=\"([\d.]+)\"", panel.split("</figure>")[0])
    at = {name: float(x) for name, x in places}
    assert at["random"] < at["from tree"] < at["from types and sizes"] < at["real pages"]


def test_what_was_drawn_is_no_split_that_was_read(results, model):
    assert list(model.read) == ["test"] and list(model.drawn) == ["tree", "types_and_sizes"]
    shown = page(results)
    assert "Other splits" not in shown and "Also on drawn" not in shown and "Also on given" not in shown


def test_changes_of_drawn_layouts_know_which_way_is_better(results):
    before = {"drawn_from_tree": {"overlap": 0.9}, "given": {"box_iou_with_types": 0.1}}
    section = page(results, before).split('id="since"')[1].split("</section>")[0]
    rows = {row.split("</code>")[0].split("<code>")[1]: row for row in section.split("<tr>")[2:]}
    assert ">better<" in rows["drawn_from_tree.overlap"] and ">better<" in rows["given.box_iou_with_types"]


def test_gains_stand_beside_both_scores(model):
    row = unescape(gains(model)).split("<tbody>")[1]
    assert re.findall(r"<b>([^<]*)</b>", row) == ["0.713", "0.525", "+0.188"]
    assert "<code>box_iou</code>" in row and ">types<" in row and ">487<" in row
    assert not any(key.startswith("given") for key in model.rest)  # shown here, not among the rest


def test_what_was_given_to_the_tree_alone_says_so():
    found = {"given": {"box_iou_with_types_tree_only": score(0.5, 9), "box_iou_with_nothing": score(0.4, 9)}}
    rows = unescape(gains(parse("layout", {}, found))).split("<tbody>")[1].split("</tr>")
    assert ">types<small>tree only</small><" in rows[0] and ">nothing<" in rows[1] and "tree" not in rows[1]


def test_models_that_neither_draw_nor_are_given_anything_have_no_such_parts():
    bare = parse("encoder", {}, {"test": {"text_iou": finding(0.9, 0.2, 1.0, {"mean_map": 0.2})}})
    assert drawn_layouts(bare) is None and gains(bare) is None


def test_of_many_types_only_those_that_occur_are_shown(model):
    matrix = confusions(model)
    heads = re.findall(r"<th class=\"n\"><span>([^<]*)</span>", matrix)
    assert heads == ["heading", "paragraph", "right"]
    rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in matrix.split("<tbody>")[1].split("</tr>")]
    assert rows[:2] == [["437", "13", "97 %"], ["", "829", "100 %"]]
    assert "3% of heading" not in matrix and "3 % of heading, said: paragraph" in matrix


def test_few_types_are_all_shown():
    found = evidence()["confusion"]["test"]["types"]
    small = {"labels": found["labels"][:3], "counts": [[1, 0, 0], [0, 2, 0], [0, 0, 0]]}
    matrix = confusions(parse("x", {}, json.loads(json.dumps({"confusion": {"test": {"types": small}}}))))
    assert re.findall(r"<tr><th>([^<]*)</th>", matrix.split("<tbody>")[1]) == ["merged", "section", "grid"]
    assert ">0</td>" in matrix
