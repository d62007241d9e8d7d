import pytest
from pydantic import ValidationError

from unrender.training.optim import Optim, falls, lr_at, since_best

BASE = {"lr": 1.0, "steps": 110, "batch_size": 4, "val_every": 10, "log_every": 5, "warmup_steps": 10, "lr_end": 0.01}


@pytest.mark.parametrize(
    ("schedule", "table"),
    [
        ("constant", {0: 0.1, 4: 0.5, 9: 1.0, 10: 1.0, 60: 1.0, 110: 1.0}),
        ("cosine", {0: 0.1, 9: 1.0, 10: 1.0, 60: 0.505, 110: 0.01}),  # half way: (1 + 0.01) / 2
        ("exponential", {0: 0.1, 9: 1.0, 10: 1.0, 60: 0.1, 110: 0.01}),  # half way: sqrt(0.01)
    ],
)
def test_lr_table(schedule: str, table: dict[int, float]) -> None:
    cfg = Optim(**BASE, schedule=schedule)
    assert {step: lr_at(step, cfg) for step in table} == pytest.approx(table)


def test_plateau_falls_after_patience_and_counts_anew() -> None:
    losses = [3.0, 2.0, 2.5, 2.1, 2.0, 1.9, 2.0, 2.0]
    assert [falls(losses[:n], 2) for n in range(9)] == [0, 0, 0, 0, 1, 1, 1, 1, 2]
    cfg = Optim(**BASE, schedule="plateau", plateau_patience=2, plateau_factor=0.1)
    assert lr_at(50, cfg, losses[:3]) == 1.0
    assert lr_at(50, cfg, losses[:4]) == pytest.approx(0.1)
    assert lr_at(50, cfg, losses) == pytest.approx(0.01)


def test_since_best() -> None:
    assert [since_best(losses) for losses in ([], [1.0], [2.0, 1.0], [1.0, 2.0, 1.0])] == [0, 0, 0, 2]


@pytest.mark.parametrize("wrong", [{"val_every": 7}, {"warmup_steps": 110}, {"lr": 0.0}, {"schedule": "cosin"}])
def test_nonsense_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        Optim(**(BASE | wrong))
