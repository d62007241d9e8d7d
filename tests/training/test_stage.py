"""stages/train_encoder.py as DVC runs it, on a few little pages."""

from pathlib import Path

import pytest
import yaml

from tests.stage_runs import laid_out, run, shipped
from tests.training.little_pages import write_pages
from unrender.artifacts import load_model
from unrender.models.encoder import Config, Encoder

STAGE = Path(__file__).parents[2] / "stages" / "train_encoder.py"
PARAMS = {
    "base": {"seed": 0},
    "encoder": {
        "base": 4,
        "augment": {"crop": 0.2, "colour_jitter": 0.01},
        "optim": {"lr": 0.01, "steps": 20, "batch_size": 4, "val_every": 10, "val_examples": 2},
    },
    "tracking": {"enabled": False},
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_pages(tmp_path / "data" / "clean")
    return laid_out(tmp_path, yaml.safe_dump(PARAMS))


def test_the_stage_ships_a_model_that_loads_and_is_the_same_again(project: Path) -> None:
    done = run(project, "train_encoder")
    assert done.returncode == 0, done.stderr[-3000:]
    assert "step 20/20" in done.stderr
    file = load_model(project / "models" / "encoder.safetensors", "encoder")
    Encoder(Config(**file.config)).load_state_dict(file.tensors)
    assert file.labels["colours"][0] == "outside"
    table = (project / "models" / "encoder.curve" / "val.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in table] == ["step", "10", "20"]
    assert list((project / "runs" / "train_encoder").iterdir()) == []
    first = shipped(project, "encoder")
    assert run(project, "train_encoder").returncode == 0
    assert shipped(project, "encoder") == first


def test_a_hopeless_lr_is_one_sentence_and_no_model(project: Path) -> None:
    params = PARAMS | {"encoder": PARAMS["encoder"] | {"optim": PARAMS["encoder"]["optim"] | {"lr": 1e30}}}
    (project / "params.yaml").write_text(yaml.safe_dump(params))
    done = run(project, "train_encoder")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: Training stopped at step ")
    assert not (project / "models" / "encoder.safetensors").exists()
