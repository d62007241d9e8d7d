"""Pages with section layouts as arrays: shapes, the frame and the way back, what is left out, and views."""

import json

import numpy as np
import pytest

from tests.data.section_pages import SIZE, by_hand, row, write_sections
from unrender.config import UserError
from unrender.data.batches import stack
from unrender.data.framed_boxes import unframed
from unrender.data.layout_pages import NODES, LayoutDataset, around, inputs, targets
from unrender.data.layout_views import varied
from unrender.data.node_features import BUCKETS, FLAGS, NUMBERS
from unrender.data.pictures import decode
from unrender.data.view import View
from unrender.design.section_tree import KINDS, flatten, labels
from unrender.render.frame import ARTBOARD
from unrender.render.frame import SIZE as FRAME

SHAPES = {
    "image": ((3, FRAME, FRAME), "uint8"), "tag": ((NODES,), "int64"), "flags": ((NODES, len(FLAGS)), "float32"),
    "names": ((NODES, BUCKETS), "float32"), "numbers": ((NODES, NUMBERS), "float32"),
    "relation": ((NODES, NODES), "uint8"), "parent": ((NODES,), "int64"), "depth": ((NODES,), "int64"),
    "node": ((NODES,), "bool"), "kind": ((NODES,), "int64"), "owner": ((NODES,), "int64"),
    "around": ((NODES,), "int64"), "box": ((NODES, 4), "float32"), "placed": ((NODES,), "bool"),
    "page": ((4,), "float32"),
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_sections(tmp_path_factory.mktemp("sections"))


def test_an_item_is_what_the_docstring_says(folder):
    pages = LayoutDataset(folder, "train")
    assert len(pages) == 6 and (pages.skipped, pages.too_large) == (0, 0)
    for index in range(len(pages)):
        assert {name: (each.shape, str(each.dtype)) for name, each in pages[index].items()} == SHAPES
    assert stack([pages[0], pages[1]])["relation"].shape == (2, NODES, NODES)


def test_an_item_says_what_its_row_says(folder):
    pages = LayoutDataset(folder, "train")
    for index in (0, 3):
        document = flatten(json.loads(row(index)["structure"]))
        truth = labels(document, json.loads(row(index)["layout"]))
        item, count = pages[index], len(document)
        assert item["node"].tolist() == [place < count for place in range(NODES)]
        assert item["kind"][:count].tolist() == truth.kinds.tolist()
        assert item["owner"][:count].tolist() == truth.owners.tolist()
        assert np.flatnonzero(item["placed"]).tolist() == truth.starts.tolist()
        assert item["parent"][1:count].tolist() == document.parents[1:].tolist() and item["parent"][0] == 0
        size = row(index)["page_width"], row(index)["page_height"]
        assert pages.size(index) == size
        assert unframed(item["box"][truth.starts], size) == pytest.approx(truth.boxes[truth.starts], abs=0.01)
        for name in SHAPES.keys() - {"image", "page", "relation"}:
            assert not item[name][count:].any(), name
        assert not item["relation"][count:].any() and not item["relation"][:, count:].any()


def test_boxes_lie_where_the_picture_shows_the_elements(folder):
    """Text stands in elements that hold no others, and outside of the page there is nothing but artboard."""
    pages = LayoutDataset(folder, "train")
    for index in range(len(pages)):
        item, text = pages[index], decode(row(index)["text_mask"]) > 127
        held = np.zeros((FRAME, FRAME), bool)
        for node in set(np.flatnonzero(item["placed"])) - set(item["around"][item["placed"]]):
            left, top, width, height = item["box"][node] * FRAME
            held[int(top) : int(np.ceil(top + height)), int(left) : int(np.ceil(left + width))] = True
        assert held.mean() < 0.8 and (held & text).sum() > 0.9 * text.sum() > 0
        left, top, right, bottom = (item["page"] * FRAME).astype(int)
        outside = np.ones((FRAME, FRAME), bool)
        outside[top:bottom, left:right] = False
        assert (item["image"][:, outside].T == ARTBOARD).all()


def test_targets_by_hand():
    """The page lies from x = 0.25 to 0.75 of the frame, 0.64 frame pixels to a px."""
    page = by_hand()
    made = targets(page.document, page.reading, SIZE, 10)
    assert [KINDS[kind] for kind in made["kind"][:8]] == [
        "merged", "section", "merged", "heading", "image", "paragraph", "wrapper", "background_image",
    ]  # fmt: skip
    assert made["owner"].tolist() == [0, 1, 1, 3, 4, 5, 6, 7, 0, 0]
    assert made["around"].tolist() == [0, 0, 1, 1, 1, 0, 0, 6, 0, 0]
    assert np.flatnonzero(made["placed"]).tolist() == [1, 3, 4, 5]  # the wrapper of this layout has no box
    assert made["box"][1] == pytest.approx([0.25, 0, 0.5, 0.5])
    assert made["box"][3] == pytest.approx([0.3, 0.05, 0.25, 0.1])
    assert not made["box"][~made["placed"]].any()
    assert inputs(page.document, SIZE)["page"].tolist() == [0.25, 0, 0.75, 1]


def test_around_skips_merged_nodes_and_layers():
    deep = {"id": "e", "tag": "p"}
    for name in "dcba":  # a > b > c > d > e
        deep = {"id": name, "tag": "div", "children": [deep]}
    document = flatten(deep)
    heading = {"type": "heading", "source": ["e"], "children": []}
    layout = {
        "structure": [{"type": "section", "source": ["b", "d"], "children": [heading]}],
        "props": {"background_image": ["c"], "background_video": [], "background_overlay": []},
    }
    assert around(document, labels(document, layout)).tolist() == [0, 0, 1, 1, 1]


def test_pages_written_otherwise_are_the_same_pages_in_their_second_view(folder):
    pages = LayoutDataset(folder, "train", views=1)
    other, views = pages.rewritten(), LayoutDataset(folder, "train", views=2)
    assert len(other) == len(pages) and other.rows == pages.rows and other.views == 1
    for page in range(len(pages)):
        assert other.documents[page] is not pages.documents[page]
        for name, values in views[len(pages) + page].items():
            assert np.array_equal(other[page][name], values), name
    assert any(one.tags != two.tags for one, two in zip(pages.documents, other.documents, strict=True))
    assert np.array_equal(pages[0]["tag"], LayoutDataset(folder, "train")[0]["tag"])


def test_pages_with_too_many_nodes_and_rows_without_labels_are_counted(tmp_path):
    many = json.dumps({"id": "r", "tag": "main", "children": [{"id": str(k), "tag": "p"} for k in range(NODES)]})
    empty = json.dumps({"structure": [], "props": {}})
    changes = {0: {"layout": None}, 1: {"structure": many, "layout": empty}, 3: {"page_width": None}}
    pages = LayoutDataset(write_sections(tmp_path, change=lambda i, row: changes.get(i, {})), "train")
    assert (len(pages), pages.skipped, pages.too_large) == (3, 2, 1)
    assert [kept["id"] for kept in pages.rows] == [row(i)["id"] for i in (2, 4, 5)]
    assert [len(document) for document in pages.documents] == [
        len(flatten(json.loads(row(i)["structure"]))) for i in (2, 4, 5)
    ]


def test_the_largest_page_that_fits_is_read(tmp_path):
    texts = [{"id": str(k), "tag": "p", "text": {"characters": 3, "words": 1}} for k in range(NODES - 1)]
    most = json.dumps({"id": "r", "tag": "main", "children": texts})
    empty = json.dumps({"structure": [], "props": {}})
    folder = write_sections(tmp_path, 1, lambda i, row: {"structure": most, "layout": empty})
    pages = LayoutDataset(folder, "train", views=3)
    assert all(pages[index]["node"].all() for index in range(3))


@pytest.mark.parametrize("lacking", ["structure", "layout", "page_width", "page_height"])
def test_a_split_without_a_labelled_row_is_one_sentence(tmp_path, lacking):
    folder = write_sections(tmp_path, 2, lambda i, row: {lacking: None})
    with pytest.raises(UserError, match=rf"split 'train' has no row with all of .*{lacking}.*nothing to learn"):
        LayoutDataset(folder, "train")


def test_the_difficulty_of_a_page_is_its_elements_else_its_nodes(tmp_path):
    folder = write_sections(tmp_path, 3, lambda i, row: {"elements": None if i == 1 else row["elements"]})
    pages = LayoutDataset(folder, "train", views=2)
    assert pages.difficulty == [row(0)["elements"], len(pages.documents[1]), row(2)["elements"]] * 2


def test_no_more_rows_than_asked_for(folder):
    assert len(LayoutDataset(folder, "train", most=2)) == 2


def test_views_follow_the_pages(folder):
    plain, pages = LayoutDataset(folder, "train"), LayoutDataset(folder, "train", views=3, jitter=0.01)
    assert len(pages) == 18 and len(pages.difficulty) == 18
    changed = 0
    for index in range(len(pages)):
        view, page = divmod(index, 6)
        if not view:
            assert all((pages[index][name] == plain[page][name]).all() for name in SHAPES)
            continue
        seen = View(plain.documents[page], plain.readings[page])
        seen = varied(seen, np.random.default_rng([view, page]), NODES)
        made = inputs(seen.document, pages.size(page)) | targets(seen.document, seen.reading, pages.size(page))
        assert all((pages[index][name] == values).all() for name, values in made.items())
        changed += not all((pages[index][name] == plain[page][name]).all() for name in ("tag", "parent", "names"))
    assert changed == 12


def test_views_move_colours_by_no_more_than_the_jitter_and_no_label(folder):
    plain, pages = LayoutDataset(folder, "train", views=3), LayoutDataset(folder, "train", views=3, jitter=0.04)
    for page in range(6):
        assert (pages.image(page) == plain.image(page)).all()
        for view in (1, 2):
            moved = pages.image(page, view).astype(int) - plain.image(page, view)
            assert 0 < np.abs(moved).max() <= 0.04 * 255 + 0.5
            colours = np.concatenate([plain.image(page), pages.image(page, view)]).reshape(6, -1).T
            assert len(np.unique(colours, axis=0)) == len(np.unique(colours[:, :3], axis=0))  # alike stays alike
            index = view * 6 + page
            assert all((pages[index][name] == plain[index][name]).all() for name in SHAPES.keys() - {"image"})
    assert (pages.image(0, 1) != pages.image(0, 2)).any()


def test_an_item_is_the_same_each_time(folder):
    one, two = (LayoutDataset(folder, "train", views=2, jitter=0.02) for _ in range(2))
    for index in (11, 0, 7):
        first, again = one[index], one[index]
        assert all((first[name] == again[name]).all() and (first[name] == two[index][name]).all() for name in SHAPES)
