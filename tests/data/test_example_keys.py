"""The nested form: its keys, JSON that repeats them, and layouts that point to nodes by them."""

import json

from hypothesis import given
from hypothesis import strategies as st

from unrender.data.examples import nested, pairs
from unrender.data.examples.keys import ElementKey, NodeKey, is_element, parse_element, parse_node
from unrender.design.section_tree import walk

_word = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_:", min_size=1)
_parts = st.tuples(
    st.sampled_from(["div", "h1", "svg", "my-tag"]),
    st.lists(_word).map(tuple),
    st.one_of(st.just(""), _word),
    st.lists(st.text(st.characters(exclude_characters="'", codec="utf-8"))).map(tuple),
)


@given(_parts)
def test_a_node_key_is_read_back_from_its_text(parts):
    name = NodeKey(*parts)
    assert parse_node(str(name)) == name


@given(st.sampled_from(["section", "column", "grid"]), st.none() | st.integers(0, 999), st.lists(_parts, max_size=4))
def test_an_element_key_is_read_back_from_its_text(kind, number, sources):
    names = [NodeKey(*parts) for parts in sources]
    text = "@".join([kind + ("" if number is None else f"${number}"), *map(str, names)])
    assert parse_element(text) == ElementKey(kind, number, tuple(names))
    assert is_element(text) == (number is not None or bool(names))


@given(st.text())
def test_any_text_is_a_key_or_one_sentence(text):
    says = []
    for parse in (parse_node, parse_element):
        try:
            parse(text)
        except ValueError as error:
            says.append(str(error))
    assert all(sentence.endswith(".") and sentence.isprintable() for sentence in says)
    assert not (is_element(text) and text.isalpha())


@given(st.text(alphabet="divh1.@$#['a:]", max_size=40))
def test_what_a_node_key_prints_is_read_as_the_same_node(text):
    try:
        name = parse_node(text)
    except ValueError:
        return
    assert parse_node(str(name)) == name


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(st.text(), inner), max_size=4).map(pairs.Pairs),
)


def as_text(value) -> str:
    if isinstance(value, pairs.Pairs):
        return "{" + ",".join(f"{json.dumps(key)}:{as_text(item)}" for key, item in value) + "}"
    return "[" + ",".join(map(as_text, value)) + "]" if isinstance(value, list) else json.dumps(value)


@given(_json)
def test_no_pair_of_a_json_object_is_lost(value):
    text = as_text(value)
    assert as_text(pairs.parse(text.encode())) == text
    lost = sum(count - 1 for _, _, count in pairs.repeated(value))
    kept = sum(len(obj) for _, obj in pairs.objects(value))
    assert sum(len({key for key, _ in obj}) for _, obj in pairs.objects(value)) == kept - lost


_names = st.sampled_from(["div.a", "div.b", "p", "div.a['d:flex']"])
_tree = st.recursive(
    st.just(pairs.Pairs()), lambda inner: st.lists(st.tuples(_names, inner), max_size=4).map(pairs.Pairs)
)


@given(_tree.filter(len))
def test_a_layout_that_names_every_node_points_to_each_in_order(tree):
    """However often keys repeat: the k-th of a parent's equal children is that parent's k-th."""

    def mirrored(value):
        return pairs.Pairs((f"wrapper@{key}", mirrored(item)) for key, item in value)

    found = nested.structure(tree)
    said, lost = nested.layout(mirrored(tree), found)
    assert not lost
    assert [e["source"] for e in walk(said["structure"])] == [
        [f"n{i + 1}"] for i in range(len(walk(said["structure"])))
    ]


def test_equal_nodes_are_told_apart_by_their_flags():
    found = nested.structure(pairs.parse(b"""{"div.a['col:1']": {}, "div.a['col:2']": {}}"""))
    said, lost = nested.layout(pairs.parse(b"""{"wrapper@div.a['col:2']": "", "wrapper@div.a": ""}"""), found)
    assert not lost and [e["source"] for e in said["structure"]] == [["n2"], ["n1"]]
