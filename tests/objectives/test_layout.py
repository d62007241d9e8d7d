"""The loss of the layout network: terms by hand, what costs nothing, what each task knows, and that it is learnt."""

from dataclasses import replace
from math import log

import pytest
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from tests.data.section_pages import batch_of
from unrender.design.section_tree import KINDS, MERGED
from unrender.diffusion.schedule import Schedule
from unrender.models.layout import Config, Layout
from unrender.models.layout_state import HIDDEN, Guess, State
from unrender.objectives.layout import LayoutObjective, Weights, drawn, edge_loss, generalised_iou, noised

SCHEDULE = Schedule.of("cosine", "x0")
READING, DRAWING = Weights(read=1.0), Weights(read=0.0)
BINS = 128
TERMS = {"loss", "kind", "owner", "distance", "overlap", "edge"}


def seeded(seed: int = 0) -> Generator:
    return Generator().manual_seed(seed)


def middle(left: float, top: float, right: float, bottom: float) -> Tensor:
    """One box by middle and size, as the losses want it."""
    return torch.tensor([[[(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]]])


@pytest.fixture(scope="module")
def batch() -> dict[str, Tensor]:
    """Two pages, of 32 and 18 nodes; edges of boxes in the middle of places, where an edge can be told exactly."""
    found = batch_of(0, 7)
    edges = torch.cat([found["box"][..., :2], found["box"][..., :2] + found["box"][..., 2:].clamp_min(0.02)], 2)
    spots = ((edges * BINS - 0.5).round().clamp(0, BINS - 1) + 0.5) / BINS
    box = torch.cat([spots[..., :2], spots[..., 2:] - spots[..., :2]], 2)
    return found | {"box": box * found["placed"][..., None]}


class Saying(nn.Module):
    """Says what it was told to say, and keeps the state."""

    def __init__(self, guess: Guess) -> None:
        super().__init__()
        self.said = guess

    def forward(self, batch: dict[str, Tensor], state: State) -> Guess:
        self.state = state
        return self.said


def perfect(batch: dict[str, Tensor], nodes: int = 32) -> Guess:
    kind, owner, box = (batch[name][:, :nodes] for name in ("kind", "owner", "box"))
    corners = torch.cat([box[..., :2], box[..., :2] + box[..., 2:]], 2)
    sure = F.one_hot((corners * BINS - 0.5).round().long().clamp(0, BINS - 1), BINS)  # (b, n, 4, bins)
    boxes = torch.cat([box[..., :2] + box[..., 2:] / 2, box[..., 2:]], 2)
    types = 100.0 * F.one_hot(kind, len(KINDS))
    return Guess(types, 100.0 * F.one_hot(owner, nodes), [boxes] * 3, [100.0 * sure] * 2, types)


def losses(guess: Guess, batch: dict[str, Tensor], weights: Weights = READING, seed: int = 0) -> dict[str, float]:
    found = LayoutObjective(SCHEDULE, weights)(Saying(guess), batch, seeded(seed))
    return {name: float(value) for name, value in found.items()}


def spoilt(guess: Guess, nodes: Tensor) -> Guess:
    """As wrong as can be at these nodes (b, n)."""
    out = nodes[..., None]
    return Guess(
        torch.where(out, guess.kinds.roll(1, 2), guess.kinds),
        torch.where(out, guess.owners.roll(1, 2), guess.owners),
        [torch.where(out, 3.0, each) for each in guess.boxes],
        [torch.where(out[..., None], each.roll(40, 3), each) for each in guess.edges],
        torch.where(out, guess.hunch.roll(1, 2), guess.hunch),
    )


@pytest.mark.parametrize("weights", [READING, DRAWING])
def test_who_knows_the_page_loses_nothing(batch, weights):
    for seed in range(4):
        found = losses(perfect(batch), batch, weights, seed)
        assert found.keys() == TERMS
        assert found == pytest.approx(dict.fromkeys(TERMS, 0), abs=1e-3)


def test_who_knows_nothing_loses_the_logarithm_of_the_choices(batch):
    sure = perfect(batch)
    edges = [0 * each for each in sure.edges]
    blank = Guess(0 * sure.kinds, torch.zeros_like(sure.owners), sure.boxes, edges, 0 * sure.hunch)
    found = losses(blank, batch)
    assert found["kind"] == pytest.approx(log(len(KINDS)), rel=1e-5)
    assert found["owner"] == pytest.approx(log(32), rel=1e-5)
    assert found["edge"] == pytest.approx(log(BINS), rel=1e-5)
    assert found["loss"] == pytest.approx(found["kind"] + 0.5 * found["owner"] + found["edge"])


def test_each_term_has_its_weight_and_counts_after_every_look(batch):
    sure = perfect(batch)
    wrong = sure.boxes[0] + 0.1
    guess = Guess(sure.kinds, sure.owners, [wrong, sure.boxes[0], sure.boxes[0]], sure.edges, sure.hunch)
    found = losses(guess, batch)
    assert found["distance"] == pytest.approx(0.1 / 3, rel=1e-4)
    assert found["loss"] == pytest.approx(20 * found["distance"] + 2 * found["overlap"], rel=1e-4)
    none = {"kind": 0.0, "owner": 0.0, "distance": 0.0, "overlap": 0.0, "edge": 0.0}
    assert losses(guess, batch, Weights(read=1.0, **none))["loss"] == 0


def test_types_count_before_the_glance_and_after_it(batch):
    sure = perfect(batch)
    blank = replace(sure, hunch=0 * sure.hunch)
    assert losses(blank, batch)["kind"] == pytest.approx(log(len(KINDS)) / 2, rel=1e-5)
    assert losses(replace(sure, kinds=0 * sure.kinds), batch)["kind"] == pytest.approx(log(len(KINDS)) / 2, rel=1e-5)


def test_padding_and_the_root_cost_nothing(batch):
    beyond = ~batch["node"][:, :32]
    beyond[:, 0] = True
    found = losses(spoilt(perfect(batch), beyond), batch)
    assert found == pytest.approx(dict.fromkeys(TERMS, 0), abs=1e-3)
    other = batch | {name: batch[name].clone() for name in ("kind", "owner", "box", "placed")}
    for name in ("kind", "owner", "box", "placed"):
        other[name][:, :32][beyond] = 1
    assert losses(perfect(batch), other) == pytest.approx(dict.fromkeys(TERMS, 0), abs=1e-3)
    assert all(value > 0.1 for value in losses(spoilt(perfect(batch), ~beyond), batch).values())


def test_each_term_is_a_mean_over_the_nodes_that_it_is_about(batch):
    """One wrong node of the second page: only an element loses by its box, only a merged node by its owner."""
    start = int(batch["placed"][1].nonzero()[1])
    merged = int((batch["node"][1] & (batch["kind"][1] == MERGED)).nonzero()[1])
    for node, count, silent in (
        (start, batch["placed"].sum(), {"owner"}),
        (merged, (batch["node"] & (batch["kind"] == MERGED)).sum() - 2, {"distance", "overlap", "edge"}),
    ):
        at = torch.zeros(2, 32, dtype=torch.bool)
        at[1, node] = True
        found = losses(spoilt(perfect(batch), at), batch)
        assert {name for name, value in found.items() if abs(value) < 1e-3} == silent
        assert found["kind"] == pytest.approx(100 / int(batch["node"].sum() - 2), rel=1e-3)
        if node == merged:
            assert found["owner"] == pytest.approx(100 / int(count), rel=1e-3)
        else:
            assert found["edge"] == pytest.approx(100 / int(count), rel=1e-3)


def test_what_is_given_costs_nothing(batch):
    """Of types that are told only the others count; of boxes those of which place or size is not given."""
    guess = spoilt(perfect(batch), batch["node"][:, :32])
    seen = set()
    for seed in range(30):
        model = Saying(guess)
        found = LayoutObjective(SCHEDULE, DRAWING)(model, batch, seeded(seed))
        unknown = batch["node"] & (model.state.kinds == HIDDEN)
        wanted = batch["placed"] & ~model.state.given[..., 1:].all(2)
        assert (found["kind"] > 1) == bool(unknown[:, 1:].any()) and (found["edge"] > 1) == bool(wanted.any())
        assert found["owner"] > 1
        seen |= {(bool(unknown[:, 1:].any()), bool(wanted.any()))}
    assert len(seen) >= 3


def states(batch: dict[str, Tensor], weights: Weights, count: int = 400) -> State:
    """What would be known of many copies of the second page."""
    many = {name: values[1:].expand(count, *values.shape[1:]) for name, values in batch.items()}
    return drawn(many, SCHEDULE, weights, seeded())


def test_pages_that_are_read_have_nothing_given(batch):
    state = states(batch, READING)
    assert (state.kinds == HIDDEN).all() and not state.boxes.any() and not state.given.any()
    assert (state.t == 1).all() and state.sighted.all() and state.told.all()
    assert state.named.float().mean() == pytest.approx(0.5, abs=0.1)


def test_tasks_come_as_often_as_they_should(batch):
    state = states(batch, Weights(read=0.6, blind=0.5, bare=0.5, named=0.2), 1000)
    reading = state.t == 1
    assert reading.float().mean() == pytest.approx(0.6, abs=0.06)
    assert state.sighted[reading].all() and state.told[reading].all()
    assert (~state.sighted[~reading]).float().mean() == pytest.approx(0.5, abs=0.1)
    assert state.told[state.sighted].all()
    assert state.told[~state.sighted].float().mean() == pytest.approx(0.5, abs=0.15)
    assert state.named.float().mean() == pytest.approx(0.2, abs=0.06)


def test_what_is_given_is_exact_and_the_rest_is_not(batch):
    state = states(batch, DRAWING)
    kind, node, placed = batch["kind"][1], batch["node"][1], batch["placed"][1]
    assert not state.given[:, ~node].any() and not state.given[:, ~placed, 1:].any()
    types = state.given[..., 0]
    assert (state.kinds == kind)[types].all()
    assert ((state.kinds == kind) | (state.kinds == HIDDEN)).all()
    whole = types[:, node].all(1)
    assert whole.float().mean() == pytest.approx(1 / 3, abs=0.08)
    some = types[:, node].any(1) & ~whole
    assert some.float().mean() == pytest.approx(2 / 9, abs=0.08)
    left = batch["box"][1, :, :2]
    truth = 2 * torch.cat([left + batch["box"][1, :, 2:] / 2, batch["box"][1, :, 2:]], 1) - 1
    for part, kept in ((slice(0, 2), state.given[..., 1]), (slice(2, 4), state.given[..., 2])):
        exact, noisy = kept & placed, ~kept & placed
        wrong = (state.boxes[..., part] - truth[:, part]).abs().amax(2)
        assert exact.any() and wrong[exact].max() < 1e-6
        assert (wrong[noisy] > 1e-6).float().mean() > 0.99
    assert not state.boxes[:, ~node].any()


def test_noise_does_not_tell_which_nodes_start_an_element(batch):
    """At the end all boxes are noise alone; at the start, those of other nodes are the page."""
    state, node, placed = states(batch, DRAWING, 1500), batch["node"][1], batch["placed"][1]
    assert (state.boxes[:, node] != 0).any(2).all()
    late, early = state.t > 0.98, state.t < 0.01
    for start in (True, False):
        free = ~state.given[late][..., 1] & node & (placed == start)
        seen = state.boxes[late][..., :2][free]
        assert seen.std() == pytest.approx(1, abs=0.1) and seen.mean() == pytest.approx(0, abs=0.1)
    left, top, right, bottom = (2 * batch["page"][1] - 1).tolist()
    page = torch.tensor([(left + right) / 2, (top + bottom) / 2, right - left - 1, bottom - top - 1])
    assert (state.boxes[early][:, node & ~placed].mean((0, 1)) - page).abs().max() < 0.02


def test_the_later_the_more_is_hidden_and_the_more_noise_there_is(batch):
    state = states(batch, DRAWING, 1500)
    free = ~state.given[:, 1:, 0] & batch["node"][1, 1:]
    for low in (0.0, 0.4, 0.8):
        rows = (state.t >= low) & (state.t < low + 0.2)
        shares = (state.kinds[rows, 1:] == HIDDEN)[free[rows]].float().mean()
        assert shares == pytest.approx(low + 0.1, abs=0.06)


def test_noise_by_hand():
    box = torch.tensor([[[0.2, 0.4, 0.2, 0.1]]]).expand(4000, 1, 4)
    given = torch.tensor([[[False, False, True]]]).expand(4000, 1, 3)
    found = noised(box, given, torch.full((4000,), 0.5), SCHEDULE, seeded())
    alpha, sigma = float(SCHEDULE.alpha[500]), float(SCHEDULE.sigma[500])
    assert found[:, 0, :2].mean(0).tolist() == pytest.approx([alpha * -0.4, alpha * -0.1], abs=0.05)
    assert found[:, 0, :2].std(0).tolist() == pytest.approx([sigma, sigma], rel=0.05)
    assert found[:, 0, 2:].unique(dim=0).tolist() == [pytest.approx([-0.6, -0.8])]
    last = noised(box, given & False, torch.ones(4000), SCHEDULE, seeded())
    assert last.std() == pytest.approx(1, abs=0.02) and torch.isfinite(last).all()


@pytest.mark.parametrize(
    ("one", "two", "value"),
    [
        ((0, 0, 2, 2), (0, 0, 2, 2), 1),
        ((0, 0, 2, 2), (1, 0, 3, 2), 1 / 3),  # side by side: the hull is the union
        ((0, 0, 2, 2), (1, 1, 3, 3), 1 / 7 - 2 / 9),
        ((0, 0, 1, 1), (2, 0, 3, 1), -1 / 3),
        ((0, 0, 4, 4), (1, 1, 3, 3), 1 / 4),
        ((0, 0, 1, 1), (99, 0, 100, 1), -0.98),
    ],
)
def test_generalised_iou_by_hand(one, two, value):
    a, b = middle(*one), middle(*two)
    assert generalised_iou(a, b).item() == pytest.approx(value, abs=1e-5)
    assert generalised_iou(b, a).item() == pytest.approx(value, abs=1e-5)


def test_edges_by_hand():
    """Four places, their middles at 1/8, 3/8, 5/8, 7/8. Left lies on the first, the right edge between the last two."""
    truth = middle(1 / 8, 3 / 8, 3 / 4, 5 / 8)
    odds = [[0.5, 0.5, 0.0, 0.0], [0.25] * 4, [0.1, 0.1, 0.2, 0.6], [0.1, 0.1, 0.8, 0.0]]
    logits = torch.log(torch.tensor([[odds]]) + 1e-9)
    right = -(log(0.2) + log(0.6)) / 2
    assert edge_loss(logits, truth).item() == pytest.approx((log(2) + log(4) + right - log(0.8)) / 4, rel=1e-4)


def test_edges_outside_of_the_frame_count_as_at_its_end():
    logits = torch.zeros(1, 1, 4, 8)
    logits[..., 0, 0] = logits[..., 1, 0] = logits[..., 2, 7] = logits[..., 3, 7] = 50.0
    assert edge_loss(logits, middle(-0.3, 0.0, 1.0, 1.7)).item() == pytest.approx(0, abs=1e-4)


def test_four_pages_can_be_learnt():
    """Read, drawn and guessed in 40 steps of a tiny network, the loss falls to less than half."""
    torch.manual_seed(0)
    pages = batch_of(2, 4, 6, 7, nodes=21)
    model = Layout(Config(width=32, layers=2, heads=2, channels=8)).train()
    objective = LayoutObjective(SCHEDULE, Weights(read=1.0))
    optimizer = torch.optim.AdamW(model.parameters(), 5e-3)
    seen = []
    for step in range(40):
        found = objective(model, pages, seeded(step))
        optimizer.zero_grad()
        found["loss"].backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen.append({name: float(value.detach()) for name, value in found.items()})
    first, last = ({name: sum(s[name] for s in some) / 3 for name in TERMS} for some in (seen[:3], seen[-3:]))
    assert last["loss"] < 0.5 * first["loss"]
    assert last["kind"] < 0.5 * first["kind"] and last["owner"] < 0.5 * first["owner"]
    assert last["distance"] < 0.7 * first["distance"]
