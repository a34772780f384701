"""What a process is set to while it trains, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cnnspec.training.device import own_random_numbers
from cnnspec.training.heap import heap_for
from cnnspec.training.processes.connection import joined
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.run_folder.folder import StoredRun
from cnnspec.training.threads import threads_for


@contextmanager
def environment(stored: StoredRun, ranks: Ranks) -> Iterator[None]:
    """Prepares the process for a run: its random numbers, threads, memory, and connection to the other processes."""
    network, share = stored.network, stored.recipe.batch // ranks.count
    heap = heap_for(network, share, ranks.count)
    with own_random_numbers(), threads_for(network.macs * share), heap, joined(ranks):
        yield
