"""Pages: bands of sections, one or two for each block of the outline."""

from collections.abc import Callable

from ..tree import Node, node
from .choice import Choice, Items, column, form, leaf, leaves, single


def page(c: Choice, outline: tuple[str, ...]) -> Items:
    hero = (_hero(c),) if c.chance(0.72) else ()
    blocks = tuple(FULL[name](c) for name in outline)
    nav = (node(f"nav-{c.one('plain', 'plain', 'band')}", *_nav_items(c)),) if c.chance(0.9) else ()
    footer = (node(f"footer-{c.one('plain', 'band')}", *_footer_items(c)),) if c.chance(0.75) else ()
    ticker = (c.section(single(leaf("marquee")), ground=c.one("band", "tint"), middle=0.0),) if c.chance(0.1) else ()
    return nav + hero + ticker + blocks + footer


def _nav_items(c: Choice) -> Items:
    links = leaves(*["link"] * int(c.rng.integers(1, 5)))
    return (leaf("brand"), *links, *c.maybe(0.5, "press"))


def _footer_items(c: Choice) -> Items:
    return (leaf("brand"), *leaves(*["link"] * int(c.rng.integers(1, 5))))


def _hero(c: Choice) -> Node:
    words = (*c.maybe(0.3, "badge"), leaf("heading-1"), leaf(c.one("lead", "text-1", "text-2")), _buttons(c))
    if c.chance(0.2):
        backed = c.one("overlay", "overlay-veil", "overlay-video")
        return c.section(single(node(backed, *words)), ground="plain", middle=0.0)
    if c.chance(0.3):
        return c.section(single(*words), middle=0.8)
    sides = [column(*words), column(leaf(c.one("image-photo", "image-wide", "image-square")))]
    if c.chance(0.35):
        sides.reverse()
    return c.section(
        node(c.one("row-1-1", "row-1-1", "row-1-2" if sides[0].children[0].kind == "image" else "row-2-1"), *sides),
        middle=0.1,
    )


def _buttons(c: Choice) -> Node:
    if c.chance(0.35):
        return node("strip", leaf("button-primary"), leaf("button-quiet"))
    return leaf("button-primary")


def _headed(c: Choice, probability: float) -> Items:
    """A row that holds the heading of a block."""
    return (single(leaf("heading-2"), *c.maybe(0.4, "text-1", "lead")),) if c.chance(probability) else ()


def _columns(c: Choice, count: int, make: Callable[[], Items], carded: float) -> Node:
    """`count` equal columns of alike content, on cards or bare."""
    on_cards = c.chance(carded)
    cells = [column(node("card", *make())) if on_cards else column(*make()) for _ in range(count)]
    return node("row-" + "-".join("1" * count), *cells)


def _full_product(c: Choice) -> Node:
    if c.chance(0.5):
        about = leaves("heading-2", *_option(c, "caption"), c.one("text-1", "text-2"), "price", "button-primary")
        sides = [column(leaf(c.one("image-square", "image-photo", "image-tall"))), column(*about)]
        return c.section(node(c.one("row-1-1", "row-1-2", "row-1-1"), *sides), middle=0.1)
    extra = c.one((), ("caption",), ("button-primary",))
    count = int(c.rng.integers(2, 5))
    return c.section(
        *_headed(c, 0.7), _columns(c, count, lambda: leaves("image-square", "heading-3", "price", *extra), 0.6)
    )


def _option(c: Choice, word: str, probability: float = 0.4) -> tuple[str, ...]:
    return (word,) if c.chance(probability) else ()


def _full_event(c: Choice) -> Node:
    about = leaves("heading-2", "caption", c.one("text-1", "text-2"), *_option(c, "button-primary", 0.7))
    if c.chance(0.5):
        return c.section(
            node(c.one("row-1-2", "row-1-1"), column(leaf("date"), *c.maybe(0.5, "map")), column(*about)), middle=0.1
        )
    item = c.one(("heading-3", "caption"), ("heading-3", "text-1"))
    return c.section(*_headed(c, 0.8), _columns(c, int(c.rng.integers(2, 5)), lambda: leaves("date", *item), 0.6))


def _full_article(c: Choice) -> Node:
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


def _full_form(c: Choice) -> Node:
    if c.chance(0.35):
        return c.section(single(*leaves("heading-2", "text-1"), form(c, 4)), middle=0.3)
    about = leaves("heading-2", c.one("text-1", "text-2"), *_option(c, c.one("list-3", "follow", "faq-3")))
    sides = [column(*about), column(form(c, 4))]
    return c.section(node(c.one("row-1-1", "row-1-1", "row-2-1"), *sides), middle=0.1)


def _full_gallery(c: Choice) -> Node:
    if c.chance(0.4):
        count = int(c.rng.integers(2, 4))
        return c.section(*_headed(c, 0.7), _columns(c, count, lambda: leaves("image-photo", "caption"), 0.25))
    return c.section(*_headed(c, 0.7), single(leaf(c.one(*_SHOWS))))


_SHOWS = ("gallery-4", "gallery-6", "gallery-9", "masonry-5", "masonry-6", "carousel")


def _full_plans(c: Choice) -> Node:
    if c.chance(0.4):
        return c.section(*_headed(c, 0.8), single(leaf(c.one("table-3", "table-4", "table-5"))))
    size = c.one("list-3", "list-4")
    return c.section(
        *_headed(c, 0.8),
        _columns(c, int(c.rng.integers(2, 4)), lambda: leaves("heading-3", "price", size, "button-primary"), 0.9),
    )


def _full_plain(c: Choice) -> Node:
    return c.section(single(*leaves("heading-2", "text-2", "button-primary")))


def _full_features(c: Choice) -> Node:
    if c.chance(0.2):
        return c.section(*_headed(c, 0.8), single(leaf("tabs-3")), middle=0.1)
    top = c.one(("icon",), ("icon",), ())
    return c.section(
        *_headed(c, 0.6), _columns(c, int(c.rng.integers(2, 5)), lambda: leaves(*top, "heading-3", "text-1"), 0.4)
    )


def _full_stats(c: Choice) -> Node:
    return c.section(*_headed(c, 0.3), _columns(c, int(c.rng.integers(2, 5)), lambda: leaves("stat"), 0.2))


def _full_testimonial(c: Choice) -> Node:
    if c.chance(0.4):
        return c.section(*_headed(c, 0.4), _columns(c, 2, lambda: leaves("quote"), 0.5))
    return c.section(
        node("row-1-2", column(leaf("avatar")), column(leaf("quote"))) if c.chance(0.5) else single(leaf("quote")),
        middle=0.0,
    )


def _full_video(c: Choice) -> Node:
    return c.section(*_headed(c, 0.5), single(leaf("video")))


def _full_call(c: Choice) -> Node:
    return c.section(single(*leaves("heading-2", *_option(c, "text-1"), "button-primary")), middle=0.7)


FULL: dict[str, Callable[[Choice], Node]] = {
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
