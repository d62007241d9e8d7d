# ruff: noqa: E501 (sentences read better on one line)
"""What an import may find wrong with a folder of pix2code's pages."""

from dataclasses import dataclass

from unrender.data.validation.findings import Rule

_MEND = "Correct the file; until then the page is left out."

RULES: dict[str, Rule] = {
    "missing_file": Rule("error", "A page has a .gui file and a .png file of one name", "Add the file; until then the page is left out."),
    "repeated_page": Rule("error", "A name stands for one page of a folder", "Rename one of the two; the first was kept."),
    "stray_file": Rule("error", "Where there are folders of splits, pages lie in them", "Move the file into the folder of a split; until then it is left out."),
    "not_text": Rule("error", "A .gui file is text in UTF-8", _MEND),
    "empty_code": Rule("error", "A .gui file says something", _MEND),
    "unbalanced_braces": Rule("error", "Every brace that opens is closed", _MEND),
    "unknown_token": Rule("error", "A code uses words of pix2code's web language", _MEND),
    "syntax": Rule("error", "A code parses", _MEND),
    "picture_broken": Rule("error", "The screenshot decodes", _MEND),
    "bad_line": Rule("error", "A line of <folder>_pages.jsonl is an object with the texts id and gui", "Correct the line; until then its page is left out."),
    "duplicate": Rule("error", "No page of a split is a copy of another", "Remove one of the two; the first was kept."),
    "duplicate_across": Rule("error", "No page is a copy of one in another split", "Remove one of the two; the one in the earlier split was kept: a test on seen pages says nothing."),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One breach of a rule. `file` lies below the folder that is imported; `line` counts from 1, in a .jsonl file."""

    rule: str
    file: str
    sentence: str
    line: int | None = None

    @property
    def level(self) -> str:
        return RULES[self.rule].level

    def as_dict(self) -> dict:
        return {**vars(self), "level": self.level, "remedy": RULES[self.rule].remedy}
