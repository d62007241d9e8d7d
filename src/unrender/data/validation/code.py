"""The code and everything derived from it: tree, hash, HTML, documents."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from unrender.data.validation import documents
from unrender.data.validation.pixels import Fault
from unrender.design import dsl, faults, outline, pix2code, sections
from unrender.design.brief import FORMATS, GOALS, Brief
from unrender.design.design import Design, scale_chances
from unrender.design.faults import Faults
from unrender.design.languages import of_source
from unrender.design.theme import Theme
from unrender.design.tree import Node, column_count

DIGITS = 6
"""Decimals of a strength or tone that float32 keeps; the generator draws three."""
LEAST_CHANCE = 1e-6
"""A type scale less likely than this, given the tone, belongs to another tone."""


@dataclass(frozen=True)
class Code:
    """`theme` is None in pix2code's language, whose codes say none."""

    theme: Theme | None
    tree: Node

    @property
    def text(self) -> str:
        """The canonical text."""
        return pix2code.encode(self.tree) if self.theme is None else dsl.encode(self.theme, self.tree)


def parse(row: dict) -> tuple[Code | None, Fault | None]:
    """Theme and tree of a row's code, in the language of its source, or what is wrong with it."""
    if row["dsl"] is None:
        return None, None
    own = not is_foreign(row)
    known = frozenset(of_source(row["source"] or "").vocabulary)
    for position, word in enumerate(dsl.tokens(row["dsl"])):
        if word not in known:
            return None, ("unknown_token", f"Token {position} of the code, {word!r}, is not in the vocabulary.")
    try:
        return Code(*dsl.decode(row["dsl"])) if own else Code(None, pix2code.decode(row["dsl"])), None
    except dsl.SyntaxFault as error:
        return None, ("dsl_syntax", f"The code does not parse: {error}.")


def is_foreign(row: dict) -> bool:
    """Whether a row's code is in pix2code's language."""
    return of_source(row["source"] or "").name == pix2code.ROOT


def check(row: dict, code: Code) -> Iterator[Fault]:
    """What follows from the code alone."""
    if code.text != row["dsl"]:
        yield "dsl_form", "The code is not in its canonical form: decoded and encoded again it is another text."
    digest = hashlib.sha256(code.text.encode()).hexdigest()[:16]
    if row["design_hash"] is not None and row["design_hash"] != digest:
        yield "design_hash", f"design_hash is {row['design_hash']}; the code's hash is {digest}."
    for name, value in derived(code).items():
        if row[name] is not None and row[name] != value:
            yield "derived_value", f"{name} is {row[name]!r}; the code says {value!r}."
    if code.theme is None or row["theme"] is None:
        return
    if (theme := _theme(row)) is not None and theme != asdict(code.theme):
        yield "derived_value", "theme is not the theme of the code."


def _theme(row: dict) -> object:
    value, fault = documents.read(row, "theme")
    return None if fault else value


def derived(code: Code) -> dict[str, object]:
    """Columns that are facts of the tree."""
    tree = code.tree
    if code.theme is None:
        return {**pix2code.difficulty(tree)}
    return {
        "format": tree.word,
        "elements": sum(1 for _ in tree.walk()) - 1,
        "depth": tree.depth(),
        "columns": column_count(tree),
    }


def design_of(row: dict, code: Code) -> Design | None:
    """The design a row was drawn from, or None where its recipe is missing or damaged."""
    if code.theme is None or row["recipe"] is None or row["texts"] is None:
        return None
    if row["goal"] not in GOALS or row["format"] not in FORMATS:
        return None
    recipe, fault = documents.read(row, "recipe")
    if fault or not isinstance(recipe, dict) or not {"canvas", "markup", "fault_seed", "outline"} <= set(recipe):
        return None
    strengths = [row[f"fault_{name}"] for name in faults.NAMES]
    if None in (*strengths, row["tone"]):
        return None
    return Design(
        Brief(row["goal"], row["format"], round(row["tone"], DIGITS), tuple(row["texts"])),
        code.theme,
        code.tree,
        Faults(*(round(value, DIGITS) for value in strengths), seed=recipe["fault_seed"]),
        tuple(recipe["canvas"]),
        tuple(recipe["outline"]),
        recipe["markup"],
    )


def check_brief(design: Design) -> Iterator[Fault]:
    """The brief could have led to this design at all."""
    brief = design.brief
    if not outline.likelihood(design.outline, brief.goal, brief.format) > 0:
        yield (
            "impossible_brief",
            f"A design with the goal {brief.goal!r} never has the blocks {', '.join(design.outline)}.",
        )
    elif 0 <= brief.tone <= 1 and scale_chances(brief.tone)[int(design.theme.scale)] < LEAST_CHANCE:
        yield "impossible_brief", f"A tone of {brief.tone:g} never leads to type scale {design.theme.scale}."


def check_round_trip(row: dict, design: Design) -> Iterator[Fault]:
    """The HTML and both documents, built again from the design, are the stored ones."""
    try:
        html, root = design.document()
    except ValueError as error:
        yield "html_round_trip", f"The design cannot be built: {error}."
        return
    if html != row["html"]:
        at = next(
            (i for i, (a, b) in enumerate(zip(html, row["html"], strict=False)) if a != b),
            min(len(html), len(row["html"])),
        )
        yield (
            "html_round_trip",
            f"The HTML built from brief, theme, tree and faults differs from the stored one at character {at}.",
        )
    fresh = {"structure": sections.structure(root), "layout": sections.layout(root)}
    same = tuple(name for name in fresh if documents.is_derived(row[name], fresh[name]))
    yield from _documents(row, fresh, same)


def _documents(row: dict, fresh: dict, same: tuple[str, ...]) -> Iterator[Fault]:
    named = list(documents.check(row, trusted=same))
    yield from named
    if any(rule != "repeated_key" for rule, _ in named):
        return
    for name in fresh:
        if (
            name not in same
            and not any(sentence.startswith(name) for _, sentence in named)
            and documents.unplaced(documents.parse(row[name])) != fresh[name]
        ):
            yield "document", f"{name} is not the {name} of the design."
