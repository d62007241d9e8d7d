"""Validation against spoiled copies of a sound dataset: every fault is named, then repaired or quarantined."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tests.data.spoiling import copy, errors, make, redraw, rewrite, rows_of, run
from unrender.data import shards
from unrender.data.validation import documents
from unrender.data.validation.findings import RULES
from unrender.data.validation.report import verdict
from unrender.data.validation.run import ValidateParams
from unrender.design.grammar import NAMES


@pytest.fixture(scope="session")
def sound(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("sound") / "dataset")


@pytest.fixture
def spoiled(sound, tmp_path) -> Path:
    return copy(sound, tmp_path / "dataset")


def clean_of(folder: Path) -> Path:
    return folder.with_name(folder.name + "-clean")


# --- sound data ----------------------------------------------------------------------------------


def test_sound_data_has_no_finding_and_is_copied_byte_for_byte(sound):
    outcome = run(sound, fix=False, sample=100)
    assert outcome.findings == []
    assert len(outcome.painted) == 24
    for path in sound.iterdir():
        assert (clean_of(sound) / path.name).read_bytes() == path.read_bytes()


def test_a_rule_for_everything_it_says():
    assert {rule.level for rule in RULES.values()} == {"fatal", "error", "warning"}
    assert all(rule.says and rule.remedy.endswith(".") for rule in RULES.values())


# --- one spoiled row -----------------------------------------------------------------------------


def _truncate(row):
    row["image"] = {"bytes": row["image"]["bytes"][:700], "path": None}


def _no_picture(row):
    row["image"] = {"bytes": b"this is not a picture", "path": None}


def _resize(row):
    row["image"] = redraw(row["image"], lambda image: image.resize((128, 128)))


def _rgba(row):
    row["image"] = redraw(row["image"], lambda image: image.convert("RGBA"))


def _palette(row):
    row["text_mask"] = redraw(row["text_mask"], lambda image: image.convert("RGB"))


def _grey_mask(row):
    row["text_mask"] = redraw(row["text_mask"], lambda image: image.point(lambda value: value // 2))


def _no_swatch(row):
    row["colour"] = redraw(row["colour"], lambda image: image.point(lambda value: 250 if value else 0))


def _unknown_word(row):
    row["dsl"] = row["dsl"].replace("theme {", "theme { sparkle,", 1)


def _broken_code(row):
    row["dsl"] = row["dsl"].rstrip()[:-1]


def _spaced_code(row):
    row["dsl"] = row["dsl"].replace(" {", "  {", 1)


def _score(row):
    row["grammar_contrast"] = 1.5


def _tone(row):
    row["tone"] = 1.7


def _rounding(rows):
    """The highest of all scores, and one too many."""
    row, name = max(((row, f"grammar_{name}") for row in rows for name in NAMES), key=lambda found: found[0][found[1]])
    assert row[name] > 0.99
    row[name] = float(np.float32(1.0000002))


def _goal(row):
    row["goal"] = "world peace"


def _hash(row):
    row["design_hash"] = "0" * 16


def _elements(row):
    row["elements"] += 1


def _other_text(row):
    longest = max(row["texts"], key=len)  # a badge's word could change without the page showing it
    row["texts"] = ["Something else" if text == longest else text for text in row["texts"]]


def _html(row):
    row["html"] = row["html"].replace("</main>", "<p>More</p></main>")


def _moved_mask(row):
    row["text_mask"] = redraw(row["text_mask"], lambda image: Image.fromarray(np.roll(np.asarray(image), 9, 0) & 0))


def _measured(row):
    row["grammar_hierarchy"] = abs(row["grammar_hierarchy"] - 0.5)


def _repeated(row):
    row["structure"] = row["structure"].replace('"tag":', '"tag":"div","tag":', 1)


def _repeated_recipe(row):
    row["recipe"] = row["recipe"].replace('"markup":', '"markup": 1, "markup":', 1)


def _swapped_files(row):
    row["structure"], row["layout"] = row["layout"], row["structure"]


def _lost_source(row):
    layout = json.loads(row["layout"])
    layout["structure"][0]["source"] = ["n9999"]
    row["layout"] = json.dumps(layout)


def _no_label(row):
    row["goal"] = None


CASES = {
    # name: (how to spoil, rule, part of the sentence, repaired when fix is on)
    "truncated image": (_truncate, "picture_broken", "image does not decode", True),
    "no image": (_no_picture, "picture_broken", "it is no picture", True),
    "wrong size": (_resize, "picture_size", "128 x 128", True),
    "alpha channel": (_rgba, "picture_mode", "RGBA", True),
    "coloured mask": (_palette, "picture_mode", "text_mask is of mode RGB", True),
    "grey mask": (_grey_mask, "mask_values", "neither 0 nor 255", False),
    "colour without a swatch": (_no_swatch, "colour_ids", "id 250", True),
    "unknown token": (_unknown_word, "unknown_token", "Token 4 of the code, 'sparkle'", False),
    "code that does not parse": (_broken_code, "dsl_syntax", "end of the text", False),
    "code in another form": (_spaced_code, "dsl_form", "canonical", True),
    "score out of range": (_score, "out_of_range", "grammar_contrast is 1.5; it must lie in 0..1", True),
    "tone out of range": (_tone, "out_of_range", "tone is 1.7", False),
    "unknown class": (_goal, "unknown_class", "'world peace'", False),
    "wrong hash": (_hash, "design_hash", "0000000000000000", True),
    "wrong count": (_elements, "derived_value", "elements is", True),
    "another text": (_other_text, "html_round_trip", "at character", False),
    "another page": (_html, "html_round_trip", "at character", True),
    "label that disagrees with its render": (_moved_mask, "render_map", "text_mask disagrees", True),
    "score that was not measured": (_measured, "render_score", "grammar_hierarchy is", True),
    "repeated key": (_repeated, "repeated_key", "structure repeats the key 'tag'", True),
    "repeated key in the recipe": (_repeated_recipe, "repeated_key", "'markup'", False),
    "swapped files": (_swapped_files, "swapped_files", "structure holds the layout", True),
    "unknown source": (_lost_source, "layout_source", "'n9999'", True),
    "missing label": (_no_label, "null_value", "lacks goal", False),
}
SEEN_BY_SAMPLE = {"label that disagrees with its render", "score that was not measured"}
"""Nothing about the row itself is odd, so it must be among those painted again."""


@pytest.mark.parametrize("name", CASES)
def test_a_spoiled_row_is_named_and_repaired_or_kept_out(name, spoiled):
    spoil, rule, sentence, mendable = CASES[name]
    rewrite(spoiled, {"val": lambda rows: spoil(rows[2])})
    before = run(spoiled, fix=False, sample=100 if name in SEEN_BY_SAMPLE else 1)
    named = [finding for finding in before.findings if finding.rule == rule]
    assert named, [finding.rule for finding in before.findings]
    assert (named[0].id, named[0].file, named[0].row) == ("val-000002", "val-00000.parquet", 2)
    assert sentence in named[0].sentence
    assert named[0].remedy
    assert {finding.id for finding in errors(before)} == {"val-000002"}
    assert before.dropped == {("val-00000.parquet", 2)}
    assert [row["id"] for row in rows_of(clean_of(spoiled), "val")] == [f"val-{i:06d}" for i in (0, 1, 3)]

    after = run(spoiled, fix=True, sample=100 if name in SEEN_BY_SAMPLE else 1)
    assert bool(after.mended) is mendable
    assert bool(after.dropped) is not mendable
    if mendable:
        assert all(finding.repair for finding in errors(after))
        assert run(clean_of(spoiled), fix=False, sample=1).findings == []


def test_a_repaired_row_is_what_it_was(sound, spoiled):
    rewrite(
        spoiled, {"val": lambda rows: (_repeated(rows[0]), _truncate(rows[1]), _hash(rows[2]), _moved_mask(rows[3]))}
    )
    run(spoiled, fix=True, sample=100)
    assert rows_of(clean_of(spoiled), "val") == rows_of(sound, "val")


def test_rounding_is_clipped(spoiled):
    rewrite(spoiled, {"val": _rounding})
    outcome = run(spoiled, fix=True)
    assert [finding.rule for finding in errors(outcome)] == ["out_of_range"]
    assert "clipped to 1" in errors(outcome)[0].repair


def test_half_transparent_images_are_not_guessed(spoiled):
    def fade(image):
        image.putalpha(120)
        return image

    rewrite(
        spoiled, {"val": lambda rows: rows[2].update(image=redraw(rows[2]["image"], lambda i: fade(i.convert("RGBA"))))}
    )
    outcome = run(spoiled, fix=True)
    assert "image painted again" in errors(outcome)[0].repair  # the maps prove the page; the alpha is not read


# --- rows against each other ---------------------------------------------------------------------

LABELS_STAY = ("id", "split", "source", "seed", "image")


def _swap_labels(rows):
    for name in rows[1]:
        if name not in LABELS_STAY:
            rows[1][name], rows[4][name] = rows[4][name], rows[1][name]


def test_swapped_labels_are_named_and_put_back(sound, spoiled):
    rewrite(spoiled, {"train": _swap_labels})
    before = run(spoiled, fix=False, sample=1)  # nothing but the look of the rows says where to look
    found = {finding.id: finding for finding in errors(before) if finding.rule == "swapped_labels"}
    assert set(found) == {"train-000001", "train-000004"}
    assert {finding.rule for finding in errors(before)} - {"letterbox"} == {"swapped_labels"}
    assert "the image of train-000004" in found["train-000001"].sentence
    after = run(spoiled, fix=True, sample=1)
    assert len(after.mended) == 2 and not after.dropped
    back, rows = rows_of(clean_of(spoiled), "train"), rows_of(sound, "train")
    assert [row["dsl"] for row in back] == [row["dsl"] for row in rows]
    assert [row["text_mask"] for row in back] == [row["text_mask"] for row in rows]


def test_swapped_images_alone_are_found_too(spoiled):
    def swap(rows):
        rows[1]["image"], rows[4]["image"] = rows[4]["image"], rows[1]["image"]

    rewrite(spoiled, {"train": swap})
    assert {finding.rule for finding in errors(run(spoiled, fix=False))} >= {"swapped_labels"}


def test_a_copy_across_splits_is_kept_out_of_the_later_split(sound, spoiled):
    seen = rows_of(sound, "train")[0]
    rewrite(spoiled, {"test": lambda rows: rows[3].update({**seen, "id": "test-000003", "split": "test"})})
    outcome = run(spoiled, fix=True)
    assert {(f.rule, f.id) for f in errors(outcome)} == {
        ("duplicate_across", "test-000003"),
        ("shared_design", "test-000003"),
    }
    assert "train-000000" in errors(outcome)[0].sentence
    assert outcome.dropped == {("test-00000.parquet", 3)}


def test_a_copy_within_a_split_and_a_repeated_id(sound, spoiled):
    first = rows_of(sound, "val")[0]
    rewrite(
        spoiled, {"val": lambda rows: (rows[2].update({**first, "id": "val-000002"}), rows[3].update(id="val-000001"))}
    )
    outcome = run(spoiled, fix=True)
    assert {(f.rule, f.row) for f in errors(outcome)} == {("duplicate", 2), ("repeated_id", 3)}


def test_a_near_copy_is_a_warning(sound, spoiled):
    """The same page with one other pixel, and no labels that could say it is the same design."""
    seen = rows_of(sound, "train")[0]
    keep = {"id": "test-000003", "split": "test", "source": "folder", "texts": None, "theme": None}
    unlabelled = {name: None for name in seen if name not in (*LABELS_STAY, "texts")}

    def dot(image):
        image.putpixel((128, 128), (255, 0, 255))
        return image

    rewrite(spoiled, {"test": lambda rows: rows[3].update({**unlabelled, **keep, "image": redraw(seen["image"], dot)})})
    outcome = run(spoiled, fix=True)
    assert [(f.rule, f.level, f.id) for f in outcome.findings] == [("near_duplicate", "warning", "test-000003")]
    assert not outcome.dropped


# --- files ---------------------------------------------------------------------------------------


def _not_parquet(folder):
    (folder / "val-00000.parquet").write_text("id,image\n1,2\n")


def _cut_off(folder):
    path = folder / "val-00000.parquet"
    path.write_bytes(path.read_bytes()[:5000])


def _no_column(folder):
    path = folder / "val-00000.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["hierarchy"]), path)


def _other_type(folder):
    path = folder / "val-00000.parquet"
    table = pq.read_table(path)
    at = table.schema.get_field_index("tone")
    pq.write_table(table.set_column(at, "tone", table["tone"].cast(pa.string())), path)


def _no_file(folder):
    (folder / "val-00000.parquet").unlink()


def _empty_split(folder):
    rewrite(folder, {"val": lambda rows: rows.clear()})


def _no_rows(folder):
    rewrite(
        folder, dict.fromkeys(("train", "val", "test", "test_composition", "test_theme"), lambda rows: rows.clear())
    )


def _no_manifest(folder):
    (folder / shards.MANIFEST).unlink()


def _old_version(folder):
    path = folder / shards.MANIFEST
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 0'))


FILES = {
    "not Parquet": (_not_parquet, "unreadable_file", "val-00000.parquet is not a Parquet file"),
    "cut off": (_cut_off, "unreadable_file", "val-00000.parquet"),
    "missing column": (_no_column, "missing_column", "no column 'hierarchy'"),
    "another type": (_other_type, "column_type", "'tone' is string; it must be float"),
    "missing file": (_no_file, "missing_file", "does not exist"),
    "empty split": (_empty_split, "empty_split", "'val' has no rows"),
    "zero rows": (_no_rows, "zero_rows", "no rows at all"),
    "no manifest": (_no_manifest, "manifest", "does not exist"),
    "another version": (_old_version, "manifest", "schema version 0"),
}


@pytest.mark.parametrize("fix", [True, False])
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_fails_the_stage(name, fix, spoiled):
    damage, rule, sentence = FILES[name]
    damage(spoiled)
    outcome = run(spoiled, fix=fix)
    assert outcome.fatal[0].rule == rule
    assert sentence in outcome.fatal[0].sentence
    says = verdict(outcome, ValidateParams(fix=fix, max_error_rate=1.0, sample=1, near_duplicate=3))
    assert not says.passed
    assert sentence in says.sentence and outcome.fatal[0].remedy in says.sentence
    assert not clean_of(spoiled).exists()


def test_a_wrong_hash_is_fatal_unless_repair_is_asked_for(spoiled):
    path = spoiled / "val-00000.parquet"
    pq.write_table(pq.read_table(path), path, compression="gzip")  # the same rows in other bytes
    assert [finding.rule for finding in run(spoiled, fix=False).fatal] == ["manifest_hash"]
    outcome = run(spoiled, fix=True)
    assert not outcome.fatal and "manifest" in outcome.findings[0].repair
    assert run(clean_of(spoiled), fix=False).findings == []


def test_the_error_rate_is_the_share_of_rows_left_out(spoiled):
    rewrite(spoiled, {"train": lambda rows: [_tone(row) for row in rows[:4]]})
    outcome = run(spoiled, fix=True)
    assert outcome.error_rate == pytest.approx(4 / 24)
    strict, lax = (ValidateParams(fix=True, max_error_rate=rate, sample=1, near_duplicate=3) for rate in (0.16, 0.17))
    assert verdict(outcome, lax).passed
    says = verdict(outcome, strict)
    assert not says.passed
    assert "4 of 24 rows (16.67%)" in says.sentence and "out_of_range (4)" in says.sentence


# --- JSON ----------------------------------------------------------------------------------------


def test_repeated_keys_are_refused_at_any_depth():
    assert documents.parse('{"a": {"b": 1}, "c": [{"b": 2}]}') == {"a": {"b": 1}, "c": [{"b": 2}]}
    with pytest.raises(documents.RepeatedKey, match="b"):
        documents.parse('{"a": [{"b": 1, "b": 1}]}')


def test_layout_sources():
    structure = {"id": "n0", "tag": "main", "children": [{"id": "n1", "tag": "p", "children": []}]}
    layout = {"structure": [{"type": "section", "source": ["n1"], "children": []}], "props": {}}
    assert list(documents.check_sources(structure, layout)) == []
    layout["structure"].append({"type": "poem", "source": ["n1"], "children": []})
    assert [rule for rule, _ in documents.check_sources(structure, layout)] == ["layout_source", "document"]
    for broken in ([{"type": "section", "source": 5}], [{"type": "section"}]):
        found = list(documents.check_sources(structure, {"structure": broken, "props": {}}))
        assert [rule for rule, _ in found] == ["document"]
    layout = {"structure": [], "props": {"background_image": ["n1", "n7"], "bi": []}}
    assert [rule for rule, _ in documents.check_sources(structure, layout)] == ["layout_source", "document"]
