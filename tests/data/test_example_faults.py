"""What is broken in an example folder is named in a sentence, and leaves the other examples as they are."""

import json

import pytest

from tests.data.example_folders import document, drawn, layout, picture, write

OUR_DOCUMENT = '{"id": "a", "tag": "main", "children": [{"id": "b", "tag": "h1", "children": []}]}'
OUR_LAYOUT = '{"structure": [{"type": "list", "source": [], "box": 1, "children": []}]}'
BROKEN = {
    "empty": ("structure.json", "", "json_broken", "it is empty"),
    "not json": ("layout.json", "{", "json_broken", "layout.json is not JSON"),
    "not text": ("layout.json", b"\xff\xfe\x00", "json_broken", "not JSON"),
    "infinite": ("structure.json", '{"div": Infinity}', "json_broken", "Infinity is no number"),
    "deep": ("structure.json", '{"div": ' * 400 + '""' + "}" * 400, "json_broken", "250 deep"),
    "very deep": ("structure.json", "[" * 100_000, "json_broken", "250 deep"),
    "huge number": ("structure.json", '{"div": 1' + "0" * 5000 + "}", "json_broken", "not JSON"),
    "a list": ("structure.json", "[]", "document", "holds no object"),
    "no keys": ("layout.json", "{}", "document", "holds no object"),
    "no tag": ("structure.json", '{"12": {}}', "document", "does not start with a tag"),
    "an attribute": ("structure.json", '{"a.x": {"href": "b"}}', "document", "'href' holds a text"),
    "two layouts": ("structure.json", '{"section@div": ""}', "document", "holds a layout"),
    "two documents": ("layout.json", '{"div.a": {}}', "document", "it is no layout"),
    "unknown type": ("layout.json", '{"hero@h1.big": ""}', "document", "unknown type 'hero'"),
    "unknown prop": ("layout.json", '{"structure": {"section@h1.big": ""}, "props": {"bx": ""}}', "document", "'bx'"),
    "other page": ("layout.json", '{"section@h6@p.other": ""}', "document", "not of one page"),
    "lone surrogate": ("layout.json", '{"section@h6.\\ud800": ""}', "document", "not of one page"),
    "ids twice": ("structure.json", OUR_DOCUMENT.replace('"b"', '"a"'), "document", "have the id 'a'"),
    "null children": ("structure.json", '{"id": "a", "tag": "b", "children": null}', "document", "no list of children"),
    "key twice": ("structure.json", OUR_DOCUMENT.replace('"id": "b"', '"id": "b", "id": "c"'), "ambiguous_key", "'id'"),
    "box": ("layout.json", OUR_LAYOUT, "document", "the box 1"),
    "our unknown prop": ("layout.json", '{"structure": [], "props": {"bx": []}}', "document", "unknown prop 'bx'"),
    "no element": ("layout.json", '{"structure": [], "props": {}}', "document", "no element"),
    "absent": ("layout.json", None, "missing_file", "layout.json is missing"),
    "no picture": ("screenshot.png", "<html>", "picture_broken", "screenshot.png is not an image"),
    "half a picture": ("screenshot.png", picture(1)[:300], "picture_broken", "cannot be decoded"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_and_the_rest_is_kept(name, tmp_path):
    file, content, rule, says = BROKEN[name]
    write(tmp_path / "train" / "good", picture(0), document(0), layout(0))
    broken = write(tmp_path / "train" / "bad", picture(1), document(1), layout(1)) / file
    broken.unlink()
    if content is not None:
        broken.write_bytes(content if isinstance(content, bytes) else content.encode())
    source, rows = drawn(tmp_path)
    assert [row["id"] for row in rows["train"]] == ["train-good"]
    finding = next(f for f in source.findings if f.rule == rule)
    assert says in finding.sentence and finding.file == f"train/bad/{file}"
    assert str(tmp_path) not in json.dumps(source.summary())
    json.dumps(source.summary(), ensure_ascii=False).encode()
    assert [entry["example"] for entry in source.quarantined] == ["train/bad"]


def test_a_key_without_a_node_is_named_and_its_element_kept(tmp_path):
    tree = layout(0).replace("a.button.is-second", "a.button.is-third")
    write(tmp_path / "a", picture(0), document(0), tree)
    source, rows = drawn(tmp_path)
    (finding,) = source.findings
    assert finding.rule == "lost_node" and "'a.button.is-third.w-button'" in finding.sentence
    (row,) = [row for split in rows.values() for row in split]
    last = json.loads(row["layout"])["structure"][0]["children"][-1]
    assert (last["type"], last["source"]) == ("button", [])
