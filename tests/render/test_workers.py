import os

import pytest

from unrender.render.workers import spread


def squares(some):
    return [(os.getpid(), number**2) for number in some]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_order_and_number_do_not_depend_on_the_workers(workers, count):
    made = list(spread(squares, range(count), 2, __name__, workers))
    assert [number for _, number in made] == [number**2 for number in range(count)]
    here = {process for process, _ in made} <= {os.getpid()}
    assert here == (workers == 1 or not count)  # others do the work, where there are any


def test_a_fault_in_a_worker_reaches_the_caller():
    with pytest.raises(TypeError):
        list(spread(squares, ["a"], 1, __name__, 2))
