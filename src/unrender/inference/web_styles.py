"""What a page's style sheets say about elements, as far as selectors of one tag, class or id go.

Enough for the flags of a document: how an element lays out its children, whether it is taken out of the flow, and
whether it has a picture behind it. Selectors with combinators, and rules inside of @media and its like, are passed
over.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

FLAGS = {
    ("display", "flex"): "d:flex",
    ("display", "inline-flex"): "d:flex",
    ("display", "grid"): "d:grid",
    ("display", "inline-grid"): "d:grid",
    ("position", "absolute"): "p:absolute",
    ("position", "fixed"): "p:absolute",
    ("position", "relative"): "p:relative",
}
PICTURE = "background-image"
_READ = frozenset({"display", "position", PICTURE})

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_SELECTOR = re.compile(r"(\*|[a-z][a-z0-9]*)?((?:[.#][\w-]+)*)\Z", re.ASCII | re.IGNORECASE)
_QUOTED = r"\"[^\"]*\"|'[^']*'"
_CALL = rf"\((?:{_QUOTED}|[^)\"'])*\)"
_DECLARATION = re.compile(rf"\s*([\w-]+)\s*:\s*((?:[^;\"'(]|{_QUOTED}|{_CALL}|[\"'(])*+)(?:;|\Z)")
Declarations = dict[str, str]


class Styles:
    """The rules of some style sheets, in order."""

    def __init__(self, sheets: Iterable[str]) -> None:
        self._rules: dict[str, list[tuple[tuple[int, int, int, int], frozenset[str], Declarations]]] = defaultdict(list)
        for place, (selector, declared) in enumerate(rule for sheet in sheets for rule in rules(sheet)):
            found = _SELECTOR.match(selector)
            if found and selector:
                tag, rest = (found[1] or "*").lower(), re.findall(r"[.#][\w-]+", found[2])
                ids = sum(part[0] == "#" for part in rest)
                rank = (ids, len(rest) - ids, tag != "*", place)
                self._rules[rest[0] if rest else tag].append((rank, frozenset(rest) | {tag}, declared))

    def of(self, tag: str, attributes: Mapping[str, str]) -> Declarations:
        """The declarations that hold for an element: those of the most specific rule, and its own style last."""
        names = {"*", tag, *(f".{name}" for name in attributes.get("class", "").split())}
        names |= {f"#{name}" for name in (attributes.get("id", ""),) if name}
        held = sorted(
            (
                (rank, declared)
                for name in names
                for rank, needs, declared in self._rules.get(name, ())
                if needs <= names
            ),
            key=lambda rule: rule[0],
        )
        found: Declarations = {}
        for _, declared in held:
            found |= declared
        return found | declarations(attributes.get("style", ""))


def flags(declared: Declarations) -> list[str]:
    """Sorted: d:flex, d:grid, p:absolute, p:relative."""
    return sorted(FLAGS[item] for item in declared.items() if item in FLAGS)


def has_picture(declared: Declarations) -> bool:
    """Whether a file is shown behind the content."""
    return "url(" in declared.get(PICTURE, "")


def declarations(text: str) -> Declarations:
    """The properties that are read here, in lower case; `background` counts as background-image."""
    found: Declarations = {}
    for name, value in _DECLARATION.findall(_COMMENT.sub(" ", text)):
        name = name.lower()
        name = PICTURE if name == "background" else name
        if name in _READ:
            found[name] = value.replace("!important", "").strip().lower()
    return found


def rules(sheet: str) -> Iterable[tuple[str, Declarations]]:
    """(selector, declarations) of each rule outside of @-blocks, in order."""
    start, depth, header = 0, 0, ""
    text = _COMMENT.sub(" ", sheet)
    for mark in re.finditer(rf"{_QUOTED}|[{{}};]", text):
        if mark[0] == "{":
            header = text[start : mark.start()].strip() if depth == 0 else header
            start, depth = (mark.end(), 1) if depth == 0 else (start, depth + 1)
        elif mark[0] == "}" and depth:
            depth -= 1
            if depth == 0 and not header.startswith("@"):
                declared = declarations(text[start : mark.start()])
                yield from ((selector.strip(), declared) for selector in header.split(","))
            start = mark.end() if depth == 0 else start
        elif mark[0] == ";" and depth == 0:
            start = mark.end()  # @import and @charset
