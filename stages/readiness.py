"""Evidence + shipped models + data/clean -> metrics/readiness.json and .md. Exits 0 whatever the verdict.

A failing stage would lose the whole experiment; `unrender gate` turns the verdict into an exit code.
"""

import json
import shutil
import tempfile
from pathlib import Path

import unrender.cli
import unrender.inference.code_probe
import unrender.inference.layout_probe
import unrender.inference.probe
from unrender import config, tracking
from unrender.artifacts import atomic_path, write_json
from unrender.evaluation.readiness.abstractor import AbstractorLimits, abstractor_checks
from unrender.evaluation.readiness.coder import CoderLimits, coder_checks, coder_process_checks
from unrender.evaluation.readiness.decoder import DecoderLimits, decoder_checks, drawing_checks
from unrender.evaluation.readiness.encoder import EncoderLimits, encoder_checks
from unrender.evaluation.readiness.finetune import FinetuneLimits, InnovateLimits, finetune_checks, innovate_checks
from unrender.evaluation.readiness.layout import LayoutLimits, layout_checks, layout_process_checks
from unrender.evaluation.readiness.leaks import leak_checks
from unrender.evaluation.readiness.process import ProcessLimits, process_checks
from unrender.evaluation.readiness.verdict import VERDICT, markdown, table, verdict
from unrender.registry.register import register

PAGE = Path("metrics/readiness.md")
MODELS = ("encoder", "abstractor", "decoder", "finetune", "innovate", "layout", "coder")


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
    limits, model, data = params.readiness, Path("models/encoder.safetensors"), Path("data/clean")
    metrics, evidence = (
        {name: json.loads((folder / f"{name}.json").read_text()) for name in MODELS}
        for folder in (Path("metrics"), Path("metrics/evidence"))
    )
    with tracking.stage("readiness", config.flatten(limits), params.tracking.enabled) as run:
        work = Path(tempfile.mkdtemp(prefix="unrender-"))
        modules = unrender.inference.probe.__name__, unrender.cli.__name__
        try:
            checks = process_checks(model, data, work, limits.process, *modules)
            checks += drawing_checks(model.parent, work, unrender.cli.__name__, limits.decoder.draw_seconds)
            layouts = unrender.inference.layout_probe.__name__
            checks += layout_process_checks(model.with_stem("layout"), data, work, limits.layout, layouts)
            codes = unrender.inference.code_probe.__name__, unrender.cli.__name__
            checks += coder_process_checks(model.with_stem("coder"), data, work, limits.coder, *codes)
        finally:
            shutil.rmtree(work)
        scores = [
            *encoder_checks(evidence["encoder"], limits.encoder),
            *abstractor_checks(evidence["abstractor"], limits.abstractor),
            *decoder_checks(evidence["decoder"], limits.decoder),
            *finetune_checks(evidence["finetune"], limits.finetune),
            *innovate_checks(evidence["innovate"], limits.innovate),
            *layout_checks(evidence["layout"], limits.layout),
            *coder_checks(evidence["coder"], limits.coder),
        ]
        found = verdict([*scores, *leak_checks(data), *checks])
        run.log(0, {"ready": float(found.ready)} | found.measured())
        # Figures of this machine and moment: not an output of the pipeline, but worth a look.
        write_json(config.project_root() / "runs/readiness/measured.json", found.measured())
        with atomic_path(PAGE) as aside:
            aside.write_text(markdown(found))
        write_json(VERDICT, found.as_json())
    print(table(found))
    summary = metrics | {"ready": float(found.ready)}
    values, _ = config.read_yaml(Path("params.yaml"))
    register(model.parent, found.ready, params.tracking.enabled)
    tracking.summary(summary, values, [VERDICT, PAGE], params.tracking.enabled)  # last: it ends the experiment's run


if __name__ == "__main__":
    config.run_stage(main)
