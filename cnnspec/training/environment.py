"""What a process is set to while it trains, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from cnnspec.training.device import own_random_numbers
from cnnspec.training.heap import heap_for
from cnnspec.training.processes.connection import joined
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.run_folder.stored_run import StoredRun
from cnnspec.training.short_memory import told_of_memory
from cnnspec.training.threads import threads_for
from cnnspec.training.usual_torch import usual_torch


@contextmanager
def environment(stored: StoredRun, ranks: Ranks) -> Iterator[None]:
    """Prepares the process for a run: torch's modes, random numbers, threads, memory, and connection to other processes.

    Raises UsageError where what happens within runs out of memory.
    """
    network, share = stored.network, stored.recipe.batch // ranks.count
    run = stored.options.out if stored.path == Path() else stored.path  # a new run has no folder in all processes but one
    heap, told = heap_for(network, share, ranks.count), _told_of_steps(share, ranks)
    with usual_torch(), own_random_numbers(), threads_for(network.macs * share), heap, joined(ranks, run), told:
        yield


def _told_of_steps(samples: int, ranks: Ranks) -> AbstractContextManager[None]:
    """Says what takes less memory where there is too little of it for a step."""
    steps = f"steps of {samples:,} samples" + ("" if ranks.is_alone else " in each process")
    return told_of_memory(steps, "lower `batch` (`accumulate` keeps the step as large), or make the network smaller")
