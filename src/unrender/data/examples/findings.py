# ruff: noqa: E501 (sentences read better on one line)
"""What an import may find wrong with a folder of examples."""

from dataclasses import dataclass

from unrender.data.validation.findings import Rule

_MEND = "Correct the file; until then the example is left out."
_LOOK = "Nothing was lost; correct the file all the same, for other readers lose it."

RULES: dict[str, Rule] = {
    "missing_file": Rule("error", "An example has screenshot.png, structure.json and layout.json", "Add the file; until then the example is left out."),
    "picture_broken": Rule("error", "The screenshot decodes", _MEND),
    "json_broken": Rule("error", "structure.json and layout.json are JSON", _MEND),
    "document": Rule("error", "structure.json is a document, layout.json a section tree of it", _MEND),
    "ambiguous_key": Rule("error", "No object of a document with ids repeats a key", _MEND),
    "duplicate": Rule("error", "No example of a split is a copy of another", "Remove one of the two; the first was kept."),
    "duplicate_across": Rule("error", "No example is a copy of one in another split", "Remove one of the two; the one in the earlier split was kept: a test on seen pages says nothing."),
    "stray_folder": Rule("error", "Where there are folders of splits, examples lie in them", "Move the examples into the folder of a split; until then they are left out."),
    "swapped_files": Rule("warning", "structure.json and layout.json are not swapped", "They were put right; rename them all the same."),
    "repeated_key": Rule("warning", "No JSON object repeats a key", _LOOK),
    "lost_node": Rule("warning", "The layout names nodes that the document has, each once", "The element was kept without that node; correct the key."),
    "page_size": Rule("warning", "The page has the proportions of its screenshot", "The size of the screenshot was taken; correct the page in layout.json."),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One breach of a rule. `file` lies below the folder that is imported; an "error" leaves its example out."""

    rule: str
    file: str
    sentence: str

    @property
    def level(self) -> str:
        return RULES[self.rule].level

    def as_dict(self) -> dict:
        return {**vars(self), "level": self.level, "remedy": RULES[self.rule].remedy}
