import pytest
from hypothesis import given
from hypothesis import strategies as st

from unrender.training.optim import Curriculum
from unrender.training.order import Order, derive


def order(size: int = 10, batch_size: int = 4, batches: int = 20, seed: int = 0, **curriculum) -> Order:
    return Order(list(range(size))[::-1], batch_size, batches, seed, Curriculum(**curriculum))


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 99))
def test_each_example_once_before_any_comes_again(size: int, batch_size: int, seed: int) -> None:
    found = order(size, batch_size, 20, seed)
    drawn = [i for n in range(20) for i in found[n]]
    for start in range(0, len(drawn) - size + 1, size):
        assert sorted(drawn[start : start + size]) == list(range(size))


def test_a_batch_depends_on_seed_and_position_alone() -> None:
    late = order()[17]
    passed = order()
    assert [passed[n] for n in range(20)][17] == late
    assert order(seed=1)[17] != late


def test_the_curriculum_goes_from_easy_to_all() -> None:
    """Difficulty is 9 - index, so the easiest five are 5..9."""
    found = order(batch_size=5, batches=20, stages=2, share=0.5)
    for n in range(5):
        assert sorted(found[n]) == [5, 6, 7, 8, 9]
    assert [found.stage(n) for n in (0, 4, 5, 19)] == [0, 0, 1, 1]
    assert sorted(found[5] + found[6]) == list(range(10))


@given(st.integers(1, 6), st.integers(1, 60), st.floats(0.1, 1.0), st.integers(1, 20))
def test_every_stage_draws_from_its_pool(stages: int, batches: int, share: float, size: int) -> None:
    found = order(size, 3, batches, stages=stages, share=share)
    seen = [found.stage(n) for n in range(batches)]
    assert seen == sorted(seen)
    for n in range(batches):
        easiest = set(found.easiest_first[: found.pool(found.stage(n))])
        assert set(found[n]) <= easiest
        assert n >= found.first(found.stage(n))
    assert found.pool(stages - 1) == size


@pytest.mark.parametrize("size", [1, 2, 7])
def test_processes_share_a_batch_without_overlap(size: int) -> None:
    batch = order(20, 14)[3]
    shares = [batch[rank::size] for rank in range(size)]
    assert sorted(i for share in shares for i in share) == sorted(batch)


def test_seeds_for_different_purposes_differ() -> None:
    assert len({derive(0, "step", 1), derive(0, "step", 2), derive(0, "noise", 1), derive(1, "step", 1)}) == 4
    assert derive(0, "step", 12) == derive(0, "step", 12) < 2**63
