"""All about one network: baselines, causes of error, confusions, curves, cases, and whatever else was measured."""

from collections.abc import Mapping

from unrender.evaluation.report import extras, figures
from unrender.evaluation.report.confusion import confusions
from unrender.evaluation.report.drawn import drawn_layouts
from unrender.evaluation.report.figures import Dot
from unrender.evaluation.report.given import gains
from unrender.evaluation.report.judging import gain, members, spoken, upward, worst_sentence
from unrender.evaluation.report.learning import learning
from unrender.evaluation.report.markup import Child, Html, folded, number, part, span, table, tag
from unrender.evaluation.report.optimised import before_after
from unrender.evaluation.report.reading import Curve, Finding, Groups, Model, Score

ABOUT_ARMS = "best on top, right is better, the floor in orange."
ARMS = {
    "shuffled": "the network's own answers with the pictures exchanged",
    "true_maps": "the network shown the true maps instead of those that were read",
    "real": "other real pages",
    "blurred": "real pages, blurred",
    "before": "the same briefs and seeds before anything was optimised",
    "other_brief": "the same pages held against the brief of another",
    "named": "the network, told class names too",
    "blind": "the network without the screenshot",
    "all_merged": "every node is part of nothing",
    "lookup": "the commonest answer for nodes of the same tag, flags and content in train",
    "lookup_named": "the same with class names",
    "chain_merging": "nodes with a single child are one element with it",
    "chain_merging_named": "the same with class names",
    "constant": "one answer for every page, the one that fits train best",
    "autoencoder": "the plain network, which sees a page as one vector",
    "nearest": "the answer for the most similar page of train",
}  # what an arm of that name is, where the name does not say it
ARMS_OF = {"innovate": {"blind": "the best page after as many steps in any direction"}}  # where it is another thing
ABOUT_CAUSES = (
    "Pages grouped by what may make them hard; worst group and worst grouping on top, right is better. "
    "The dashed line is the whole split; the number after each group, its pages."
)


def chapter(model: Model, curves: Mapping[str, Curve]) -> Html:
    """The sections that have something to show."""
    return tag(
        "section",
        tag("h2", model.name),
        before_after(model),
        _baselines(model),
        _causes(model),
        confusions(model),
        gains(model),
        drawn_layouts(model),
        extras.row_tables(model),
        extras.pictures(model),
        [learning(name, found) for name, found in curves.items()],
        extras.collapse(model),
        extras.rest(model),
        id=model.name,
    )


def _baselines(model: Model) -> Html | None:
    """The network beside every arm, best first; the numbers of the other splits as tables."""
    shown = [split for split in model.main_first(model.read) if _has_arms(model.splits[split])]
    if not shown:
        return None
    large, *others = shown
    armed = _armed(model, large)
    panels = [_arm_panel(model.name, name, found) for name, found in armed]
    rest = [folded(f"Also on {spoken(split)}", _arm_table(model, split)) for split in others]
    about = f"On {spoken(large)}, {ABOUT_ARMS}{_notes(model.name, armed)}"
    return part("Against every baseline", about, [tag("div", panels, class_="panels"), rest])


def _notes(model: str, armed: list[tuple[str, Finding]]) -> str:
    present = {arm for _, found in armed for arm in found.arms}
    notes = ARMS | ARMS_OF.get(model, {})
    return "".join(f" {spoken(arm).capitalize()}: {note}." for arm, note in notes.items() if arm in present)


def _arm_panel(model: str, metric: str, found: Finding) -> Html:
    """Best on top."""
    up = upward(metric, found)
    rows = [Dot(model, found, style="own")]
    rows += [Dot(arm, score, style="floor" if _is_floor(arm, found) else "") for arm, score in found.arms.items()]
    rows.sort(key=lambda row: -gain(up, 0.0, row.score.value))
    return _panel(metric, rows, {} if found.ceiling is None else {"ceiling": found.ceiling}, up)


def _is_floor(arm: str, found: Finding) -> bool:
    """By name; where none was published, by its value."""
    return arm == found.floor_arm if found.floor_arm else found.arms[arm].value == found.floor


def _panel(metric: str, rows: list[Dot], marks: dict[str, float], up: bool) -> Html:
    return tag("figure", tag("figcaption", tag("code", metric)), figures.dots(metric, rows, marks, up), class_="panel")


def _arm_table(model: Model, split: str) -> Html:
    found = dict(_armed(model, split))
    arms = list(dict.fromkeys(arm for finding in found.values() for arm in finding.arms))
    rows = [
        [tag("code", name), _cell(finding), *(_cell(finding.arms.get(arm)) for arm in arms), _cell(finding.over_floor)]
        for name, finding in found.items()
    ]
    return table(["metric", model.name, *arms, "network minus floor"], rows)


def _causes(model: Model) -> Html | None:
    """Every group of every grouping, worst on top, and who loses most."""
    shown = [split for split in model.main_first(model.groups) if split in model.splits]
    if not shown:
        return None
    large, *others = shown
    rest = [folded(f"Also on {spoken(split)}", _cause_panels(model, split)) for split in others]
    return part(f"Where it fails: {spoken(large)}", ABOUT_CAUSES, [_cause_panels(model, large), rest])


def _cause_panels(model: Model, split: str) -> list[Html]:
    groups, whole = model.groups[split], model.splits[split]
    names = [name for name in whole if any(members(name, groups))]
    sentences = [tag("li", worst_sentence(name, whole[name], groups)) for name in names]
    panels = [_group_panel(name, whole[name], groups) for name in names]
    return [tag("ul", sentences, class_="found"), tag("div", panels, class_="panels")]


def _group_panel(metric: str, whole: Finding, groups: Groups) -> Html:
    up = upward(metric, whole)
    return _panel(metric, _group_rows(metric, groups, up), {"whole": whole.value}, up)


def _group_rows(metric: str, groups: Groups, up: bool) -> list[Dot]:
    """Worst first: groupings by their worst group, groups within each."""
    found = sorted(members(metric, groups), key=lambda entry: gain(up, 0.0, entry[2].value))
    order = list(dict.fromkeys(grouping for grouping, _, _ in found))
    found.sort(key=lambda entry: order.index(entry[0]))
    return [Dot(f"{group}{_size(score)}", score, block=spoken(grouping)) for grouping, group, score in found]


def _has_arms(findings: Mapping[str, Finding]) -> bool:
    return any(found.arms for found in findings.values())


def _armed(model: Model, split: str) -> list[tuple[str, Finding]]:
    return [(name, found) for name, found in model.splits[split].items() if found.arms]


def _cell(score: Score | None) -> Child:
    return "–" if score is None else [number(score.value), tag("small", span(score.low, score.high))]


def _size(score: Score) -> str:
    return "" if score.n is None else f" · {number(score.n)}"
