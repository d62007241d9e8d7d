"""A small training as a process of its own: python train_pages.py DATA RUN_DIR OUT. Also runs under torchrun."""

import sys
from functools import partial
from pathlib import Path

import torch

from unrender.artifacts import save_model
from unrender.data.augment import Augment, augmented
from unrender.data.batches import StructureDataset
from unrender.models.encoder import Config, Encoder
from unrender.objectives.encoder import EncoderObjective
from unrender.training import fit as loop
from unrender.training.optim import Curriculum, Optim
from unrender.training.team import assemble

CFG = Optim(
    lr=0.01, steps=40, batch_size=4, accumulate=2, warmup_steps=4, precision="bf16", ema_decay=0.9,
    log_every=4, val_every=8, val_examples=4, curriculum=Curriculum(stages=2),
)  # fmt: skip


def main(data: Path, run_dir: Path, out: Path) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    loop.SAVE_SECONDS = 0.0
    train, val = StructureDataset(data, "train"), StructureDataset(data, "val")
    augment = partial(augmented, config=Augment(colour_jitter=0.01, crop=0.2, soften=0.3))
    model = Encoder(Config(base=4))
    out.mkdir(parents=True, exist_ok=True)
    with assemble() as team:

        def log(step: int, scalars: dict[str, float]) -> None:
            print(f"rank {team.rank} logs step {step}", flush=True)

        shipped = loop.fit(
            model, EncoderObjective(), train, val, CFG,
            seed=7, run_dir=run_dir, fingerprint="f", log=log, augment=augment, team=team,
        )  # fmt: skip
        save_model(out / f"rank{team.rank}.safetensors", dict(shipped.named_parameters()), "encoder", {}, {})
        if team.leads:
            save_model(out / "shipped.safetensors", shipped.state_dict(), "encoder", {}, {})


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
