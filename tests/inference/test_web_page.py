"""A page of HTML, as our own engine shows it, or one sentence about why not."""

import json
import time

import numpy as np
import pytest

from unrender.config import UserError
from unrender.design.design import draw
from unrender.design.section_tree import flatten
from unrender.design.sections import structure
from unrender.inference import web_page
from unrender.inference.document_files import MAX_NODES
from unrender.inference.page_painter import decoded
from unrender.inference.web_page import render_page

PAGE = """<!DOCTYPE html><html><head><title>Shop</title><link rel=stylesheet href=http://127.0.0.1:9/a.css>
<style>@import url(http://127.0.0.1:9/b.css); body{margin:0} .row{display:flex} #hero{height:50vh;background:#123}
.row img{max-width:100%}</style></head><body class=home>
<div id=hero></div>text beside blocks <a id=link href=x>a link</a> <svg id=mark width=40 height=30></svg>
<div class=row id=row><img id=photo src=photo.png width=200 height=100 onload="x()"><p id=words>Fish &amp; chips</div>
<div id=none style="display:none">hidden</div><script>document.write('<p id=never>')</script></body></html>"""


@pytest.fixture
def save(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "page.html"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(PAGE)
    return render_page(path)


def box(shown, name):
    return shown.boxes[shown.document.ids.index(name)].tolist()


def test_the_document_has_every_node_of_the_body_even_a_hidden_one(shown):
    assert shown.document.ids == ("body", "hero", "link", "mark", "row", "photo", "words", "none")
    assert np.isnan(box(shown, "none")).all()
    assert shown.document.words[shown.document.ids.index("words")] == 3
    assert flatten(shown.structure).ids == shown.document.ids


def test_boxes_lie_where_the_picture_shows_the_nodes(shown):
    assert box(shown, "hero") == [0, 0, 1280, 400]  # half of a window of 800
    left, top, width, height = box(shown, "link")  # inline: the engine itself reports nothing
    assert top > 400 and 30 < width < 50 and 15 < height < 25 and left > 100
    assert box(shown, "mark")[2:] == [40, 30] and box(shown, "mark")[1] > 390  # beside text between blocks
    assert box(shown, "photo")[2:] == [200, 100]
    pixels = np.asarray(shown.screenshot)
    assert (pixels[200, 640] == (0x11, 0x22, 0x33)).all()
    x, y, _, _ = map(int, box(shown, "photo"))
    assert (pixels[y + 50, x + 100] == (0xC4, 0xC8, 0xCE)).all()  # a grey picture, whatever is in the file


def test_the_picture_is_as_high_as_the_page(shown):
    assert shown.screenshot.width == 1280
    assert shown.screenshot.height == pytest.approx(box(shown, "row")[1] + box(shown, "row")[3], abs=1)


def test_the_same_page_gives_the_same_bytes(shown, save):
    again = render_page(save(PAGE))
    assert again.screenshot.tobytes() == shown.screenshot.tobytes()
    assert np.array_equal(again.boxes, shown.boxes, equal_nan=True)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_our_own_pages_come_back_as_their_documents(save, seed):
    """But for flags, of which style sheets have more, and for surfaces that stand for pictures."""
    html, root = draw(np.random.default_rng(seed), 0.0).document()
    found, want = render_page(save(html), width=600).document, flatten(structure(root))
    assert found.ids[1:] == want.ids[1:]  # the root is called n0 in one, and page in the other
    assert (found.tags, found.classes, found.parents.tolist()) == (want.tags, want.classes, want.parents.tolist())
    assert found.characters.tolist() == want.characters.tolist() and found.words.tolist() == want.words.tolist()
    assert all(set(less) <= set(more) for less, more in zip(want.flags, found.flags, strict=True))
    assert not set(np.flatnonzero(found.pictured)) - set(np.flatnonzero(want.pictured))


def test_an_endless_page_is_cut(save, monkeypatch):
    monkeypatch.setattr(web_page, "MAX_HEIGHT", 900)
    assert render_page(save("<body><div style='height:99999px'>x")).screenshot.height == 900


BAD = {
    "empty file": ("", "no tags"),
    "plain text": ("just words & more", "no tags"),
    "no text": (b"\x89PNG\0\0", "bytes of no text"),
    "empty page": ("<html><body></body></html>", "shows nothing"),
    "hidden page": ("<body style='display:none'><p>x", "shows nothing"),
    "too large": ("<b></b>" * MAX_NODES, "more than 2,000 nodes"),
    "too deep": ("<b>" * 600, "nested deeper"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_page_is_refused_in_one_sentence(save, name):
    content, reason = BAD[name]
    path = save(content)
    with pytest.raises(UserError, match=reason) as error:
        render_page(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_a_missing_page_is_named(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        render_page(tmp_path / "absent.html")


def test_an_engine_that_hangs_is_given_up(save, monkeypatch):
    monkeypatch.setattr(web_page, "PAINTER", ("-c", "import time; time.sleep(60)"))
    began = time.monotonic()
    with pytest.raises(UserError, match=r"was not laid out within 0\.5 s"):
        render_page(save(PAGE), seconds=0.5)
    assert time.monotonic() - began < 10


def test_an_engine_that_crashes_is_said(save, monkeypatch):
    monkeypatch.setattr(web_page, "PAINTER", ("-c", "import os; os.abort()"))
    with pytest.raises(UserError, match="broke the rendering engine"):
        render_page(save(PAGE))


def test_a_page_that_wants_too_much_memory_is_given_up(save):
    with pytest.raises(UserError, match="broke the rendering engine"):
        render_page(save(PAGE), memory=300 << 20)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("é".encode(), "é"),
        ("\ufeffé".encode(), "é"),
        ("é".encode("cp1252"), "é"),
        ("é".encode("utf-16"), "é"),
        (b"<meta charset=iso-8859-5>\xd0", "<meta charset=iso-8859-5>а"),
        (b'<meta content="text/html; charset=UTF-8">\xc3\xa9', '<meta content="text/html; charset=UTF-8">é'),
        ("<meta charset=no-such>é".encode(), "<meta charset=no-such>é"),
        (b"<meta charset=zlib>a", "<meta charset=zlib>a"),  # a codec, but not of text
        (b"<meta charset=idna>" + b"a" * 100, "<meta charset=idna>" + "a" * 100),
    ],
)
def test_encodings(content, text):
    assert decoded(content) == text


def test_the_answer_is_json_for_every_name(save):
    odd = render_page(save("<p id='a\"b<&\u2028'>x</p><p style='color:\"</style>'>y</p>"))
    assert odd.document.ids[1] == 'a"b<&\u2028'
    assert json.loads(json.dumps(odd.structure)) == odd.structure
