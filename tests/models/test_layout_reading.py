"""What guesses amount to: readings that hold together, and samples that keep what was given."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from tests.data.section_pages import SIZE, batch_of, by_hand
from tests.models.small_layout import CONFIG, alike, everything, network, nothing, pages_of, signal
from unrender.data.batches import stack
from unrender.data.layout_pages import inputs, targets
from unrender.design.section_tree import KINDS, MERGED, Reading, assemble, labels
from unrender.diffusion.absorbing import cosine_shares
from unrender.diffusion.schedule import Schedule
from unrender.models.layout import Layout
from unrender.models.layout_reading import confidence, read, readings, sampled
from unrender.models.layout_state import HIDDEN, Guess, State

SCHEDULE = Schedule.of("cosine", "x0")


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def truth(batch: dict[str, Tensor], nodes: int) -> Guess:
    """The guess of who knows: sure of all types and owners, and of boxes where there are some."""
    kind, owner = (batch[name][:, :nodes] for name in ("kind", "owner"))
    boxes = (signal(batch) + 1)[:, :nodes] / 2
    types = 50 * torch.nn.functional.one_hot(kind, len(KINDS)).float()
    return Guess(
        types,
        50 * torch.nn.functional.one_hot(owner, nodes).float(),
        [torch.zeros_like(boxes), boxes],
        [torch.zeros(*boxes.shape, 128)],
        types,
    )


class Knowing(Layout):
    """Knows the pages, and keeps the states that it was asked with."""

    def __init__(self, pages: dict[str, Tensor]) -> None:
        super().__init__(CONFIG)
        self.pages, self.states = pages, []

    def forward(self, batch: dict[str, Tensor], state: State) -> Guess:
        self.states.append(state)
        return truth(self.pages, int(batch["node"].sum(1).max()))


@pytest.fixture(scope="module")
def model() -> Layout:
    return network()


@pytest.fixture(scope="module")
def batch() -> dict[str, Tensor]:
    return batch_of(0, 2, 7)  # 32, 21 and 18 nodes


def said(reading: Reading) -> list:
    return [reading.kinds.tolist(), reading.owners.tolist(), np.nan_to_num(reading.boxes, nan=-1).tolist()]


def holds_together(reading: Reading) -> None:
    places = np.arange(len(reading.kinds))
    merged, starts = reading.kinds == MERGED, np.isin(places, reading.starts)
    assert merged[0] and reading.owners[0] == 0
    assert (reading.owners[~merged] == places[~merged]).all()
    assert (reading.owners[1:][merged[1:]] < places[1:][merged[1:]]).all()
    assert (starts[reading.owners[merged]] | (reading.owners[merged] == 0)).all()
    assert np.isnan(reading.boxes[~starts]).all() and np.isfinite(reading.boxes[starts]).all()


def test_who_knows_the_page_reads_it_as_it_is():
    page = by_hand()
    made = stack([inputs(page.document, SIZE, 12) | targets(page.document, page.reading, SIZE, 12)])
    made["box"][0, 6], made["placed"][0, 6] = torch.tensor([0.5, 0.5, 0.25, 0.25]), True  # of the wrapper without a box
    (found,) = readings(truth(made, 8), made["node"], [SIZE])
    assert found.kinds.tolist() == page.reading.kinds.tolist() and found.owners.tolist() == page.reading.owners.tolist()
    assert found.boxes[[1, 3, 4, 5]] == pytest.approx(page.reading.boxes[[1, 3, 4, 5]], abs=1e-3)
    assert found.boxes[6] == pytest.approx([100, 200, 100, 100], abs=1e-3)  # a half of the frame is 200 px of the page
    assert np.isnan(found.boxes[[0, 2, 7]]).all()


@given(st.integers(0, 2**31))
@settings(max_examples=40)
def test_whatever_is_guessed_the_reading_holds_together(seed):
    g, page = seeded(seed), by_hand()
    before = torch.ones(8, 8, dtype=torch.bool).tril(-1)
    before[0, 0] = True
    types = torch.randn(1, 8, len(KINDS), generator=g) * torch.tensor([3.0] + [1.0] * (len(KINDS) - 1))
    owners = torch.randn(1, 8, 8, generator=g).masked_fill(~before, -1e4)
    guess = Guess(types, owners, [torch.rand(1, 8, 4, generator=g)], [], types)
    (found,) = readings(guess, torch.ones(1, 8, dtype=torch.bool), [SIZE])
    holds_together(found)
    layout = assemble(page.document, found)
    again = labels(page.document, layout)
    assert again.kinds.tolist() == found.kinds.tolist() and again.owners.tolist() == found.owners.tolist()


def test_a_merged_node_goes_to_the_likeliest_element_before_it():
    """Node 3 would rather go to node 1, which is merged, and to node 4, which comes later."""
    kinds = torch.zeros(1, 5, len(KINDS))
    for node, kind in enumerate((1, 0, 2, 0, 3)):  # the root is said to be a section
        kinds[0, node, kind] = 1
    owners = torch.full((1, 5, 5), -1e4)
    owners[0, 3] = torch.tensor([0.0, 5.0, 1.0, -1e4, -1e4])
    owners[0, 1, 0] = 1.0
    boxes = torch.full((1, 5, 4), 0.5)
    (found,) = readings(Guess(kinds, owners, [boxes], [], kinds), torch.ones(1, 5, dtype=torch.bool), [(256, 256)])
    assert found.kinds.tolist() == [0, 0, 2, 0, 3]
    assert found.owners.tolist() == [0, 0, 2, 2, 4]
    assert found.boxes[2].tolist() == [64, 64, 128, 128]


def test_types_that_are_given_are_read_instead_of_the_likeliest(batch):
    guess = truth(batch, 32)
    other = torch.where(batch["kind"] > 0, 6, 0)
    found = readings(guess, batch["node"], [SIZE] * 3, other)
    assert {int(kind) for reading in found for kind in reading.kinds} == {0, 6}
    for reading in found:
        holds_together(reading)


def test_pages_are_read_as_long_as_they_are_and_the_same_each_time(model, batch):
    sizes = [(640, 480), (300, 900), (50, 50)]
    one, two = (readings(read(model, batch), batch["node"], sizes) for _ in range(2))
    assert [len(reading.kinds) for reading in one] == batch["node"].sum(1).tolist()
    for first, second in zip(one, two, strict=True):
        holds_together(first)
        assert said(first) == said(second)
    assert alike(pages_of(read(model, batch), batch), pages_of(read(model, batch, nothing(batch)), batch))


def test_certainty_is_the_odds_of_the_likeliest_type():
    logits = torch.log(torch.tensor([[[0.7, 0.2, 0.1], [0.25, 0.25, 0.5]]]))
    assert confidence(Guess(logits, torch.zeros(1, 2, 2), [], [], logits)).tolist() == [pytest.approx([0.7, 0.5])]


@pytest.mark.parametrize("types", [True, False])
def test_what_is_given_is_kept(model, batch, types):
    state = everything(batch, types, not types)
    guess, kinds = sampled(model, batch, state, 3, seeded(), SCHEDULE)
    nodes = guess.kinds.shape[1]
    if types:
        assert torch.equal(kinds[batch["node"]], batch["kind"][batch["node"]])
    else:
        placed = batch["placed"][:, :nodes]
        want = (state.boxes[:, :nodes] + 1) / 2
        assert torch.allclose(guess.boxes[-1][placed], want[placed], atol=1e-6)
        assert (kinds[batch["node"]] != HIDDEN).all()


def test_types_may_be_given_for_some_nodes_and_sizes_without_places(model, batch):
    state = everything(batch)
    state.given[:, ::2, 0] = False
    state.given[..., 1] = False
    guess, kinds = sampled(model, batch, state, 2, seeded(), SCHEDULE)
    kept = batch["node"] & state.given[..., 0]
    assert torch.equal(kinds[kept], batch["kind"][kept])
    placed, want = batch["placed"][:, :32], (state.boxes[:, :32] + 1) / 2
    assert torch.allclose(guess.boxes[-1][placed][:, 2:], want[placed][:, 2:], atol=1e-6)
    assert not torch.allclose(guess.boxes[-1][placed][:, :2], want[placed][:, :2], atol=1e-2)


def test_samples_follow_from_the_seed(model, batch):
    draw = lambda seed: sampled(model, batch, nothing(batch), 2, seeded(seed), SCHEDULE)  # noqa: E731
    (one, kinds), (two, same), (three, other) = draw(1), draw(1), draw(2)
    assert torch.equal(kinds, same) and not torch.equal(kinds, other)
    assert alike(pages_of(one, batch), pages_of(two, batch), 0.0)
    assert not alike(pages_of(one, batch), pages_of(three, batch))
    for reading in readings(one, batch["node"], [SIZE] * 3, kinds):
        holds_together(reading)


def test_a_sample_is_told_step_by_step(batch):
    """Types by the cosine shares, boxes on the straight way from one noise to what is known."""
    knowing = Knowing(batch)
    guess, kinds = sampled(knowing, batch, nothing(batch), 5, seeded(), SCHEDULE)
    node, clean = batch["node"], 2 * truth(batch, 32).boxes[-1] - 1
    assert torch.equal(kinds[node], batch["kind"][node])
    assert torch.allclose(guess.boxes[-1], truth(batch, 32).boxes[-1])
    assert [float(state.t[0]) for state in knowing.states] == pytest.approx([1, 0.8, 0.6, 0.4, 0.2])
    left, noises = node.sum(1), []
    for state, share in zip(knowing.states, [1.0, *cosine_shares(5)[:-1]], strict=True):
        left = (left * share).floor().long()
        unknown = node & (state.kinds == HIDDEN)
        assert unknown.sum(1).tolist() == left.tolist()
        assert torch.equal(state.kinds[node & ~unknown], batch["kind"][node & ~unknown])
        step = min(int(state.t[0] * len(SCHEDULE)), len(SCHEDULE) - 1)
        noises.append((state.boxes[:, :32] - SCHEDULE.alpha[step] * clean) / SCHEDULE.sigma[step])
    assert noises[0].std() == pytest.approx(1, abs=0.1)
    for later in noises[1:]:
        assert torch.allclose(later[node[:, :32]], noises[0][node[:, :32]], atol=1e-3)


def test_given_boxes_are_exact_at_every_step(batch):
    knowing, state = Knowing(batch), everything(batch, types=False)
    state.given[0] = False
    sampled(knowing, batch, state, 3, seeded(), SCHEDULE)
    for seen in knowing.states:
        assert torch.equal(seen.boxes[1:][batch["placed"][1:]], state.boxes[1:][batch["placed"][1:]])
        assert not torch.allclose(seen.boxes[0], state.boxes[0], atol=0.01)
