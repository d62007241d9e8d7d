"""Foreign HTML as browsers read it; nothing that is written in a page breaks the parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrender.inference.markup import DEEPEST, VOID, Element, parse_html
from unrender.inference.web_markup import listed, renderable, structure
from unrender.inference.web_styles import Styles, declarations, flags, has_picture, rules


def outline(element: Element) -> str:
    """p(hello b(x)) for <p>hello <b>x</b></p>."""
    inner = "".join(child if isinstance(child, str) else outline(child) for child in element.children)
    return f"{element.tag}({inner})"


def body(html: str) -> str:
    return outline(parse_html(html).body).removeprefix("body(").removesuffix(")")


@pytest.mark.parametrize(
    ("html", "tree"),
    [
        ("<p>a &amp; b &eacute;&#33;</p>", "p(a & b é!)"),
        ("<p>a<p>b", "p(a)p(b)"),
        ("<p>a<div>b</div>c", "p(a)div(b)c"),
        ("<p><span>a<div>b</div></span>", "p(span(a))div(b)"),
        ("<div>a<br>b<hr/>c<img src=x>d</div>", "div(abr()bhr()cimg()d)"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>e", "ul(li(a)li(bul(li(c)))li(d))e"),
        ("<dl><dt>a<dd>b<dt>c</dl>", "dl(dt(a)dd(b)dt(c))"),
        ("<table><tr><td>a<td>b<tr><td>c</table>d", "table(tr(td(a)td(b))tr(td(c)))d"),
        ("<table><thead><tr><th>a<tbody><tr><td>b</table>", "table(thead(tr(th(a)))tbody(tr(td(b))))"),
        ("<select><option>a<option>b</select>c", "select(option(a)option(b))c"),
        ("<a href=1>a<a href=2>b</a>", "a(a)a(b)"),
        ("<div>a</span>b</div>c</p>", "div(ab)c"),
        ("<div><td></div>a", "div(td(a))"),  # no browser's tree, but nothing is lost
        ("<div/>a", "div(a)"),
        ("<svg><g/><path d=x /></svg>a", "svg(g()path())a"),
        ("<b>a<script>if (x < '<p>') {}</script>b", "b(ab)"),
        ("<template><p>a<template>b</template>c</template>d", "d"),
        ("<noscript><p>a</p></noscript>b<!-- <p>c -->d<![CDATA[e]]>f<!x>g<?php h ?>i", "bdfgi"),
        ("<html><head><title>a</title><meta x></head><body class=x>b</body></html>", "b"),
        ("<xmp>a</xmp><plaintext>b<p>c", "pre(a)pre(bp(c))"),
        ("a < b <3 & c", "a < b <3 & c"),
    ],
)
def test_trees(html, tree):
    assert body(html) == tree


def test_styles_are_kept_aside_and_the_first_attribute_counts():
    found = parse_html("<style>a{}</style><body id=a id=b CLASS='x y'><style>b{}</style><p id=c><body id=z title=t>")
    assert found.styles == ("a{}", "b{}")
    assert found.body.attributes == {"id": "a", "class": "x y", "title": "t"}


def test_nothing_is_nested_deeper_than_in_browsers():
    tree = parse_html("<i>" * 5000).body
    depth, count = 0, sum(1 for _ in tree.walk())
    while any(isinstance(child, Element) for child in tree.children):
        tree = tree.children[-1]
        depth += 1
    assert (depth, count) == (DEEPEST, 5001)


def test_a_number_without_end_is_no_character():
    assert body("<p>&#" + "9" * 5000 + ";</p>") == "p(\ufffd)"


_piece = st.sampled_from(
    "<p> </p> <div <div> </div> <li> <table> <tr> <td> </table> <svg> <g/> </svg> <style> </style> <script> </script> "
    "<!-- --> <![ <![if ]]> <! <? <?php ?> </ < > & &# &#x &amp; &lt <a href= ' \" = / id=a id=body class='x-y z' "
    "style= <main> <body <html> <select> <option> <textarea> </textarea> <template> </template> <title> <img> "
    "<plaintext> display:flex {} .a{ } /* */ \x00 \n".split(" ")
) | st.text(max_size=4)  # fmt: skip


@given(pieces=st.lists(_piece, max_size=40))
def test_any_soup_has_a_tree_whose_html_names_every_node_once(pieces):
    markup = parse_html("".join(pieces))
    for element in markup.body.walk():
        assert element.tag not in VOID or not element.children
    nodes = listed(markup)
    assert len(set(nodes.ids)) == len(nodes.elements) == len(nodes.parents)
    assert all(parent < place for place, parent in enumerate(nodes.parents))
    again = parse_html(renderable(markup, nodes))
    assert [e.attributes.get("id") for e in again.body.walk() if "id" in e.attributes].count(nodes.ids[-1]) == 1
    assert structure(nodes, Styles(markup.styles))["id"] == nodes.ids[0]


def entries(html: str) -> dict[str, dict]:
    markup = parse_html(html)
    found, stack = {}, [structure(listed(markup), Styles(markup.styles))]
    while stack:
        entry = stack.pop()
        found[entry["id"]] = entry
        stack += entry["children"]
    return found


def test_the_form_is_that_of_structure_json():
    found = entries("<h1 id=a class='x k-y'> Two  words <b>not</b> counted </h1><img src=a.png>")
    assert found["a"] == {
        "id": "a", "tag": "h1", "classes": ["x"], "flags": [], "text": {"characters": 17, "words": 3},
        "children": [found["n0"]],
    }  # fmt: skip
    assert found["n1"] == {"id": "n1", "tag": "img", "classes": [], "flags": [], "src": "picture", "children": []}


def test_a_lone_main_is_the_root_and_ids_are_the_authors_where_they_tell_nodes_apart():
    assert next(iter(entries("<main id=page><p>a<p id=n0>b<p id=n0>c</main>"))) == "page"
    assert set(entries("<p>a<p id=n0>b<p id=n0>c<p id=body>d")) == {"body", "n1", "n0", "n2", "n3"}
    assert next(iter(entries("<main>a</main>b"))) == "body"


def test_what_lies_in_pictures_and_menus_is_no_node():
    found = entries(
        "<svg id=s><g id=g/></svg><select id=m><option id=o>a</select><video id=v>old browser</video>a<br>b"
    )
    assert set(found) == {"body", "s", "m", "v"}
    assert "text" not in found["v"]


@pytest.mark.parametrize(
    ("css", "said"),
    [
        (".a{display:flex}", ["d:flex"]),
        ("P{DISPLAY:GRID}", ["d:grid"]),
        ("#i{position:absolute;display:inline-flex!important}", ["d:flex", "p:absolute"]),
        ("p.a{position:relative}", ["p:relative"]),
        ("p.b{position:relative}", []),
        (".a .a{display:flex} .a>p{display:flex} p:hover{display:flex}", []),
        ("b, p {display:flex}", ["d:flex"]),
        ("#i{display:block} .a{display:flex} p{display:grid}", []),
        (".a{display:flex} .a{display:grid}", ["d:grid"]),
        ("@media print{.a{display:flex}} @import 'x'; .a{position:fixed}", ["p:absolute"]),
        ("/* .a{display:flex} */ .a{position:relative /* ; */ ; }", ["p:relative"]),
        (".a{content:'}';display:flex}", ["d:flex"]),
        (".a{display:flex", []),
        ("*{display:flex}", ["d:flex"]),
    ],
)
def test_flags_follow_simple_selectors(css, said):
    assert flags(Styles([css]).of("p", {"class": "a", "id": "i"})) == said


def test_an_elements_own_style_wins():
    assert flags(Styles(["#i{display:flex}"]).of("p", {"id": "i", "style": "display:block;position:relative"})) == [
        "p:relative"
    ]


def test_a_picture_behind_the_content_is_seen_through_its_quotes():
    given_style = "--w:1;background-image:url('data:image/svg+xml,%3Csvg a=%22rotate(3);%22%3E');display:flex"
    assert has_picture(declarations(given_style)) and flags(declarations(given_style)) == ["d:flex"]
    assert has_picture(declarations("background: #fff url(a.png)"))
    assert not has_picture(declarations("background:url(a.png);background:none"))


@given(text=st.text(st.sampled_from("ab.#*{}():;,'\"/-@! \n") | st.characters(), max_size=60))
def test_any_style_sheet_is_read(text):
    list(rules(text))
    Styles([text]).of("a", {"class": text, "style": text})
