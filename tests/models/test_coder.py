"""The coder: what a choice may depend on, and what it must not."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.models.small_coder import LENGTHS, SMALL, WORDS, batch, coder, images, told
from tests.models.waking import without_gradient
from unrender.artifacts import load_model, save_model
from unrender.design.swatches import RGB
from unrender.models.coder import GRID, REFUSED, Coder, Config, swatch_shares

ARCHS = ("dual_attention", "autoencoder")
PLACES = GRID[0] * GRID[1]


@pytest.fixture(scope="module", params=ARCHS)
def model(request) -> Coder:
    return coder(arch=request.param)


@pytest.fixture(scope="module")
def dual() -> Coder:
    return coder()


@pytest.fixture(scope="module")
def given() -> dict[str, Tensor]:
    return batch()


def close(one: Tensor, two: Tensor, error: float = 1e-5) -> bool:
    return torch.allclose(one, two, rtol=error, atol=error)


def test_shapes_and_nothing_beyond_the_length(model, given):
    logits, looks = told(model, given)
    assert logits.shape == (4, 9, WORDS) and looks.shape == (4, 9, PLACES if model.look else 0)
    for row, length in enumerate(LENGTHS):
        assert not logits[row, length:].any() and not looks[row, length:].any()
        assert (logits[row, :length].std(1) > 0).all()


def test_no_gradient_reaches_a_choice_from_the_words_after_it(model, given):
    """Call s of the embedding tells step s of choice s - 1."""
    said: list[Tensor] = []
    hook = model.word.register_forward_hook(lambda _, __, out: said.append(out))
    logits, looks = model(given["image"][1:2], given["tokens"][1:2], given["length"][1:2])
    hook.remove()
    assert len(said) == 7
    for step in range(7):
        for what in (logits[0, step], looks[0, step])[: 2 if model.look else 1]:
            grads = torch.autograd.grad(what.square().sum(), said, retain_graph=True, allow_unused=True)
            assert all(grad is not None and grad.abs().sum() > 0 for grad in grads[: step + 1])
            assert all(grad is None or not grad.any() for grad in grads[step + 1 :])


@pytest.mark.parametrize("place", range(7))
def test_another_word_changes_what_comes_after_it_and_nothing_before(model, given, place):
    other = given["tokens"].clone()
    other[:, place] = (other[:, place] + 1) % WORDS
    before, after = told(model, given), told(model, given, tokens=other)
    for one, two in zip(before[: 2 if model.look else 1], after, strict=False):
        assert torch.equal(one[:, : place + 1], two[:, : place + 1])
        for row, length in enumerate(LENGTHS):
            changed = (one[row] != two[row]).any(1)
            assert changed[place + 1 : length].all() and not changed[max(place + 1, length) :].any()


def test_the_picture_counts(model, given):
    other = told(model, given, image=images(4, seed=5))[0]
    before = told(model, given)[0]
    for row, length in enumerate(LENGTHS):
        assert ((before - other)[row, :length].abs().amax(1) > 1e-3).all()


def test_every_step_has_a_gradient_to_the_pixels(model, given):
    seen: list[Tensor] = []
    hook = model.eye.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].requires_grad_()))
    logits, _ = model(given["image"], given["tokens"], given["length"])
    hook.remove()
    for row, step in ((0, 0), (1, 0), (1, 6), (2, 4)):
        (grad,) = torch.autograd.grad(logits[row, step].square().sum(), seen, retain_graph=True)
        reached = grad.abs().sum((1, 2, 3)) > 0
        assert reached.tolist() == [each == row for each in range(4)]  # its own page, and no other


def test_a_page_is_read_alone(model, given):
    """Whatever is in its batch, and however long that is."""
    logits, looks = told(model, given)
    for row, length in enumerate(LENGTHS):
        alone = {name: values[row : row + 1] for name, values in given.items()}
        alone["tokens"] = alone["tokens"][:, :length]  # without room
        one, where = told(model, alone)
        assert one.shape == (1, length, WORDS)
        assert close(one[0], logits[row, :length]) and close(where[0], looks[row, :length])


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_order_of_a_batch_does_not_matter(model, given, order):
    mixed = {name: values[list(order)] for name, values in given.items()}
    for one, two in zip(told(model, given), told(model, mixed), strict=True):
        assert close(one[list(order)], two)


def test_what_stands_beyond_a_length_changes_nothing(model, given):
    other = given["tokens"].clone()
    for row, length in enumerate(LENGTHS):
        other[row, length:] = (other[row, length:] + 3) % WORDS
    assert torch.equal(told(model, given)[0], told(model, given, tokens=other)[0])


def test_step_by_step_is_as_all_at_once(model, given):
    logits, looks = told(model, given)
    with torch.no_grad():
        seen = model.see(given["image"])
        memory, said = model.begin(seen), torch.full((4,), WORDS)
        for step in range(max(LENGTHS)):
            scores, memory = model.step(said, seen, memory)
            for row, length in enumerate(LENGTHS):
                if step < length:
                    assert close(scores[row], logits[row, step]) and close(memory.looked[row, 0], looks[row, step])
            said = given["tokens"][:, step]


def test_a_memory_can_be_taken_apart_and_put_together(model, given):
    """As a beam does: rows go on in another order, some twice, some not at all."""
    chosen = torch.tensor([2, 0, 0])
    with torch.no_grad():
        seen = model.see(given["image"])
        first, memory = model.step(torch.full((4,), WORDS), seen, model.begin(seen))
        whole, after = model.step(given["tokens"][:, 0], seen, memory)
        part, below = model.step(given["tokens"][chosen, 0], seen.rows(chosen), memory.rows(chosen))
    assert close(part, whole[chosen]) and close(below.looked, after.looked[chosen])
    assert close(below.past, after.past[chosen]) and first.shape == (4, WORDS)


@pytest.mark.parametrize("arch", ARCHS)
@pytest.mark.parametrize("backbone", ["resnet18", "resnet50", "efficientnet_lite0"])
def test_every_parameter_gets_a_gradient(arch, backbone):
    model, given = coder(arch=arch, backbone=backbone).train(), batch()
    some = given["length"] < 6  # two pages
    logits, _ = model(given["image"][some], given["tokens"][some], given["length"][some])
    logits.square().mean().backward()
    assert without_gradient(model) == []


def test_attention_is_shared_out_in_full(dual, given):
    _, looks = told(dual, given)
    for row, length in enumerate(LENGTHS):
        assert (looks[row] >= 0).all()
        assert close(looks[row, :length].sum(1), torch.ones(length))


def test_it_knows_where_it_has_looked(dual, given):
    """The second channel of its memory adds up the first, and both count for where it looks next."""
    with torch.no_grad():
        seen = dual.see(given["image"])
        memory, total = dual.begin(seen), torch.zeros(4, PLACES)
        assert not memory.looked.any()
        for step in range(3):
            _, memory = dual.step(given["tokens"][:, step], seen, memory)
            total += memory.looked[:, 0]
            assert close(memory.looked[:, 1], total)
        hidden = memory.hidden
        before = dual.look(hidden, seen.keys, memory.looked)[:, 0]
        for channel in (0, 1):
            other = memory.looked.clone()
            other[:, channel] = other[:, channel].flip(1)
            assert not torch.equal(dual.look(hidden, seen.keys, other)[:, 0], before)


def test_it_looks_at_rows_and_columns_where_they_are(dual, given):
    """A place of the grid is a patch of the page: what is painted into a patch changes that place the most."""
    image = torch.full((1, 3, 256, 256), 255, dtype=torch.uint8)
    painted = image.clone()
    row, column = 40, 11
    painted[:, :, 4 * row : 4 * row + 4, 16 * column : 16 * column + 16] = 0
    with torch.no_grad():
        change = (dual.see(painted).places - dual.see(image).places)[0].norm(dim=1).unflatten(0, GRID)
    at = divmod(int(change.argmax()), GRID[1])
    assert abs(at[0] - row) <= 4 and abs(at[1] - column) <= 1


def test_past_states_count(dual, given):
    with torch.no_grad():
        seen = dual.see(given["image"])
        memory = dual.begin(seen)
        for step in range(3):
            _, memory = dual.step(given["tokens"][:, step], seen, memory)
        assert memory.past.shape == (4, 3, SMALL["hidden"])
        now, context = memory.hidden[:, None], torch.bmm(memory.looked[:, :1], seen.places)
        first, second, third = memory.past.unbind(1)
        pasts = [torch.stack(each, 1) for each in ((first, second, third), (first, third), (second, first, third))]
        all_, one, exchanged = (dual.fuse(now, context, past) for past in pasts)
        none = dual.fuse(now, context, now)
    assert not close(all_, one) and not close(one, none)
    assert close(all_, exchanged)  # by what they are, not when


def test_a_state_recalls_those_before_it_and_not_itself(dual):
    """The first has none; of two states only the second changes with the first."""
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(1, 2, SMALL["hidden"], generator=generator)
    context = torch.randn(1, 2, dual.fuse.seen.in_features, generator=generator)
    spoilt = states.clone()
    spoilt[:, 1] += 1
    with torch.no_grad():
        before, after = (dual.fuse(states, context, past) for past in (states, spoilt))
        assert torch.equal(before, after)  # what is recalled is earlier than the last
        spoilt[:, 0] += 1
        after = dual.fuse(states, context, spoilt)
    assert torch.equal(before[:, 0], after[:, 0]) and not close(before[:, 1], after[:, 1])


def test_the_autoencoder_has_no_attention_and_sees_a_page_as_one_vector(given):
    model = coder(arch="autoencoder")
    assert model.look is None and model.fuse is None and model.eye.place is None
    assert not any(name.startswith(("look", "fuse")) for name in model.state_dict())
    with torch.no_grad():
        seen = model.see(given["image"])
        blank = replace(seen, places=torch.zeros_like(seen.places))
        found = [model.step(torch.full((4,), WORDS), each, model.begin(each))[0] for each in (seen, blank)]
    assert torch.equal(*found)


def test_told_its_own_choices_it_says_what_greedy_decoding_says(model, given):
    """Choice by choice, the likeliest of the options; at the first step nothing has been said yet."""
    own, options = torch.ones_like(given["tokens"], dtype=torch.bool), given["options"]
    with torch.no_grad():
        logits, _ = model(given["image"], given["tokens"], given["length"], own, options)
        forced, _ = told(model, given)
        seen = model.see(given["image"])
        memory, said = model.begin(seen), torch.full((4,), WORDS)
        for step in range(max(LENGTHS)):
            scores, memory = model.step(said, seen, memory)
            going = given["length"] > step
            assert close(scores[going], logits[going, step])
            said = scores.masked_fill(~options[:, step], REFUSED).argmax(1)
            assert options[torch.arange(4), step, said].all()
    assert torch.equal(logits[:, 0], forced[:, 0]) and not close(logits, forced)


def test_where_own_is_false_the_truth_is_told(model, given):
    """A single false step of its own changes what comes after it alone."""
    own, options = torch.zeros_like(given["tokens"], dtype=torch.bool), given["options"].clone()
    with torch.no_grad():
        none, _ = model(given["image"], given["tokens"], given["length"], own, options)
        own[1, 3] = True
        options[1, 3] = torch.arange(WORDS) == (given["tokens"][1, 3] + 1) % WORDS  # a choice that is not true
        one, _ = model(given["image"], given["tokens"], given["length"], own, options)
    assert torch.equal(none, told(model, given)[0])
    changed = (one != none).any(2)
    assert changed.nonzero().tolist() == [[1, 4], [1, 5], [1, 6]]


def test_a_model_file_gives_the_same_network(model, given, tmp_path):
    path = tmp_path / "coder.safetensors"
    save_model(path, model.state_dict(), "coder", model.config.model_dump(), {"words": ["a"]})
    file = load_model(path, "coder")
    again = Coder(Config(**file.config), WORDS).eval()
    again.load_state_dict(file.tensors)
    assert again.config == model.config
    assert torch.equal(told(again, given)[0], told(model, given)[0])


def test_swatch_shares_by_hand():
    """A page whose upper left quarter is red and all else white."""
    names = list(RGB)
    image = torch.ones(1, 3, 256, 256)
    image[:, :, :128, :128] = torch.tensor(RGB["red"])[:, None, None] / 255
    found = swatch_shares(image)[0]  # (s, rows, columns)
    assert found.shape == (len(names), *GRID)
    assert found.sum(0).numpy() == pytest.approx(1, abs=1e-5)
    assert (found.argmax(0)[:32, :8] == names.index("red")).all()
    assert (found.argmax(0)[32:] == names.index("white")).all() and (
        found.argmax(0)[:, 8:] == names.index("white")
    ).all()


def test_the_palette_counts(model, given):
    with torch.no_grad():
        pooled = torch.zeros(2, model.eye.pooled)
        shares = torch.eye(len(RGB))[:2]
        one, two = model.whole(pooled, shares)
    assert not close(one, two)
