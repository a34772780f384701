"""How many threads of the CPU a training step is worth."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# Multiply-accumulates of one forward pass on a batch. Below this a second thread gains next to nothing on an idle machine, and
# on a busy one each of the many small operations waits until all threads have had their turn: up to fifty times as long.
SMALL_STEP = 40_000_000


@contextmanager
def threads_for(macs: int) -> Iterator[None]:
    """Computes small steps with one thread, others with as many as torch has; where OMP_NUM_THREADS is set, it decides."""
    before = torch.get_num_threads()
    if macs >= SMALL_STEP or "OMP_NUM_THREADS" in os.environ:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
