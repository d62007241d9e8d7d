import torch

from unrender.training.feed import feed
from unrender.training.optim import Curriculum
from unrender.training.order import Order
from unrender.training.team import Team


class Numbered:
    """Items that say which they are, and how many threads made them."""

    difficulty = list(range(12))

    def __len__(self):
        return len(self.difficulty)

    def __getitem__(self, index):
        return {"index": torch.tensor(index).numpy(), "threads": torch.tensor(torch.get_num_threads()).numpy()}


def test_batches_come_in_order_made_by_a_thread_with_one_core():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        order = Order(Numbered.difficulty, 4, 5, 0, Curriculum())
        batches = list(feed(Numbered(), order, 1, 5, Team(), None))
        here = torch.get_num_threads()
    finally:
        torch.set_num_threads(before)
    assert [batch["index"].tolist() for batch in batches] == [list(order[n]) for n in range(1, 5)]
    assert all((batch["threads"] == 1).all() for batch in batches)
    assert here == 2  # the network's own team is as large as it was
