"""Posters, social posts and banners: everything in one view."""

from ..tree import Node, node
from .choice import Choice, Items, column, form, leaf, leaves, single


def _compact(c: Choice, name: str) -> Items:
    """A block as a few items of one column."""
    match name:
        case "product":
            return (*c.maybe(0.35, "caption", "text-1"), leaf("price"), *c.maybe(0.8, "button-primary"))
        case "event":
            return (leaf("date"), leaf("caption"), *c.maybe(0.45, "button-primary", "qr", "map"))
        case "article":
            return (leaf("lead"), leaf(c.one("text-3", "text-4")), *c.maybe(0.4, "text-2", "caption"))
        case "form":
            return (*c.maybe(0.5, "text-1"), form(c, 3))
        case "gallery":
            return (leaf(c.one("gallery-3", "gallery-4", "gallery-6", "masonry-5")), *c.maybe(0.4, "caption"))
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


def _opening(c: Choice) -> Items:
    return (*c.maybe(0.35, "badge", "caption"), leaf("heading-1"), *c.maybe(0.4, "lead", "text-1"))


def poster(c: Choice, outline: tuple[str, ...]) -> Items:
    picture = leaf(c.one("image-wide", "image-photo", "image-square"))
    middle = 1.0 if c.chance(0.45) else 0.0
    rest = [single(*_compact(c, name)) for name in outline]
    bare = outline[0] in ("gallery", "form") or c.chance(0.12)
    style = c.one("stack", "stack", "bands", "overlay", "top")
    if style == "overlay":
        backed = c.one("overlay", "overlay-veil")
        return (c.section(single(node(backed, *_opening(c))), *rest[:2], ground="plain", middle=middle),)
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


def _tail(c: Choice, rows: list[Node], middle: float) -> Items:
    return tuple(c.section(row, middle=middle) for row in rows)


def social(c: Choice, outline: tuple[str, ...]) -> Items:
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


def banner(c: Choice, outline: tuple[str, ...]) -> Items:
    rest = [item for name in outline for item in _compact(c, name)]
    opening = (leaf("heading-1"), *c.maybe(0.4, "text-1", "caption"))
    picture = column(leaf(c.one("image-wide", "image-photo")))
    style = c.one("two", "three", "left")
    if style == "three":
        return (c.section(node(c.one("row-1-1-1", "row-1-2-1"), picture, column(*opening), column(*rest)), middle=0.0),)
    if style == "left":
        return (c.section(node("row-1-1-1", column(*opening), column(*rest), picture), middle=0.0),)
    return (c.section(node(c.one("row-1-1", "row-2-1", "row-1-2"), column(*opening), column(*rest)), middle=0.0),)
