"""Each stage's `deps` in dvc.yaml <- the files its script imports, transitively.

DVC does not follow imports. Without this, a change in a library file would leave stale outputs behind.
Data deps stay as they are. `--check` writes nothing and fails when a list is not what it should be.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from unrender import config

SRC, PACKAGE = Path("src"), "unrender"
# Recording a run and ending a process cannot change an output, so a change there is no reason to train again.
SIDE = {"src/unrender/tracking.py"}


def main() -> None:
    text = Path("dvc.yaml").read_text(encoding="utf-8")
    wanted = rewritten(text)
    if "--check" not in sys.argv:
        Path("dvc.yaml").write_text(wanted, encoding="utf-8")
    elif wanted != text:
        raise config.UserError(f"dvc.yaml: {'; '.join(differences(text))}. Run `make fmt`.")


def closure(script: Path) -> list[str]:
    """The script and every file of this project that importing it loads, sorted."""
    seen: set[Path] = set()
    todo = [script]
    while todo:
        path = todo.pop()
        if path not in seen:
            seen.add(path)
            todo += imports(path)
    return sorted(str(path) for path in seen if str(path) not in SIDE)


def imports(path: Path) -> Iterator[Path]:
    """Files of the package that `path` imports directly, wherever in the file, but not those for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {id(inner) for node in ast.walk(tree) if is_type_checking(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from files(alias.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield from files(f"{origin(node, path)}.{alias.name}")


def origin(node: ast.ImportFrom, path: Path) -> str:
    """The module that `from ... import` names, dots resolved."""
    if not node.level:
        return node.module or ""
    folder = path.parents[node.level - 1].relative_to(SRC)
    return ".".join([*folder.parts, *filter(None, [node.module])])


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def files(name: str) -> Iterator[Path]:
    """The files that importing dotted `name` loads: each package's __init__ and the module."""
    parts = name.split(".")
    if parts[0] != PACKAGE:
        return
    for end in range(1, len(parts) + 1):
        base = SRC.joinpath(*parts[:end])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.exists() and has_code(path):
                yield path


def has_code(path: Path) -> bool:
    """Whether there is more in the file than a docstring."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return len(body) > (ast.get_docstring(ast.Module(body, [])) is not None)


def stage_blocks(text: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each stage that runs a script. Blocks are told by their indentation."""
    for match in re.finditer(r"^  (\w+):\n((?:    .*\n|\n|  *#.*\n)+)", text, re.MULTILINE):
        if re.search(r"python stages/\w+\.py", match[2]):
            yield match[1], match[0]


def rewritten(text: str) -> str:
    """dvc.yaml with the code part of every deps list recomputed: data first as it stood, then code, sorted."""
    for _, block in stage_blocks(text):
        script = re.search(r"python (stages/\w+\.py)", block)
        found = re.search(r"^    deps:\n((?:      - .*\n)+)", block, re.MULTILINE)
        if not script or not found:
            raise config.UserError(f"dvc.yaml: a stage has no `deps:` list: {block.splitlines()[0].strip()}")
        data = [line for line in found[1].splitlines(keepends=True) if not line.strip().endswith(".py")]
        code = [f"      - {path}\n" for path in closure(Path(script[1]))]
        text = text.replace(block, block.replace(found[0], "    deps:\n" + "".join(data + code)))
    return text


def differences(text: str) -> Iterator[str]:
    """What is missing and what is surplus, per stage."""
    after = dict(stage_blocks(rewritten(text)))
    for name, block in stage_blocks(text):
        have, want = (set(re.findall(r"^      - (.*\.py)$", b, re.MULTILINE)) for b in (block, after[name]))
        if missing := sorted(want - have):
            yield f"stage {name} lacks {', '.join(missing)}"
        if surplus := sorted(have - want):
            yield f"stage {name} lists {', '.join(surplus)} without importing it"
        if have == want and block != after[name]:
            yield f"stage {name} lists its deps out of order"


if __name__ == "__main__":
    config.run_stage(main)
