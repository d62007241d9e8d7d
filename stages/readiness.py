"""Evidence + shipped models + data/clean -> metrics/readiness.json and .md. Exits 0 whatever the verdict.

A failing stage would lose the whole experiment; `unrender gate` turns the verdict into an exit code.
"""

import json
import tempfile
from collections.abc import Collection
from pathlib import Path

import unrender.cli
import unrender.inference.code_probe
import unrender.inference.layout_probe
import unrender.inference.probe
from unrender import config, tracking
from unrender.artifacts import atomic_path, why_left_out, write_json
from unrender.evaluation.readiness.abstractor import AbstractorLimits, abstractor_checks
from unrender.evaluation.readiness.coder import CoderLimits, coder_checks, coder_process_checks
from unrender.evaluation.readiness.decoder import DecoderLimits, decoder_checks, drawing_checks
from unrender.evaluation.readiness.encoder import EncoderLimits, encoder_checks
from unrender.evaluation.readiness.finetune import FinetuneLimits, InnovateLimits, finetune_checks, innovate_checks
from unrender.evaluation.readiness.layout import LayoutLimits, layout_checks, layout_process_checks
from unrender.evaluation.readiness.leaks import leak_checks
from unrender.evaluation.readiness.process import ProcessLimits, process_checks
from unrender.evaluation.readiness.verdict import VERDICT, Check, markdown, table, verdict
from unrender.registry.register import register

PAGE = Path("metrics/readiness.md")
SCORES = {
    "encoder": encoder_checks,
    "abstractor": abstractor_checks,
    "decoder": decoder_checks,
    "finetune": finetune_checks,
    "innovate": innovate_checks,
    "layout": layout_checks,
    "coder": coder_checks,
}
"""What is asked of the evidence of each model."""


class Readiness(config.Section):
    encoder: EncoderLimits
    abstractor: AbstractorLimits
    decoder: DecoderLimits
    finetune: FinetuneLimits
    innovate: InnovateLimits
    layout: LayoutLimits
    coder: CoderLimits
    process: ProcessLimits


class Params(config.Section):
    base: config.Base
    readiness: Readiness
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    limits, models, data = params.readiness, Path("models"), Path("data/clean")
    left_out = {name: why for name in SCORES if (why := why_left_out(f"metrics/{name}.json"))}
    metrics, evidence = (
        {name: json.loads((folder / f"{name}.json").read_text()) for name in SCORES if name not in left_out}
        for folder in (Path("metrics"), Path("metrics/evidence"))
    )
    with tracking.stage("readiness", config.flatten(limits), params.tracking.enabled) as run:
        scores = [check for name in evidence for check in SCORES[name](evidence[name], getattr(limits, name))]
        found = verdict([*scores, *leak_checks(data), *in_use(evidence, models, data, limits)], left_out)
        run.log(0, {"ready": float(found.ready)} | found.measured())
        # Figures of this machine and moment: not an output of the pipeline, but worth a look.
        write_json(config.project_root() / "runs/readiness/measured.json", found.measured())
        with atomic_path(PAGE) as aside:
            aside.write_text(markdown(found))
        write_json(VERDICT, found.as_json())
    print(table(found))
    summary = metrics | {"ready": float(found.ready)}
    values, _ = config.read_yaml(Path("params.yaml"))
    register(models, found.ready, params.tracking.enabled)
    tracking.summary(summary, values, [VERDICT, PAGE], params.tracking.enabled)  # last: it ends the experiment's run


def in_use(scored: Collection[str], models: Path, data: Path, limits: Readiness) -> list[Check]:
    """What the shipped files of the networks that were scored do in processes of their own."""
    cli, checks = unrender.cli.__name__, []
    reads, lays_out, codes = (
        module.__name__
        for module in (unrender.inference.probe, unrender.inference.layout_probe, unrender.inference.code_probe)
    )
    files = {name: models / f"{name}.safetensors" for name in scored}
    with tempfile.TemporaryDirectory(prefix="unrender-") as folder:
        work = Path(folder)
        if "encoder" in scored:
            checks += process_checks(files["encoder"], data, work, limits.process, reads, cli)
        if "decoder" in scored:
            checks += drawing_checks(models, work, cli, limits.decoder.draw_seconds)
        if "layout" in scored:
            checks += layout_process_checks(files["layout"], data, work, limits.layout, lays_out)
        if "coder" in scored:
            checks += coder_process_checks(files["coder"], data, work, limits.coder, codes, cli)
    return checks


if __name__ == "__main__":
    config.run_stage(main)
