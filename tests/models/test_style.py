"""The style of a page: where it is looked at, what of it is measured, and when it speaks."""

import pytest
import torch
from torch import Tensor

from tests.models.small_coder import WORDS, batch, coder, told
from unrender.design.automaton import Automaton, Rule
from unrender.design.dsl import THEME_VALUES
from unrender.design.languages import foreign, own
from unrender.models.coder import GRID, Coder
from unrender.models.nn.run_lengths import NUMBERS
from unrender.models.style import LOOKS, PATCHES, SIDE, WINDOW, Style, fields, lightness, outlines, windows

PLACES = GRID[0] * GRID[1]


def fitted(style: Style, choices: range = range(1, 3)) -> Style:
    """As after a fit that knows nothing: everything speaks."""
    g = torch.Generator().manual_seed(2)
    style.dictionary.copy_(torch.randn(PATCHES, SIDE**2, generator=g))
    style.start(torch.randn(50, NUMBERS + PATCHES, generator=g), choices)
    with torch.no_grad():
        style.read.weight.copy_(torch.randn(style.read.weight.shape, generator=g))
    return style


def looks(pages: int, choices: int) -> Tensor:
    g = torch.Generator().manual_seed(3)
    return torch.rand(pages, choices, PLACES, generator=g).softmax(2)


def letters(pages: int = 4) -> Tensor:
    """Pages with something everywhere."""
    g = torch.Generator().manual_seed(4)
    return torch.randint(0, 256, (pages, 3, 256, 256), generator=g, dtype=torch.uint8)


def test_it_says_nothing_before_it_is_fitted():
    style, image = Style(WORDS, GRID), letters()
    texture = style.texture(image)
    assert not texture.any() and not style(lightness(image), texture, looks(4, 5), 0).any()


def test_it_speaks_at_its_choices_and_alike_wherever_one_begins():
    style, image, looked = fitted(Style(WORDS, GRID)), letters(), looks(4, 5)
    texture, light = style.texture(image), lightness(image)
    whole = style(light, texture, looked, 0)
    assert whole[:, 1:3].abs().min() > 0 and not whole[:, [0, 3, 4]].any()
    for start in range(5):
        one = style(light, texture, looked[:, start : start + 1], start)
        assert torch.allclose(one[:, 0], whole[:, start], atol=1e-4)
    assert not style(light, texture, looked, 3).any()


@pytest.mark.parametrize("arch", ["dual_attention", "autoencoder"])
def test_told_all_choices_or_step_by_step_a_coder_says_the_same(arch):
    model, given = coder(arch=arch), batch() | {"image": letters()}
    plain = told(model, given)[0]
    fitted(model.style)
    logits, _ = told(model, given)
    assert not torch.allclose(plain[:, 1:3], logits[:, 1:3], atol=1e-2)
    assert torch.equal(plain[:, 0], logits[:, 0])
    assert torch.allclose(_stepwise(model, given), logits[:, :3], atol=1e-3)


@torch.no_grad()
def _stepwise(model: Coder, given: dict[str, Tensor]) -> Tensor:
    seen = model.see(given["image"])
    memory, said, found = model.begin(seen), torch.full((4,), WORDS), []
    for step in range(3):
        logits, memory = model.step(said, seen, memory)
        said = given["tokens"][:, step]
        found.append(logits)
    return torch.stack(found, 1)


def test_where_one_looks_counts_and_without_looks_the_texture_alone():
    style, image = fitted(Style(WORDS, GRID)), letters()
    texture, light = style.texture(image), lightness(image)
    one, other = (style(light, texture, looked, 0) for looked in (looks(4, 3), looks(4, 3).flip(2)))
    assert not torch.allclose(one, other)
    blind = style(light, texture, torch.zeros(4, 3, 0), 0)
    assert torch.equal(blind[:, 1], blind[:, 2]) and blind[:, 1].abs().min() > 0


def test_a_window_has_the_middle_of_its_place_in_its_own():
    image = torch.zeros(1, 3, 256, 256, dtype=torch.uint8)
    image[:, :, 4 * 30 + 2, 16 * 5 + 8] = 255  # the middle of place (30, 5), of 4 x 16 px
    cut = windows(lightness(image), torch.tensor([[30 * GRID[1] + 5, 0]]), GRID)
    rows, columns = WINDOW
    assert cut.shape == (2, 1, rows, columns)
    assert cut[0, 0, rows // 2, columns // 2] == pytest.approx(1, abs=1e-6)
    assert cut[0].sum() == pytest.approx(1, abs=1e-6) and not cut[1].any()


def test_patches_know_neither_lightness_nor_contrast():
    g = torch.Generator().manual_seed(0)
    window = torch.rand(2, 1, *WINDOW, generator=g)
    shown, kept = outlines(window)
    paler, _ = outlines(0.3 + 0.7 * window)
    assert kept.all() and shown.shape == (kept.sum(), SIDE**2)
    assert torch.allclose(shown.mean(1), torch.zeros(len(shown)), atol=1e-5)
    assert (shown - paler).abs().max() < 0.2 < shown.std()
    assert not outlines(torch.full((1, 1, *WINDOW), 0.5))[1].any()


def test_every_patch_that_shows_something_is_counted_once():
    style, light = fitted(Style(WORDS, GRID)), lightness(letters(1))
    g = torch.Generator().manual_seed(5)
    places = torch.randint(0, PLACES, (1, 2, LOOKS), generator=g)
    found = style.patches(light, places).square()
    for choice in range(2):
        _, kept = outlines(windows(light, places[:, choice], GRID))
        assert found[0, choice].sum() == pytest.approx(int(kept.sum()), rel=1e-4)


def test_fields_are_the_words_of_a_theme():
    automaton = own().automaton
    found = [[automaton.words[word] for word in ids] for ids in fields(automaton)]
    assert found == [[f"{name}-{value}" for value in values] for name, values in THEME_VALUES.items()]
    assert fields(foreign().automaton) == []


def test_fields_need_every_place_filled():
    words = ("{", "}", ",", "a", "b", "c")
    more = Automaton(words, {"": Rule((("a", "b"), ("c",)), ("c",), least=2, most=3)})
    assert fields(more) == []
