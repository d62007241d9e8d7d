"""Composition: from a goal, a format and a tone to an element tree."""

from collections.abc import Callable

from numpy.random import Generator

from .tree import Node, node

Items = tuple[Node, ...]


def compose(rng: Generator, form: str, outline: tuple[str, ...], tone: float) -> Node:
    """An element tree of format `form` that shows the blocks of `outline` in their order."""
    layouts = {"page": _page, "poster": _poster, "social": _social, "banner": _banner}
    return node(form, *layouts[form](_Choice(rng, tone), outline))


class _Choice:
    """Random decisions, some of them swayed by the tone."""

    def __init__(self, rng: Generator, tone: float):
        self.rng = rng
        self.tone = tone

    def chance(self, probability: float) -> bool:
        return bool(self.rng.random() < probability)

    def one(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def maybe(self, probability: float, *words: str) -> Items:
        return (leaf(self.one(*words)),) if self.chance(probability) else ()

    def ground(self) -> str:
        """Energetic pages use bands of colour more often."""
        if self.chance(0.12 + 0.5 * self.tone):
            return "band"
        return "tint" if self.chance(0.35) else "plain"

    def section(self, *rows: Node, ground: str | None = None, middle: float = 0.35) -> Node:
        align = "-middle" if self.chance(middle) else ""
        return node(f"section-{ground or self.ground()}{align}", *rows)


def leaf(word: str) -> Node:
    return Node(word)


def leaves(*words: str) -> Items:
    return tuple(map(Node, words))


def column(*items: Node) -> Node:
    return node("column", *items)


def single(*items: Node) -> Node:
    return node("row-1", column(*items))


# pages ---------------------------------------------------------------------------------------------------------------


def _page(c: _Choice, outline: tuple[str, ...]) -> Items:
    hero = (_hero(c),) if c.chance(0.72) else ()
    blocks = tuple(FULL[name](c) for name in outline)
    nav = (node(f"nav-{c.one('plain', 'plain', 'band')}", *_nav_items(c)),) if c.chance(0.9) else ()
    footer = (node(f"footer-{c.one('plain', 'band')}", *_footer_items(c)),) if c.chance(0.75) else ()
    return nav + hero + blocks + footer


def _nav_items(c: _Choice) -> Items:
    links = leaves(*["link"] * int(c.rng.integers(1, 5)))
    return (leaf("brand"), *links, *c.maybe(0.5, "press"))


def _footer_items(c: _Choice) -> Items:
    return (leaf("brand"), *leaves(*["link"] * int(c.rng.integers(1, 5))))


def _hero(c: _Choice) -> Node:
    words = (*c.maybe(0.3, "badge"), leaf("heading-1"), leaf(c.one("lead", "text-1", "text-2")), _buttons(c))
    if c.chance(0.2):
        return c.section(single(node("overlay", *words)), ground="plain", middle=0.0)
    if c.chance(0.3):
        return c.section(single(*words), middle=0.8)
    sides = [column(*words), column(leaf(c.one("image-photo", "image-wide", "image-square")))]
    if c.chance(0.35):
        sides.reverse()
    return c.section(
        node(c.one("row-1-1", "row-1-1", "row-1-2" if sides[0].children[0].kind == "image" else "row-2-1"), *sides),
        middle=0.1,
    )


def _buttons(c: _Choice) -> Node:
    if c.chance(0.35):
        return node("strip", leaf("button-primary"), leaf("button-quiet"))
    return leaf("button-primary")


def _headed(c: _Choice, probability: float) -> Items:
    """A row that holds the heading of a block."""
    return (single(leaf("heading-2"), *c.maybe(0.4, "text-1", "lead")),) if c.chance(probability) else ()


def _columns(c: _Choice, count: int, make: Callable[[], Items], carded: float) -> Node:
    """`count` equal columns of alike content, on cards or bare."""
    on_cards = c.chance(carded)
    cells = [column(node("card", *make())) if on_cards else column(*make()) for _ in range(count)]
    return node("row-" + "-".join("1" * count), *cells)


def _full_product(c: _Choice) -> Node:
    if c.chance(0.5):
        about = leaves("heading-2", *_option(c, "caption"), c.one("text-1", "text-2"), "price", "button-primary")
        sides = [column(leaf(c.one("image-square", "image-photo", "image-tall"))), column(*about)]
        return c.section(node(c.one("row-1-1", "row-1-2", "row-1-1"), *sides), middle=0.1)
    extra = c.one((), ("caption",), ("button-primary",))
    count = int(c.rng.integers(2, 5))
    return c.section(
        *_headed(c, 0.7), _columns(c, count, lambda: leaves("image-square", "heading-3", "price", *extra), 0.6)
    )


def _option(c: _Choice, word: str, probability: float = 0.4) -> tuple[str, ...]:
    return (word,) if c.chance(probability) else ()


def _full_event(c: _Choice) -> Node:
    about = leaves("heading-2", "caption", c.one("text-1", "text-2"), *_option(c, "button-primary", 0.7))
    if c.chance(0.5):
        return c.section(
            node(c.one("row-1-2", "row-1-1"), column(leaf("date"), *c.maybe(0.5, "map")), column(*about)), middle=0.1
        )
    item = c.one(("heading-3", "caption"), ("heading-3", "text-1"))
    return c.section(*_headed(c, 0.8), _columns(c, int(c.rng.integers(2, 5)), lambda: leaves("date", *item), 0.6))


def _full_article(c: _Choice) -> Node:
    story = leaves("heading-2", *_option(c, "caption", 0.6), c.one("text-4", "text-3"), "text-4", *_option(c, "text-3"))
    if c.chance(0.45):
        aside = leaves(c.one("image-photo", "image-tall"), "caption") if c.chance(0.6) else leaves("quote")
        return c.section(node("row-2-1", column(*story), column(*aside)), ground=c.one("plain", "tint"), middle=0.0)
    if c.chance(0.5):
        return c.section(
            *_headed(c, 1.0),
            node("row-1-1", column(*leaves("text-4", "text-2")), column(*leaves("text-3", "quote"))),
            middle=0.0,
        )
    return c.section(single(*story, *c.maybe(0.3, "quote", "faq-3")), ground=c.one("plain", "tint"), middle=0.0)


def _form(c: _Choice, most: int) -> Node:
    fields = ["field"] * int(c.rng.integers(1 + (most > 2), most + 1))
    if c.chance(0.25):
        fields[-1] = "area"
    return node("form", *leaves(*fields, "submit"))


def _full_form(c: _Choice) -> Node:
    if c.chance(0.35):
        return c.section(single(*leaves("heading-2", "text-1"), _form(c, 4)), middle=0.3)
    about = leaves("heading-2", c.one("text-1", "text-2"), *_option(c, c.one("list-3", "follow", "faq-3")))
    sides = [column(*about), column(_form(c, 4))]
    return c.section(node(c.one("row-1-1", "row-1-1", "row-2-1"), *sides), middle=0.1)


def _full_gallery(c: _Choice) -> Node:
    if c.chance(0.4):
        count = int(c.rng.integers(2, 4))
        return c.section(*_headed(c, 0.7), _columns(c, count, lambda: leaves("image-photo", "caption"), 0.25))
    return c.section(*_headed(c, 0.7), single(leaf(c.one("gallery-4", "gallery-6", "gallery-9"))))


def _full_plans(c: _Choice) -> Node:
    if c.chance(0.4):
        return c.section(*_headed(c, 0.8), single(leaf(c.one("table-3", "table-4", "table-5"))))
    size = c.one("list-3", "list-4")
    return c.section(
        *_headed(c, 0.8),
        _columns(c, int(c.rng.integers(2, 4)), lambda: leaves("heading-3", "price", size, "button-primary"), 0.9),
    )


def _full_plain(c: _Choice) -> Node:
    return c.section(single(*leaves("heading-2", "text-2", "button-primary")))


def _full_features(c: _Choice) -> Node:
    top = c.one(("icon",), ("icon",), ())
    return c.section(
        *_headed(c, 0.6), _columns(c, int(c.rng.integers(2, 5)), lambda: leaves(*top, "heading-3", "text-1"), 0.4)
    )


def _full_stats(c: _Choice) -> Node:
    return c.section(*_headed(c, 0.3), _columns(c, int(c.rng.integers(2, 5)), lambda: leaves("stat"), 0.2))


def _full_testimonial(c: _Choice) -> Node:
    if c.chance(0.4):
        return c.section(*_headed(c, 0.4), _columns(c, 2, lambda: leaves("quote"), 0.5))
    return c.section(
        node("row-1-2", column(leaf("avatar")), column(leaf("quote"))) if c.chance(0.5) else single(leaf("quote")),
        middle=0.0,
    )


def _full_video(c: _Choice) -> Node:
    return c.section(*_headed(c, 0.5), single(leaf("video")))


def _full_call(c: _Choice) -> Node:
    return c.section(single(*leaves("heading-2", *_option(c, "text-1"), "button-primary")), middle=0.7)


FULL: dict[str, Callable[[_Choice], Node]] = {
    "product": _full_product,
    "event": _full_event,
    "article": _full_article,
    "form": _full_form,
    "gallery": _full_gallery,
    "plans": _full_plans,
    "plain": _full_plain,
    "features": _full_features,
    "stats": _full_stats,
    "testimonial": _full_testimonial,
    "video": _full_video,
    "call": _full_call,
}
"""Block name -> a section of a page."""

# one-view formats ----------------------------------------------------------------------------------------------------


def _compact(c: _Choice, name: str) -> Items:
    """A block as a few items of one column."""
    match name:
        case "product":
            return (*c.maybe(0.35, "caption", "text-1"), leaf("price"), *c.maybe(0.8, "button-primary"))
        case "event":
            return (leaf("date"), leaf("caption"), *c.maybe(0.45, "button-primary", "qr", "map"))
        case "article":
            return (leaf("lead"), leaf(c.one("text-3", "text-4")), *c.maybe(0.4, "text-2", "caption"))
        case "form":
            return (*c.maybe(0.5, "text-1"), _form(c, 3))
        case "gallery":
            return (leaf(c.one("gallery-3", "gallery-4", "gallery-6")), *c.maybe(0.4, "caption"))
        case "plans":
            return (leaf(c.one("table-3", "table-4")), *c.maybe(0.4, "button-primary"))
        case "stats":
            return (node("strip", *leaves(*["stat"] * int(c.rng.integers(2, 4)))),)
        case "testimonial":
            return (leaf("quote"),)
        case "contact":
            return (node("strip", *leaves(*c.one(("avatar", "caption"), ("qr", "caption"), ("follow", "caption")))),)
        case _:
            return leaves("text-2", "button-primary")


def _opening(c: _Choice) -> Items:
    return (*c.maybe(0.35, "badge", "caption"), leaf("heading-1"), *c.maybe(0.4, "lead", "text-1"))


def _poster(c: _Choice, outline: tuple[str, ...]) -> Items:
    picture = leaf(c.one("image-wide", "image-photo", "image-square"))
    middle = 1.0 if c.chance(0.45) else 0.0
    rest = [single(*_compact(c, name)) for name in outline]
    bare = outline[0] in ("gallery", "form") or c.chance(0.12)
    style = c.one("stack", "stack", "bands", "overlay", "top")
    if style == "overlay":
        return (c.section(single(node("overlay", *_opening(c))), *rest[:2], ground="plain", middle=middle),)
    if style == "bands":
        pictured = () if bare else (single(picture),)
        return (
            c.section(single(*_opening(c)), ground=c.one("band", "tint"), middle=middle),
            c.section(*pictured, *rest[:2], ground="plain", middle=middle),
        )
    if style == "top" and not bare:
        return (c.section(single(picture), single(*_opening(c)), rest[0], middle=middle), *_tail(c, rest[1:], middle))
    rows = [single(*_opening(c))] + ([] if bare else [single(picture)]) + rest[:1]
    return (c.section(*rows, middle=middle), *_tail(c, rest[1:], middle))


def _tail(c: _Choice, rows: list[Node], middle: float) -> Items:
    return tuple(c.section(row, middle=middle) for row in rows)


def _social(c: _Choice, outline: tuple[str, ...]) -> Items:
    rest = [item for name in outline for item in _compact(c, name)]
    middle = 1.0 if c.chance(0.5) else 0.0
    style = c.one("plain", "side", "overlay", "card")
    if style == "overlay" and len(rest) <= 3:
        return (c.section(single(node("overlay", leaf("heading-1"), *rest)), ground="plain", middle=0.0),)
    if style == "side":
        sides = [column(*_opening(c)), column(leaf(c.one("image-square", "image-tall")))]
        return (c.section(node("row-1-1", *sides), single(*rest), middle=0.0),)
    if style == "card":
        return (c.section(single(*_opening(c)), single(node("card", *rest)), middle=middle),)
    picture = [single(leaf("image-wide"))] if outline[0] != "gallery" and c.chance(0.5) else []
    return (c.section(*picture, single(*_opening(c)), single(*rest), middle=middle),)


def _banner(c: _Choice, outline: tuple[str, ...]) -> Items:
    rest = [item for name in outline for item in _compact(c, name)]
    opening = (leaf("heading-1"), *c.maybe(0.4, "text-1", "caption"))
    picture = column(leaf(c.one("image-wide", "image-photo")))
    style = c.one("two", "three", "left")
    if style == "three":
        return (c.section(node(c.one("row-1-1-1", "row-1-2-1"), picture, column(*opening), column(*rest)), middle=0.0),)
    if style == "left":
        return (c.section(node("row-1-1-1", column(*opening), column(*rest), picture), middle=0.0),)
    return (c.section(node(c.one("row-1-1", "row-2-1", "row-1-2"), column(*opening), column(*rest)), middle=0.0),)
