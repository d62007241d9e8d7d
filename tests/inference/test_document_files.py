"""A document comes from its file as it is, or not at all."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrender.config import UserError
from unrender.inference.document_files import MAX_DEPTH, MAX_NODES, load_document, load_structure

LAYOUT = {"structure": [], "props": {}}


def node(name, *children, **more):
    return {"id": name, "tag": "div", "children": list(children)} | more


@pytest.fixture
def save(tmp_path):
    def write(content):
        path = tmp_path / "page.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


def chain(depth):
    tree = node(f"n{depth}")
    for k in range(depth - 1, 0, -1):
        tree = node(f"n{k}", tree)
    return tree


def test_a_document_is_read_in_order(save):
    tree = node("a", node("b", text={"characters": 5, "words": 2}), node(7, src="x", classes=["img"], flags=["d:flex"]))
    found = load_document(save(tree))
    assert found.ids == ("a", "b", "7")
    assert found.parents.tolist() == [-1, 0, 0]
    assert found.words.tolist() == [0, 2, 0]
    assert found.pictured == (False, False, True)
    assert found.flags[2] == ("d:flex",)


def test_the_largest_documents_are_read(save):
    assert len(load_document(save(chain(MAX_DEPTH)))) == MAX_DEPTH
    assert len(load_document(save(node("r", *(node(f"n{k}") for k in range(MAX_NODES - 1)))))) == MAX_NODES


BAD = {
    "empty": ("", "is empty"),
    "blank": (" \n", "is empty"),
    "not JSON": ("{", "line 1: not JSON"),
    "not text": (b"\x89PNG\xff", "no UTF-8"),
    "repeated key": ('{"id": "a", "tag": "b", "children": [], "children": [1]}', "repeats the key 'children'"),
    "swapped": (LAYOUT, "swapped"),
    "a list": ([node("a")], "no document tree"),
    "a number": ("3", "no document tree"),
    "another form": ({"nodes": []}, "no document tree"),
    "a child without a tag": (node("a", {"id": "b", "children": []}), "'b': tag"),
    "a child that is text": (node("a", "text"), "number 2 is no object"),
    "children that are no list": (node("a", node("b", children={"c": 1})), "'b': children"),
    "an id twice": (node("a", node("b"), node("b")), "two nodes|Two nodes"),
    "classes that are one word": (node("a", classes="img"), "'a': classes"),
    "text that is text": (node("a", text="Hello"), "'a': text"),
    "negative words": (node("a", text={"characters": 1, "words": -1}), "text.words"),
    "more words than a number holds": (node("a", text={"words": 10**30}), "text.words"),
    "an endless number": ('{"id": ' + "9" * 5000 + ', "tag": "a", "children": []}', "cannot|can be read|is not JSON"),
    "half a character": ('{"id": "\\ud800", "tag": "a", "children": []}', "id"),
    "too deep": (chain(MAX_DEPTH + 1), "nested deeper"),
    "far too deep": ('{"id":"a","tag":"b","children":[' * 10**5, "nested deeper"),
    "too many": (node("r", *(node(f"n{k}") for k in range(MAX_NODES))), "more than 2,000 nodes"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_document_is_refused_in_one_sentence(save, name):
    content, reason = BAD[name]
    path = save(content)
    with pytest.raises(UserError, match=reason) as error:
        load_document(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        load_document(tmp_path / "absent.json")
    with pytest.raises(UserError, match="is a folder"):
        load_document(tmp_path)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "tag", "children", "classes", "flags", "text", "words"]), inner)
    ),
    max_leaves=20,
)


@given(value=_json)
def test_any_json_is_a_document_or_a_sentence(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("any") / "page.json"
    path.write_text(json.dumps(value))
    with contextlib.suppress(UserError):
        load_document(path)
        assert load_structure(path) == value
