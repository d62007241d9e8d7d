"""What a code is worth that no network wrote.

constant  one code for every page: of a sample of train's, the one that agrees best with the others, word by word
nearest   the code of the training page that looks most alike from afar
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from unrender.evaluation.metrics.code import Words, token_accuracy
from unrender.evaluation.thumbnails import coarse

SAMPLE = 300  # pages of train among which the constant is looked for


@dataclass(frozen=True)
class CodeFloors:
    """The fitted arms."""

    constant: Words
    codes: list[Words]
    pictures: Float[np.ndarray, "m d"]

    def nearest(self, image: UInt8[np.ndarray, "h w 3"]) -> Words:
        """The code of the training page whose picture differs least (mean squared error of the coarse pictures)."""
        return self.codes[int(((self.pictures - coarse(image).ravel()) ** 2).sum(1).argmin())]


def fit_code_floors(pages: Iterable[tuple[Words, UInt8[np.ndarray, "h w 3"]]]) -> CodeFloors:
    """Codes of train, with their pages."""
    codes, pictures = [], []
    for code, image in pages:
        codes.append(code)
        pictures.append(coarse(image).ravel())
    return CodeFloors(medoid(codes), codes, np.stack(pictures))


def medoid(codes: list[Words]) -> Words:
    """Of SAMPLE codes, evenly spread, the one whose words agree with the others' at most places."""
    some = codes[:: max(1, len(codes) // SAMPLE)]
    agreement = [sum(over / under for over, under in (token_accuracy(code, other) for other in some)) for code in some]
    return some[int(np.argmax(agreement))]
