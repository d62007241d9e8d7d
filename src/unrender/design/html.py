"""Design -> HTML, deterministic: one document, one inline stylesheet, nothing to fetch."""

from .dom import Dom, number
from .elements import slots_of, stylesheet
from .elements.builder import Builder, surface
from .faults import Faults
from .swatches import RGB, hex_code
from .theme import CORNERS, FONTS, SPACES, Theme
from .tree import Node
from .type_roles import ROLES, size

_RESET = (
    "*{box-sizing:border-box;margin:0;padding:0;list-style:none;font-weight:inherit;font-size:inherit;text-decoration:none;"
    "font-style:normal;border:0 solid}html{font-size:16px}body{line-height:1.36}"
    "#page{display:flex;flex-direction:column;overflow:hidden;position:relative}"
    "#page .unseen{display:none}"
)


def document(
    theme: Theme, tree: Node, texts: tuple[str, ...], faults: Faults, canvas: tuple[int, int], markup: int = 0
) -> tuple[str, Dom]:
    """The page as HTML and as a numbered document tree.

    `canvas` is (width, least height) in CSS px; the page grows with its content. Raises ValueError if the number of
    texts does not fit the tree.
    """
    if len(texts) != len(slots_of(tree)):
        raise ValueError(f"{tree.word}: {len(slots_of(tree))} texts are needed, {len(texts)} were given")
    return assemble(Builder(theme, faults, iter(texts), markup), tree, canvas)


def assemble(builder: Builder, tree: Node, canvas: tuple[int, int]) -> tuple[str, Dom]:
    """`document`, by a builder that has its texts."""
    theme, faults = builder.theme, builder.faults
    ground = theme.colours.canvas
    sections = [builder.build(section, ground) for section in tree.children]
    root = number(Dom("main", ("page", f"f-{tree.word}", surface(ground)), list(sections)))
    style = (
        _RESET
        + stylesheet()
        + _theme_rules(theme, faults, canvas)
        + _swatch_rules(root)
        + _role_rules(root, theme, faults)
    )
    body = root.html().replace('id="n0"', 'id="page"', 1)
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><style>{style}</style></head><body id="body">{body}</body></html>',
        root,
    )


def _theme_rules(theme: Theme, faults: Faults, canvas: tuple[int, int]) -> str:
    width, height = canvas
    space = SPACES[theme.space]
    squeeze = faults.crowding
    side = 0.055 * width
    gap = 0.85 * space * (1 - 0.85 * squeeze)
    pad = 1.5 * space * (1 - 0.8 * squeeze)
    return (
        f":root{{--gap:{gap:.3f}rem;--pad:{pad:.3f}rem {side:.1f}px;--side:{side:.1f}px;--corner:{CORNERS[theme.corner]}rem;"
        f"--measure:{100 - 45 * squeeze:.1f}%}}"
        f"body{{font-family:'{FONTS[theme.font]}';background:{hex_code(theme.colours.canvas)}}}"
        f"#page{{width:{width}px;min-height:{height}px}}"
    )


def _used(root: Dom, prefix: str) -> list[str]:
    found = {name for item in root.walk() for name in item.classes if name.startswith(prefix)}
    return sorted(name.removeprefix(prefix) for name in found)


def _swatch_rules(root: Dom) -> str:
    surfaces = "".join(f".b-{name}{{background-color:{hex_code(name)}}}" for name in _used(root, "b-") if name in RGB)
    inks = "".join(f".c-{name}{{color:{hex_code(name)}}}" for name in _used(root, "c-") if name in RGB)
    rules = "".join(f".r-{name}{{border-color:{hex_code(name)}}}" for name in _used(root, "r-") if name in RGB)
    return surfaces + inks + rules


def _role_rules(root: Dom, theme: Theme, faults: Faults) -> str:
    rules = []
    for role in _used(root, "s-"):
        rem = size(role, theme, faults.hierarchy)
        leading = 1.12 if rem > 1.5 else 1.36
        rules.append(
            f".s-{role}{{font-size:{rem:.3f}rem;line-height:{leading};font-weight:{700 if ROLES[role].bold else 400}}}"
        )
    return "".join(rules)
