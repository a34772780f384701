"""The processes of an attempt find each other, and nothing of an earlier one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import torch.distributed as dist
from torch.distributed.distributed_c10d import Store

from cnnspec.training.processes.meeting import own_store
from cnnspec.training.processes.ranks import Ranks

SOON = timedelta(seconds=60)


def met(store: Store, count: int) -> list[Store]:
    """Returns what so many processes, which are threads here, are given."""
    with ThreadPoolExecutor(count) as threads:
        asked = [threads.submit(own_store, store, Ranks(rank, count), SOON) for rank in reversed(range(count))]
        return [one.result() for one in reversed(asked)]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_all_have_the_same_part(count: int) -> None:
    stores = met(dist.HashStore(), count)
    stores[0].set("word", "heard")
    assert [one.get("word") for one in stores] == [b"heard"] * count


def test_what_earlier_attempts_left_is_not_seen() -> None:
    store = dist.HashStore()
    for attempt, count in enumerate((3, 2, 4, 4)):
        stores = met(store, count)
        assert not stores[-1].check(["address"])
        stores[0].set("address", str(attempt))
        assert [one.get("address") for one in stores] == [str(attempt).encode()] * count


def test_a_question_to_which_nobody_was_there() -> None:
    """It is answered, and its process is still waited for."""
    store = dist.HashStore()
    with pytest.raises(dist.DistError):
        own_store(store, Ranks(1, 2), timedelta(seconds=0.1))
    assert len(met(store, 2)) == 2


def test_one_that_does_not_come() -> None:
    with pytest.raises(dist.DistError, match="process 1 has not come"):
        own_store(dist.HashStore(), Ranks(0, 2), timedelta(seconds=0.1))
