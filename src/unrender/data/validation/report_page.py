# ruff: noqa: E501 (sentences and markup read better on one line)
"""report.html: one page that opens anywhere, with no network."""

from html import escape
from pathlib import Path

from unrender.artifacts import atomic_path
from unrender.data.validation import report_cases
from unrender.data.validation.across import LEAST_SHARE, LEAST_SPREAD
from unrender.data.validation.findings import RULES
from unrender.data.validation.report import verdict, worst_first
from unrender.data.validation.report_cases import Case
from unrender.data.validation.run import Outcome, ValidateParams

SHOWN = 200
"""Findings listed on the page; report.json has more."""
ERRORS = ("hierarchy_mse", "tone_mae", "grammar_mae")

_STYLE = """
:root{--ink:#1b2330;--soft:#5c6878;--line:#e3e7ec;--ground:#f6f7f9;--card:#fff;--good:#1d8a54;--bad:#c8322f;--warn:#b06f00;--bar:#2f62d8}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:40px 28px 80px}h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:44px 0 12px}
p{margin:0 0 12px;max-width:76ch}.soft{color:var(--soft)}.verdict{border-left:5px solid var(--good);background:var(--card);padding:14px 18px;margin:20px 0;border-radius:4px}
.verdict.bad{border-color:var(--bad)}.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 16px}.tile b{display:block;font-size:24px;font-variant-numeric:tabular-nums}
.tile span{color:var(--soft);font-size:13px}table{width:100%;border-collapse:collapse;background:var(--card);border:1px solid var(--line);border-radius:8px;overflow:hidden;font-size:14px}
th,td{text-align:left;padding:7px 12px;border-top:1px solid var(--line);vertical-align:top}th{color:var(--soft);font-weight:600;border-top:0;background:#fbfcfd}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}code{font:13px ui-monospace,monospace;white-space:nowrap}
.good{color:var(--good)}.fatal,.error{color:var(--bad)}.warning{color:var(--warn)}.bar{position:relative;height:9px;background:#edf0f4;border-radius:5px;min-width:150px;margin-top:6px}
.bar i{position:absolute;inset:0 auto 0 0;background:var(--bar);border-radius:5px}.bar u{position:absolute;top:-3px;width:2px;height:15px;background:var(--ink)}
.cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:16px}.case{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:14px}
.case h3{font-size:14px;margin:0 0 8px;overflow-wrap:anywhere}.case p{font-size:13px;margin:8px 0 0;overflow-wrap:anywhere}.case.ok h3{color:var(--good)}.shots{display:flex;gap:8px}
.shots figure{margin:0;flex:1;min-width:0}.shots img,.gone{width:100%;aspect-ratio:1;display:block;border-radius:4px;border:1px solid var(--line)}
.gone{display:grid;place-items:center;color:var(--soft);font-size:12px;background:repeating-linear-gradient(45deg,#f0f2f5 0 8px,#fff 8px 16px)}
figcaption{font-size:12px;color:var(--soft);margin-top:3px}details summary{cursor:pointer;color:var(--soft);margin:8px 0}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#98a4b4;--line:#2b323c;--ground:#14181e;--card:#1b2028;--bar:#6b93f2}th{background:#20262f}.bar{background:#2b323c}.gone{background:#20262f}}
"""


def write_page(
    path: Path, source: Path, outcome: Outcome, params: ValidateParams, metrics: dict, evidence: dict
) -> None:
    says = verdict(outcome, params)
    sections = [
        f'<h1>Data validation</h1><p class="soft">{escape(str(source))}, {_origin(outcome)}</p>',
        f'<div class="verdict{"" if says.passed else " bad"}">{escape(says.sentence.removeprefix("error: "))}</div>',
        _tiles(outcome, metrics),
        _rules(metrics["findings"]),
        _findings(outcome),
        _cases("Worst cases", "Rows that broke a rule, and what their labels paint.", report_cases.worst_cases(source, outcome)),
        _cases("Look-alikes across splits", "Not the same picture, not the same design, but close.", report_cases.alike_pairs(source, outcome)),
        _labels(evidence),
        _balance(metrics),
        _cases("Painted again", f"The least agreement among {len(outcome.painted)} rows whose HTML was painted again. Blue: text. Orange: images.", report_cases.samples(source, outcome)),
    ]  # fmt: skip
    page = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Data validation</title><style>{_STYLE}</style></head><body><main>{"".join(sections)}</main></body></html>\n'
    with atomic_path(path) as aside:
        aside.write_text(page, encoding="utf-8")


def _origin(outcome: Outcome) -> str:
    about = {name: outcome.manifest.get(name) for name in ("source", "engine", "seed")}
    return (
        ", ".join(f"{name} {escape(str(value))}" for name, value in about.items() if value is not None) or "no manifest"
    )


def _tiles(outcome: Outcome, metrics: dict) -> str:
    warnings = sum(finding.level == "warning" for finding in outcome.findings)
    tiles = {
        "rows": f"{outcome.rows:,}",
        "kept": f"{len(outcome.kept):,}",
        "repaired": f"{len(outcome.mended):,}",
        "quarantined": f"{len(outcome.dropped):,}",
        "warnings": f"{warnings:,}",
        "distinct images": f"{metrics['distinct_images']:.2%}",
        "painted again": f"{len(outcome.painted):,}",
    }
    return (
        '<div class="tiles">'
        + "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for name, value in tiles.items())
        + "</div>"
    )


def _rules(counts: dict[str, int]) -> str:
    broken = "".join(
        f'<tr><td><code>{name}</code></td><td class="{rule.level}">{rule.level}</td><td>{escape(rule.says)}.</td><td class="n">{counts[name]:,}</td><td>{escape(rule.remedy)}</td></tr>'
        for name, rule in RULES.items()
        if counts.get(name)
    )
    held = "".join(
        f'<tr><td><code>{name}</code></td><td>{escape(rule.says)}</td><td class="good">holds</td></tr>'
        for name, rule in RULES.items()
        if not counts.get(name)
    )
    head = "<tr><th>rule</th><th>level</th><th>what must hold</th><th class=n>findings</th><th>remedy</th></tr>"
    table = f"<table>{head}{broken}</table>" if broken else "<p>Every rule holds.</p>"
    held_count = len(RULES) - sum(name in counts for name in RULES)
    return f"<h2>Rules</h2>{table}<details><summary>{held_count} rules without a finding</summary><table>{held}</table></details>"


def _findings(outcome: Outcome) -> str:
    found = worst_first(outcome.findings)
    if not found:
        return ""
    rows = "".join(
        f'<tr><td class="{finding.level}"><code>{finding.rule}</code></td><td>{escape(finding.id)}<div class="soft">{escape(finding.file)}{"" if finding.row is None else f", row {finding.row}"}</div></td>'
        f"<td>{escape(finding.sentence)}{f'<div class=good>Repaired: {escape(finding.repair)}.</div>' if finding.repair else ''}</td></tr>"
        for finding in found[:SHOWN]
    )
    rest = f"<p class=soft>{len(found) - SHOWN:,} more in report.json.</p>" if len(found) > SHOWN else ""
    opened = " open" if len(found) <= 40 else ""
    return f"<details{opened}><summary>{len(found):,} findings</summary><table><tr><th>rule</th><th>where</th><th>what</th></tr>{rows}</table>{rest}</details>"


def _cases(title: str, about: str, cases: list[Case]) -> str:
    if not cases:
        return ""
    cards = "".join(_card(case) for case in cases)
    return f'<h2>{title}</h2><p class="soft">{escape(about)}</p><div class="cases">{cards}</div>'


def _card(case: Case) -> str:
    shots = "".join(
        f"<figure>{f'<img alt={escape(caption)!r} src={uri!r}>' if uri else '<div class=gone>not a picture</div>'}<figcaption>{escape(caption)}</figcaption></figure>"
        for caption, uri in case.pictures
    )
    lines = "".join(f"<p><code>{escape(tag)}</code> {escape(sentence)}</p>" for tag, sentence in case.lines)
    return f'<div class="case{" ok" if case.repaired else ""}"><h3>{escape(case.title)}</h3><div class="shots">{shots}</div>{lines}</div>'


def _labels(evidence: dict) -> str:
    if not evidence:
        return ""
    rows = "".join(
        f'<tr><td><code>{name}</code></td><td class="n">{fact["floor"]:.4f}</td><td class="n">{fact["ceiling"]:.4f}</td><td class="n">{fact["low"]:.4f} .. {fact["high"]:.4f}</td><td class="n">{fact["n"]:,}</td><td class="soft">{escape(fact["method"])}</td></tr>'
        for name, fact in evidence.items()
    )
    about = "What a constant answer gets on test, and the best that any reader of a page can do. For errors (mse, mae) the ceiling is the lower number."
    head = "<tr><th>metric</th><th class=n>floor</th><th class=n>ceiling</th><th class=n>95 % interval</th><th class=n>rows</th><th>how</th></tr>"
    return f'<h2>Ceilings and floors</h2><p class="soft">{about}</p><table>{head}{rows}</table>'


def _balance(metrics: dict) -> str:
    rows = ""
    for label, shares in metrics["class_balance"].items():
        fair = 1 / len(shares)
        for name, share in shares.items():
            if share is not None:
                rows += _bar(f"{label}: {name}", share, share / (2 * fair), LEAST_SHARE / 2, f"{share:.1%}")
    spread = "".join(
        _bar(f"grammar: {name}", value, value / 0.4, LEAST_SPREAD / 0.4, f"{value:.3f}")
        for name, value in metrics["spread"].items()
        if value is not None
    )
    if not rows and not spread:
        return ""
    head = "<tr><th>label</th><th class=n>{}</th><th>the mark is the least that is asked for</th></tr>"
    return f"<h2>Balance and spread</h2><table>{head.format('share')}{rows}</table><br><table>{head.format('deviation')}{spread}</table>"


def _bar(name: str, value: float, filled: float, mark: float, shown: str) -> str:
    width = 100 * min(filled, 1)
    return f'<tr><td>{escape(name)}</td><td class="n">{shown}</td><td><div class="bar"><i style="width:{width:.1f}%"></i><u style="left:{100 * mark:.1f}%"></u></div></td></tr>'
