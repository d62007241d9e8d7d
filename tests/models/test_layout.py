"""The layout network: what its guess at a page may depend on, and what it must not."""

from dataclasses import replace

import pytest
import torch
from torch import Generator, Tensor

from tests.data.section_pages import batch_of
from tests.models.small_layout import alike, everything, network, nothing, pages_of, signal
from tests.models.waking import without_gradient
from unrender.data.node_features import BUCKETS, FLAGS, NUMBERS, RELATIONS, TAGS
from unrender.design.section_tree import KINDS, MERGED
from unrender.design.sections import LAYOUT_TYPES
from unrender.models.layout import Layout
from unrender.models.layout_state import HIDDEN, State


@pytest.fixture(scope="module")
def model() -> Layout:
    return network()


@pytest.fixture(scope="module")
def batch() -> dict[str, Tensor]:
    return batch_of(0, 2, 5, 7)  # 32, 21, 64 and 18 nodes


def yes(batch: dict[str, Tensor], *which: bool) -> Tensor:
    return torch.tensor(which or [True] * len(batch["node"]))


def look(model: Layout, batch: dict[str, Tensor], state: State | None = None) -> list[list[Tensor]]:
    with torch.no_grad():
        return pages_of(model(batch, state or nothing(batch)), batch)


def noise(like: Tensor, most: int, seed: int = 0) -> Tensor:
    g = Generator().manual_seed(seed)
    if like.dtype.is_floating_point:
        return torch.randn(like.shape, generator=g)
    return torch.randint(0, most, like.shape, generator=g).to(like.dtype)


CHOICES = {"tag": len(TAGS), "parent": 18, "depth": 9, "relation": len(RELATIONS), "kind": len(KINDS), "owner": 18}


def spoilt(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same pages, with junk in all places beyond their nodes."""
    node = batch["node"]
    found = dict(batch)
    for name in ("tag", "flags", "names", "numbers", "parent", "depth", "kind", "owner", "around", "box", "placed"):
        junk = noise(batch[name], CHOICES.get(name, 2))
        found[name] = torch.where(node.reshape(*node.shape, *[1] * (junk.dim() - 2)), batch[name], junk)
    both = node[:, :, None] & node[:, None]
    found["relation"] = torch.where(both, batch["relation"], noise(batch["relation"], CHOICES["relation"]))
    return found


def known(batch: dict[str, Tensor], types: bool) -> State:
    """Something of everything, and junk beyond the nodes."""
    state, beyond = everything(batch, types), ~batch["node"]
    return replace(
        state,
        kinds=torch.where(beyond, noise(state.kinds, HIDDEN + 1), state.kinds),
        boxes=torch.where(beyond[..., None], noise(state.boxes, 0), state.boxes),
        given=torch.where(beyond[..., None], noise(state.given, 2), state.given),
        sighted=yes(batch, True, False, True, False),
        named=yes(batch),
    )


@pytest.mark.parametrize("types", [True, False])
def test_what_stands_beyond_the_nodes_of_a_page_changes_nothing(model, batch, types):
    before = look(
        model, batch, replace(everything(batch, types), sighted=known(batch, types).sighted, named=yes(batch))
    )
    assert alike(look(model, spoilt(batch), known(batch, types)), before)


def test_more_room_changes_nothing(model, batch):
    before = look(model, batch)
    for nodes in (64, 160):
        wider = batch_of(0, 2, 5, 7, nodes=nodes)
        assert alike(look(model, wider), before)


def test_a_page_is_read_alone(model):
    """Whatever is in its batch, in whatever order: ten pages go through the network in two parts."""
    order = (5, 0, 7, 3, 1, 2, 6, 4, 0, 5)
    together = look(model, batch_of(*order))
    for row, index in enumerate(order[:5]):
        assert alike([together[row]], look(model, batch_of(index)))
    assert alike([together[0], together[1]], [together[9], together[8]])
    assert not alike([together[5]], [together[7]])  # both of 21 nodes


def test_what_is_known_of_another_page_changes_nothing(model, batch):
    before = look(model, batch)
    state = everything(batch)
    row = torch.arange(4) == 1
    mixed = replace(
        nothing(batch),
        kinds=torch.where(row[:, None], state.kinds, HIDDEN),
        boxes=state.boxes * row[:, None, None],
        given=state.given & row[:, None, None],
        t=torch.where(row, 0.5, 1.0),
        sighted=~row,
    )
    after = look(model, batch, mixed)
    assert alike([after[place] for place in (0, 2, 3)], [before[place] for place in (0, 2, 3)])
    assert alike([after[1]], [look(model, batch, state)[1]])
    assert not alike([after[1]], [before[1]])


def test_an_owner_comes_before_the_node(model, batch):
    for kinds, owners, *_ in look(model, batch):
        count = len(kinds)
        pointed = owners.argmax(1)
        assert (pointed[1:] < torch.arange(1, count)).all() and pointed[0] == 0
        allowed = torch.ones(count, count, dtype=torch.bool).tril(-1)
        allowed[0, 0] = True
        assert (owners[~allowed] < -1000).all() and (owners[allowed] > -100).all()


def test_boxes_are_boxes_and_edges_have_their_logits(model, batch):
    guess = model(batch, nothing(batch))
    assert guess.kinds.shape == (4, 64, len(KINDS)) and len(guess.edges) == len(guess.boxes) - 1
    for page in pages_of(guess, batch):
        assert all(torch.isfinite(each).all() for each in page)
        boxes = page[2 + len(guess.boxes) - 1]
        assert (boxes[:, 2:] > 0).all() and (boxes > -0.5).all() and (boxes < 1.5).all()


@pytest.mark.parametrize(("types", "boxes"), [(True, False), (False, True), (True, True)])
def test_what_is_given_counts(model, batch, types, boxes):
    state = everything(batch, types, boxes)
    found, without = look(model, batch, state), look(model, batch, everything(batch, False, False))
    assert all(torch.isfinite(each).all() for page in found for each in page)
    assert not any(alike([one], [two]) for one, two in zip(found, without, strict=True))
    assert not alike(found, look(model, batch, replace(state, t=state.t * 0.2)))  # and so does the time
    assert not alike(found, look(model, batch, replace(state, given=torch.zeros_like(state.given))))


def test_boxes_may_be_known_where_types_are_hidden_and_not_be_exact(model, batch):
    state = everything(batch, types=False)
    exact, noisy = look(model, batch, state), look(model, batch, replace(state, given=torch.zeros_like(state.given)))
    assert not alike(exact, noisy)
    assert not alike(exact, look(model, batch, replace(state, boxes=signal(batch) * 0.9)))


def test_pages_that_are_not_seen_do_not_depend_on_their_pixels(model, batch):
    other = batch | {"image": batch["image"].flip(3)}
    state = nothing(batch, sighted=yes(batch, True, False, True, False))
    before, after = look(model, batch, state), look(model, other, state)
    assert alike([before[1], before[3]], [after[1], after[3]], 1e-5)
    for row in (0, 2):
        types, owners, *boxes, edges = (
            not torch.allclose(a, b, atol=1e-5) for a, b in zip(before[row], after[row], strict=True)
        )
        assert types and owners and edges and any(boxes)
    none = nothing(batch, sighted=~yes(batch))
    assert alike(look(model, batch, none), look(model, other, none), 1e-5)


def test_class_names_count_where_they_are_known(model, batch):
    other = batch | {"names": noise(batch["names"], 2).sign().clamp_min(0)}
    state = nothing(batch, named=yes(batch, True, False, True, False))
    before, after = look(model, batch, state), look(model, other, state)
    assert alike([before[1], before[3]], [after[1], after[3]], 1e-5)
    assert not alike([before[0]], [after[0]]) and not alike([before[2]], [after[2]])
    assert batch["names"].shape[2] == BUCKETS


CONTENT = [0, 1, 2, 3, 7]  # of the numbers of a node: its letters and words, whether it has any, a picture, those below


def test_where_only_the_tree_is_known_nodes_do_not_say_what_they_are(model, batch):
    other = batch | {name: noise(batch[name], CHOICES.get(name, 2)) for name in ("tag", "flags", "names")}
    other["numbers"] = batch["numbers"].clone()
    other["numbers"][..., CONTENT] = noise(batch["numbers"][..., CONTENT], 0)
    state = nothing(batch, told=yes(batch, False, True, False, True), named=yes(batch), sighted=~yes(batch))
    before, after = look(model, batch, state), look(model, other, state)
    assert alike([before[0], before[2]], [after[0], after[2]], 1e-5)
    assert not alike([before[1]], [after[1]]) and not alike([before[3]], [after[3]])


@pytest.mark.parametrize("told", [True, False])
def test_the_tree_always_counts(model, told):
    batch = batch_of(7, nodes=18)
    state = nothing(batch, told=torch.tensor([told]), sighted=torch.tensor([False]))
    before = look(model, batch, state)
    relation = (batch["relation"] + 1) % len(RELATIONS)
    assert not alike(before, look(model, batch | {"relation": relation}, state))
    for place in set(range(NUMBERS)) - set(CONTENT):
        numbers = batch["numbers"].clone()
        numbers[..., place] += 1
        assert not alike(before, look(model, batch | {"numbers": numbers}, state), 1e-5), place


@pytest.mark.parametrize("name", ["tag", "flags", "page"])
def test_what_a_page_says_counts(model, batch, name):
    before = look(model, batch)
    other = (batch["tag"] + 1) % len(TAGS) if name == "tag" else batch[name] + 0.1
    assert not alike(before, look(model, batch | {name: other}))
    assert batch["flags"].shape[2] == len(FLAGS)


def test_truth_is_not_looked_at(model, batch):
    bare = {name: values for name, values in batch.items() if name not in ("kind", "owner", "around", "box", "placed")}
    assert alike(look(model, bare), look(model, batch), 1e-5)


def test_a_page_of_one_node_can_be_read(model, batch):
    alone = {name: values.clone() for name, values in batch.items()}
    alone["node"][1, 1:] = False
    found = look(model, alone)
    assert found[1][0].shape == (1, len(KINDS))
    assert alike([found[0], found[2]], [look(model, batch)[0], look(model, batch)[2]])
    assert all(torch.isfinite(each).all() for each in found[1])


def test_a_glance_changes_the_types_of_elements_and_layers_alone(model, batch):
    """A node that was taken for a part of something has no box to look into."""
    with torch.no_grad():
        guess = model(batch, nothing(batch))
    changed = (guess.kinds != guess.hunch).any(2)
    taken_for = guess.hunch.argmax(2)
    assert torch.equal(changed, (taken_for > MERGED) & batch["node"][:, :64])
    assert (changed & (taken_for > len(LAYOUT_TYPES))).any()


def test_every_parameter_gets_a_gradient(batch):
    model = network().train()
    row = yes(batch, True, False, False, False)
    state = replace(everything(batch, types=False), named=yes(batch), told=~row, sighted=~row)
    guess = model(batch, state)
    parts = (guess.kinds, guess.owners.clamp_min(-100), *guess.boxes, *guess.edges)
    torch.stack([part.square().mean() for part in parts]).sum().backward()
    assert without_gradient(model) == []
