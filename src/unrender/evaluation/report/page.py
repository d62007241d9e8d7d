"""metrics, their evidence, curves and pictures -> one HTML file that opens from disk, without network or script."""

from collections.abc import Callable, Mapping
from pathlib import Path

from unrender.evaluation.report import overview
from unrender.evaluation.report.chapter import chapter
from unrender.evaluation.report.learning import learning
from unrender.evaluation.report.markup import Html, tag
from unrender.evaluation.report.reading import Curve, Model, read_curves, read_json, read_left_out, read_models
from unrender.evaluation.report.since import committed
from unrender.evaluation.report.style import STYLE

LEAD = (
    "Each score beside what it takes to judge it: a 95 % interval, the floor (the strongest rival, by name; but for "
    "the coder's plain autoencoder and the decoder before, none is trained) and the ceiling (the best that could be "
    "reached, as measured). Where scores are drawn, right is better, for errors and distances too."
)

LEARNT = {"finetune": "finetuned_decoder"}
"""Chapter -> the network whose curve belongs there, where it has another name."""


def build_page(metrics: Path, models: Path, before: Callable[[Path], dict | None] = committed) -> str:
    """The page for what lies in `metrics` (JSON, evidence, plots) and `models` (curves).

    `before` gives the scores of the last committed run for a path, or None.
    """
    found = read_models(metrics)
    earlier = {model.name: before(metrics / f"{model.name}.json") for model in found}
    data = read_json(metrics / "dataset.json"), read_json(metrics / "evidence" / "dataset.json")
    return document(found, read_curves(models), earlier, *data, read_left_out(metrics))


def document(
    models: list[Model],
    curves: Mapping[str, Curve],
    before: Mapping[str, dict | None],
    data: dict,
    labels: dict,
    left_out: Mapping[str, str] | None = None,
) -> str:
    """The page itself. `left_out` says why there are no scores of a model."""
    own = {model.name: LEARNT.get(model.name, model.name) for model in models}
    others = {name: curve for name, curve in curves.items() if name not in own.values()}
    body = [
        tag("h1", "Results"),
        tag("p", LEAD, class_="soft"),
        [tag("p", f"{name} was left out: {why}", class_="soft") for name, why in (left_out or {}).items()],
        overview.head_table(models) if models else tag("p", "No network has been scored yet."),
        overview.other_splits(models),
        overview.since_commit(models, before) if models else None,
        [chapter(model, {name: curves[name] for name in curves if name == own[model.name]}) for model in models],
        _not_scored(others),
        overview.ceilings(data, labels),
    ]
    head = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width"),
        tag("title", "Results"),
        tag("style", Html(STYLE)),
    ]
    whole = tag("html", tag("head", head), tag("body", _nav(models, data), tag("main", body)), lang="en")
    return f"<!doctype html>\n{whole}\n"


def _not_scored(curves: Mapping[str, Curve]) -> Html | None:
    """Networks that were trained and are not scored by themselves."""
    parts = [learning(name, curve) for name, curve in curves.items()]
    return tag("section", tag("h2", "Other networks"), parts) if parts else None


def _nav(models: list[Model], data: dict) -> Html:
    links = {"since": "Since the last commit"} if models else {}
    links |= {model.name: model.name for model in models} | ({"data": "Data and ceilings"} if data else {})
    top = tag("a", "Results", href="#")
    return tag("nav", tag("div", top, [tag("a", words, href=f"#{name}") for name, words in links.items()]))
