import pytest

from tests.evaluation.drawing import draw_batch
from unrender.evaluation.pages import Batch


@pytest.fixture
def batch() -> Batch:
    """Six labelled pages."""
    return draw_batch(seed=0, n=6)
