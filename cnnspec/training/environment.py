"""What a process is set to while it trains, and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.device import own_random_numbers
from cnnspec.training.heap import heap_for
from cnnspec.training.processes.connection import joined
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.run_folder.folder import StoredRun
from cnnspec.training.threads import threads_for
from cnnspec.training.usual_torch import usual_torch


@contextmanager
def environment(stored: StoredRun, ranks: Ranks) -> Iterator[None]:
    """Prepares the process for a run: torch's modes, random numbers, threads, memory, and connection to other processes.

    Raises UsageError where what happens within runs out of memory.
    """
    network, share = stored.network, stored.recipe.batch // ranks.count
    run = stored.options.out if stored.path == Path() else stored.path  # a new run has no folder in all processes but one
    heap, told = heap_for(network, share, ranks.count), _told_of_memory(share, ranks)
    with usual_torch(), own_random_numbers(), threads_for(network.macs * share), heap, joined(ranks, run), told:
        yield


@contextmanager
def _told_of_memory(samples: int, ranks: Ranks) -> Iterator[None]:
    """Says what takes less memory where there is too little of it."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_of_memory(error):
            raise
        where = "" if ranks.is_alone else " in each process"
        raise UsageError(
            f"there is not enough memory for steps of {samples:,} samples{where}: lower `batch` "
            "(`accumulate` keeps the step as large), or make the network smaller"
        ) from error


def _is_of_memory(error: MemoryError | RuntimeError) -> bool:
    """Returns whether memory ran out: torch has an exception of its own for GPUs only."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
