"""What a page comes to: screenshots fitted, codes drawn, the same for the same seed."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.data.pix2code.pages import code, drawn, picture, write, write_list
from unrender.data.code_pages import CodeDataset
from unrender.data.pictures import decode
from unrender.data.pix2code.importing import Import, find
from unrender.data.schema import SCHEMA
from unrender.data.shards import write_manifest, write_split
from unrender.data.validation.run import ValidateParams, validate
from unrender.design import pix2code
from unrender.render.frame import ARTBOARD, fit


@pytest.fixture
def folder(tmp_path):
    """One page of train with a screenshot and one without, one page of each other split."""
    folder = tmp_path / "web"
    write(folder / "train", "a", 0)
    write(folder / "valid", "t", 2)
    write_list(folder / "train_pages.jsonl", {"a": 0, "b": 1})
    write_list(folder / "valid_pages.jsonl", {"v": 3})
    return folder


def test_a_screenshot_is_fitted_and_a_listed_page_drawn(folder):
    _, rows = drawn(folder, seed=3)
    shown, made = rows["train"]
    frame = np.asarray(fit(Image.open(io.BytesIO(picture(0))))[0])
    assert (decode(shown["image"]) == frame).all()
    assert (shown["source"], shown["page_width"], shown["page_height"]) == ("pix2code", 80, 46)
    assert (made["source"], made["page_width"], made["page_height"]) == ("pix2code-rendered", 1200, 690)
    assert [row["id"] for split in rows.values() for row in split] == ["train-a", "train-b", "val-v", "test-t"]
    assert shown["dsl"] == code(0) and made["dsl"] == code(1) and made["seed"] == 3
    assert (made["elements"], made["depth"], made["columns"]) == (1 + 2 + 4 + 6 + 18, 4, 2)
    assert set(made) == set(SCHEMA.names) and made["layout"] is made["goal"] is made["design_hash"] is None
    page = decode(made["image"])
    assert (page[:54] == ARTBOARD).all() and (page[202:] == ARTBOARD).all() and (page[60:190] == 255).any()


def test_the_same_seed_draws_the_same_pages_whatever_stands_beside_them(folder):
    alone = drawn(folder, seed=3)[1]["train"][1]
    write_list(folder / "train_pages.jsonl", {"c": 5, "b": 1, "d": 6})
    among = next(row for row in drawn(folder, seed=3)[1]["train"] if row["id"] == "train-b")
    other = next(row for row in drawn(folder, seed=4)[1]["train"] if row["id"] == "train-b")
    assert among == alone
    assert other["html"] != alone["html"] and other["dsl"] == alone["dsl"]


def test_processes_draw_what_one_does(folder):
    write_list(folder / "train_pages.jsonl", {f"p{index}": index for index in range(10, 42)})
    source = Import(folder)
    jobs = find(source)["train"]
    assert list(source.draw("train", jobs, workers=2)) == list(source.draw("train", jobs, workers=1))


def test_without_genuine_pages_all_of_train_is_drawn_and_the_test_is_not(folder):
    _, rows = drawn(folder, genuine=False)
    assert [(row["id"], row["source"]) for row in rows["train"]] == [
        ("train-a", "pix2code-rendered"), ("train-b", "pix2code-rendered"),
    ]  # fmt: skip
    assert rows["test"][0]["source"] == "pix2code"


def test_several_renders_look_different_and_say_the_same(folder):
    _, rows = drawn(folder, renders=3)
    ids = [f"train-{page}{look}" for page in "ab" for look in ("", "-look2", "-look3")]
    assert [row["id"] for row in rows["train"]] == ids
    assert [row["source"] for row in rows["train"]] == ["pix2code"] + ["pix2code-rendered"] * 5
    assert len({row["image"]["bytes"] for row in rows["train"]}) == 6
    assert {row["dsl"] for row in rows["train"][:3]} == {code(0)}
    assert len(rows["val"]) == len(rows["test"]) == 1


STRICT = ValidateParams(fix=True, max_error_rate=0, sample=50, near_duplicate=16)


def stored(folder, rows):
    write_manifest(folder, {split: write_split(folder, split, made) for split, made in rows.items()}, engine="blitz")
    return folder


def test_the_rows_hold_look_alikes_included_and_a_coder_reads_them(folder, tmp_path):
    write_list(folder / "train_pages.jsonl", {f"p{index}": index for index in range(4)})
    rows = drawn(folder, renders=2)[1]
    outcome = validate(stored(tmp_path / "data", rows), tmp_path / "clean", STRICT, 0, workers=1)
    assert outcome.findings == [] and not outcome.near and not outcome.dropped
    assert len(outcome.painted) == sum(row["source"] == "pix2code-rendered" for made in rows.values() for row in made)
    assert CodeDataset(tmp_path / "clean", "train").language.name == "pix2code"


SPOILT = {
    "unknown_token": {"dsl": code(1).replace("text", "prose")},
    "dsl_syntax": {"dsl": "row {\ndouble {\ntext\n}\n}\n"},
    "dsl_form": {"dsl": code(1).replace("\n", " ")},
    "derived_value": {"columns": 4},
    "render_image": {"html": pix2code.html(pix2code.decode(code(700)), 0)},
    "duplicate": None,
}


@pytest.mark.parametrize("rule", SPOILT)
def test_what_breaks_a_rule_is_found_in_pix2codes_language(rule, folder, tmp_path):
    rows = drawn(folder)[1]
    rows["train"][1] |= SPOILT[rule] or {"image": rows["train"][0]["image"], "source": "pix2code"}
    outcome = validate(stored(tmp_path / "data", rows), tmp_path / "clean", STRICT, 0, workers=1)
    assert rule in {finding.rule for finding in outcome.findings if finding.id == "train-b"}
    assert rule == "derived_value" or {facts.id for facts in outcome.kept} == {"train-a", "val-v", "test-t"}
