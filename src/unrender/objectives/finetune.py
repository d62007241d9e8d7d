"""Fine-tuning a decoder by its grammar: what it draws is to be read as well put together, and to stay what it was.

The reward goes back through the last steps of the sampler, as in DRaFT-K (Clark et al. 2024) and ReFL (Xu et al. 2023).
"""

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from unrender.diffusion.samplers import ddpm, noise_like
from unrender.models.decoder import Decoder
from unrender.models.drawing import Brief, Guided
from unrender.models.recomputed import Recomputed
from unrender.objectives.boxes import BoxObjective
from unrender.objectives.diffusion import DecoderObjective
from unrender.objectives.reward import Reward

Batch = dict[str, Tensor]


@dataclass(frozen=True)
class FinetuneObjective:
    """objective(model, batch, generator) -> {"loss", "diffusion", "grammar", "distance"}.

    loss = diffusion - grammar_weight x mean predicted grammar of own samples + distance_weight x how far each of their
    last steps lies from what the decoder would have done that it started as.
    """

    start: Decoder  # frozen
    reward: Reward
    diffusion: BoxObjective | DecoderObjective
    grammar_weight: float
    distance_weight: float
    pages: int  # own samples, with briefs and sheets of the batch
    steps: int  # of the sampler
    last: int  # of its steps that gradients go back through

    def __call__(self, model: nn.Module, batch: Batch, generator: Generator) -> dict[str, Tensor]:
        learnt = self.diffusion(model, batch, generator)["loss"]
        decoder = cast(Decoder, getattr(model, "module", model))  # without the wrapper of distributed training
        some = slice(self.pages)
        brief = batch["goal"][some], batch["format"][some], batch["tone"][some]
        counts = batch.get("count", torch.zeros(len(batch["goal"])))  # latents and pixels have none
        sheet = torch.cat([batch["frame"], counts[:, None]], 1)[some]
        drawn, distance = self.drawn(decoder, brief, sheet, generator)
        seeds = torch.randint(2**31, (len(sheet),), generator=generator).tolist()
        luck = [Generator().manual_seed(seed) for seed in seeds]
        grammar = self.reward(decoder, restrained(drawn), sheet, luck).grammar.mean()
        loss = learnt - self.grammar_weight * grammar + self.distance_weight * distance
        return {"loss": loss, "diffusion": learnt, "grammar": grammar, "distance": distance}

    def drawn(
        self, decoder: Decoder, brief: Brief, sheet: Float[Tensor, "n 5"], generator: Generator
    ) -> tuple[Float[Tensor, "n c h w"], Float[Tensor, ""]]:
        """Own samples, and the mean squared distance of their last steps' x_0 from those of `start`."""
        guided, still = Recomputed(decoder, brief, sheet), Guided(self.start, brief, sheet)
        taken, apart = 0, []

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            nonlocal taken
            taken += 1
            if taken <= self.steps - self.last:
                with torch.no_grad():
                    return guided(x, t)
            with torch.no_grad():
                still.before = guided.before
                wanted = still(x, t)
            x0 = guided(x, t)
            apart.append((x0 - wanted).square().mean())
            return x0

        noise = noise_like(torch.empty(len(sheet), *decoder.shape), generator)
        x0 = ddpm(denoise, noise, decoder.schedule, self.steps, generator)
        return x0, torch.stack(apart).mean()


def restrained(drawn: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
    """The same; backward, no page pulls harder than 1 / n. A few would by a thousand times: where two colours meet
    that are nearly one, the refiner's share of ink has a slope without bound."""
    if not drawn.requires_grad:
        return drawn
    same = drawn.clone()
    same.register_hook(lambda pull: pull / (len(pull) * pull.flatten(1).norm(dim=1)).clamp_min(1)[:, None, None, None])
    return same
