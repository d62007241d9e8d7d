"""Lay a file of params over params.yaml: `python scripts/lay_over.py params.gpu.yaml`.

Comments of params.yaml are lost; `git checkout params.yaml` brings them back.
"""

import sys
from pathlib import Path

from unrender import config
from unrender.overlay import lay_over


def main() -> None:
    if len(sys.argv) != 2:
        raise config.UserError("Name one file of params, such as params.gpu.yaml.")
    lay_over(Path("params.yaml"), Path(sys.argv[1]))


if __name__ == "__main__":
    config.run_stage(main)
