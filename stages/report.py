"""Every metrics/*.json, its evidence, plots and loss curves -> metrics/report.html, which opens with no network."""

from pathlib import Path

from unrender import config, tracking
from unrender.artifacts import atomic_path
from unrender.evaluation.report.page import build_page

PAGE = Path("metrics/report.html")


class Params(config.Section):
    tracking: config.Tracking = config.Tracking()


def main() -> None:
    params = config.load(Params)
    with tracking.stage("report", {}, params.tracking.enabled) as run:
        page = build_page(Path("metrics"), Path("models"))
        with atomic_path(PAGE) as aside:
            aside.write_text(page, encoding="utf-8")
        run.artifact(PAGE)


if __name__ == "__main__":
    config.run_stage(main)
