"""params.yaml: what is accepted, what is refused, and how the refusal reads."""

import errno
import json
import os
import subprocess
import sys
import time
from enum import Enum
from pathlib import Path

import pydantic
import pytest

from unrender import config
from unrender.artifacts import why_left_out


class Engine(Enum):
    BLITZ = "blitz"


class Optim(config.Section):
    lr: float
    steps: int = pydantic.Field(gt=0)
    widths: tuple[int, ...] = (8, 16)


class Encoder(config.Section):
    optim: Optim
    engine: Engine = Engine.BLITZ


class Params(config.Section):
    base: config.Base
    encoder: Encoder


GOOD = """\
base:
  seed: 1
encoder:
  optim:
    lr: 1e-4
    steps: 20
    widths:
      - 4
      - 8
  engine: blitz
"""


@pytest.fixture
def write(tmp_path):
    schema = Params.model_json_schema()
    (tmp_path / config.SCHEMA).write_text(json.dumps(schema))

    def write(text):
        path = tmp_path / "params.yaml"
        path.write_text(text)
        return path

    return write


def refusal(path):
    with pytest.raises(config.UserError) as caught:
        config.load(Params, path)
    return str(caught.value)


def test_values_arrive_typed(write):
    params = config.load(Params, write(GOOD))
    assert params.encoder.optim.lr == 1e-4
    assert params.encoder.optim.widths == (4, 8)
    assert params.encoder.engine is Engine.BLITZ


def test_integer_stands_for_float(write):
    lr = config.load(Params, write(GOOD.replace("1e-4", "1"))).encoder.optim.lr
    assert lr == 1.0 and isinstance(lr, float)


def test_sections_are_frozen(write):
    with pytest.raises(pydantic.ValidationError):
        config.load(Params, write(GOOD)).base.seed = 2  # ty: ignore[invalid-assignment]


def test_a_stage_reads_only_its_sections_but_the_whole_file_is_checked(write):
    class OnlyBase(config.Section):
        base: config.Base

    assert config.load(OnlyBase, write(GOOD)).base.seed == 1
    with pytest.raises(
        config.UserError, match=r"line 6: unknown key encoder.optim.step. Did you mean encoder.optim.steps"
    ):
        config.load(OnlyBase, write(GOOD.replace("steps", "step")))


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("lr:", "lrr:", ["params.yaml, line 5", "unknown key encoder.optim.lrr", "Did you mean encoder.optim.lr?"]),
        ("encoder:", "encodr:", ["line 3", "unknown key encodr", "Did you mean encoder?"]),
        ("seed: 1", "seed: 1\n  qqqq: 2", ["line 3", "unknown key base.qqqq", "Known here: seed"]),
        ("lr: 1e-4", "lr: fast", ["line 5", "encoder.optim.lr", "'fast' is not of type 'number'"]),
        ("lr: 1e-4", "lr: '1e-4'", ["line 5", "encoder.optim.lr", "not of type 'number'"]),
        ("steps: 20", "steps: 20.0", ["line 6", "encoder.optim.steps", "valid integer", "20.0"]),
        ("steps: 20", "steps: true", ["line 6", "encoder.optim.steps", "True"]),
        ("steps: 20", "steps: 0", ["line 6", "encoder.optim.steps", "0"]),
        ("steps: 20", "steps:", ["line 6", "encoder.optim.steps", "None"]),
        ("    steps: 20\n", "", ["encoder.optim", "'steps' is a required property"]),
        ("blitz", "chrome", ["line 10", "encoder.engine", "chrome"]),
        ("seed: 1", "seed: 1\n  seed: 2", ["line 3", "base.seed is repeated", "line 2"]),
        ("lr: 1e-4", "lr: 1e-4\n    lr: 1", ["line 6", "encoder.optim.lr is repeated", "line 5"]),
        ("seed: 1", "seed: [1", ["not valid YAML"]),
        (GOOD, "", ["params.yaml", "holds none"]),
        (GOOD, "- 1\n", ["params.yaml", "holds none"]),
    ],
)
def test_mistakes_are_named(write, old, new, parts):
    message = refusal(write(GOOD.replace(old, new, 1)))
    for part in parts:
        assert part in message
    assert "\n" not in message


def test_without_a_schema_the_stage_still_checks_its_own_sections(write, tmp_path):
    path = write(GOOD.replace("lr:", "lrr:"))
    (tmp_path / config.SCHEMA).unlink()
    assert "encoder.optim" in refusal(path)


def test_missing_file(tmp_path):
    assert "does not exist" in refusal(tmp_path / "params.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("1E5", 1e5), (".5", 0.5), ("-3", -3), ("010", 10), ("1_000", "1_000"), ("on", "on"),
        ("no", "no"), ("1:30", "1:30"), ("2020-01-01", "2020-01-01"), ("null", None), ("true", True), ("'1'", "1"),
        ("", None),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(tmp_path, text, value):
    path = tmp_path / "x.yaml"
    path.write_text(f"a: {text}\n")
    read = config.read_yaml(path)[0]["a"]
    assert read == value and type(read) is type(value)


def test_scalars_agree_with_dvc(tmp_path):
    from dvc.utils.serialize import load_yaml

    path = tmp_path / "x.yaml"
    path.write_text("a: 1e-4\nb: on\nc: 010\nd: 5.\ne: ~\nf: 1.5e+3\ng: No\nh: 'x'\ni: -0\n")
    assert config.read_yaml(path)[0] == load_yaml(str(path))


def test_flatten():
    assert config.flatten({"a": {"b": 1, "c": [1, 2]}, "d": None}) == {"a.b": 1, "a.c": [1, 2], "d": None}


def test_project_root(tmp_path, monkeypatch):
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (tmp_path / "dvc.yaml").touch()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert config.project_root() == tmp_path
    monkeypatch.setenv("DVC_ROOT", "/elsewhere")
    assert str(config.project_root()) == "/elsewhere"


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (config.UserError("the lr is wrong"), 2, "error: the lr is wrong"),
        (OSError(errno.ENOSPC, "No space left", "x.bin"), 3, "disk is full while writing x.bin"),
        (KeyboardInterrupt(), 130, "Run again to continue"),
    ],
)
def test_run_stage_ends_in_one_sentence(capsys, error, code, words):
    def main():
        raise error

    with pytest.raises(SystemExit) as caught:
        config.run_stage(main)
    assert caught.value.code == code
    message = capsys.readouterr().err
    assert words in message and message.count("\n") == 1


def left_out():
    raise config.LeftOut("there is nothing to learn.")


def test_a_stage_that_is_left_out_ends_well_and_its_outputs_say_why(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["stages/train_some.py"])
    (tmp_path / "dvc.yaml").write_text(
        "stages:\n  train_some:\n    outs: [models/some.safetensors, models/some.curve]\n"
        "    metrics:\n      - metrics/some.json: {cache: false}\n  other:\n    outs: [models/other.safetensors]\n"
    )
    config.run_stage(left_out)
    assert capsys.readouterr().out == "Left out. there is nothing to learn.\n"
    for name in ("models/some.safetensors", "models/some.curve", "metrics/some.json"):
        assert why_left_out(tmp_path / name) == "there is nothing to learn."
    assert not (tmp_path / "models/other.safetensors").exists()


def test_what_is_no_stage_cannot_be_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["unrender"])
    with pytest.raises(SystemExit) as stop:
        config.run_stage(left_out)
    assert stop.value.code == 2
    assert capsys.readouterr().err == "error: there is nothing to learn.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        config.run_stage(lambda: print(Path("/dev/full").write_text("x" * 9)))
    assert capsys.readouterr().err.startswith("error: The disk is full")


def test_run_stage_keeps_the_traceback_of_a_bug():
    with pytest.raises(ZeroDivisionError):
        config.run_stage(lambda: print(1 / 0))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("shell", ["", "/bin/sh"])
def test_a_stage_dies_with_dvc(shell):
    """A killed dvc must not leave a training behind that writes over the next run."""
    stage = (
        "import os, time; from unrender import config\n"
        "config.run_stage(lambda: (print(os.getpid(), flush=True), time.sleep(60)))"
    )
    parent = (
        "import shlex, subprocess, sys, time\n"
        f"command = [sys.executable, '-c', {stage!r}]\n"
        f"subprocess.Popen([{shell!r}, '-c', shlex.join(command) + '; true'] if {shell!r} else command)\n"
        "time.sleep(60)"
    )
    env = os.environ | {"DVC_STAGE": "x"}
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, env=env) as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        running.kill()
        assert running.stdout.read() == ""  # ends only when the orphan has closed it
    deadline = time.monotonic() + 10
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(pid)


def alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_importing_config_is_light():
    code = "import sys, unrender.config; print({'torch', 'mlflow', 'jsonschema', 'pandas'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"
