"""What params leave open for the layout network is as planned; what does not go together is one sentence."""

from pathlib import Path

import pytest
import yaml

from scripts.schema import stage_params
from unrender import config
from unrender.config import UserError
from unrender.models.layout import Config
from unrender.training.optim import Optim
from unrender.training.plan import LAYOUT, filled, laid_over

STEPS = LAYOUT[2].steps
STAGE = Path(__file__).parents[2] / "stages" / "train_layout.py"
LEAST = {"lr": 1e-3, "val_every": 20}


@pytest.fixture
def asked(tmp_path):
    """The section layout of a params file with this optim and these fields."""

    def load(optim=LEAST, **fields):
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump({"base": {"seed": 0}, "layout": {"optim": optim, **fields}}))
        return config.load(stage_params(STAGE), path).layout

    return load


def made(layout, phase=2) -> tuple[Config, Optim]:
    """As the stage does it."""
    planned = laid_over(LAYOUT[phase], layout, layout.optim)
    return filled(Config, layout, planned), filled(Optim, layout.optim, planned)


@pytest.mark.parametrize("phase", [1, 2, 3, 4])
def test_what_params_leave_open_is_as_planned(asked, phase):
    network, optim = made(asked(), phase)
    planned = LAYOUT[phase]
    assert network == Config(width=planned.width, layers=planned.layers, heads=planned.heads, channels=48)
    assert optim == Optim(**LEAST, steps=planned.steps, batch_size=planned.batch_size)


def test_what_params_say_wins(asked):
    layout = asked(
        LEAST | {"steps": 40, "precision": "fp32", "curriculum": {"stages": 2}}, width=64, heads=2, augment=3
    )
    network, optim = made(layout)
    assert (network.width, network.layers, network.heads) == (64, 4, 2)
    assert (optim.steps, optim.batch_size, optim.precision, optim.curriculum.stages) == (
        40,
        LAYOUT[2].batch_size,
        "fp32",
        2,
    )
    assert laid_over(LAYOUT[2], layout, layout.optim).augment == 3


@pytest.mark.parametrize(
    ("optim", "fields", "says"),
    [
        ({"warmup_steps": STEPS}, {}, f"warmup_steps {STEPS} must be fewer than steps {STEPS}.*planned: steps {STEPS}"),
        ({"val_every": 15}, {}, "val_every 15 must be a multiple of log_every 10"),
        ({"warmup_steps": 50, "steps": 50}, {}, "warmup_steps 50 must be fewer than steps 50.*planned: batch_size 8"),
        ({}, {"heads": 3}, "width 128 must be a multiple of heads 3.*planned: width 128, layers 4"),
        ({}, {"width": 112, "heads": 5, "layers": 1}, "width 112 must be a multiple of heads 5"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(asked, optim, fields, says):
    with pytest.raises(UserError, match=says) as error:
        made(asked(LEAST | optim, **fields))
    assert "\n" not in str(error.value) and "params.yaml" in str(error.value)


@pytest.mark.parametrize("optim", [{"steps": 0}, {"batch_size": 0}, {"steps": 1.5}])
def test_what_can_never_be_is_refused_at_once(asked, optim):
    with pytest.raises(UserError, match=f"line .*layout.optim.{next(iter(optim))}"):
        asked(LEAST | optim)


def test_a_warm_up_longer_than_planned_waits_for_the_plan(asked):
    """Only the plan knows how many steps there are: the same params are fine for more pages."""
    layout = asked(LEAST | {"warmup_steps": STEPS + 100})
    assert made(layout, 3)[1].warmup_steps == STEPS + 100
    with pytest.raises(UserError, match=f"fewer than steps {STEPS}"):
        made(layout, 2)
