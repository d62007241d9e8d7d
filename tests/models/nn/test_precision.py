"""Where half precision is used."""

import pytest
import torch

from unrender.models.nn.precision import bfloat16_pays
from unrender.training.scores import autocast


@pytest.mark.parametrize(("precision", "rough"), [("fp32", False), ("bf16", True), ("auto", bfloat16_pays())])
def test_what_a_product_is_computed_in(precision, rough):
    with autocast(precision, torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == (torch.bfloat16 if rough else torch.float32)
