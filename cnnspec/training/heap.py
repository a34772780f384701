"""What the C library does with the memory that a training step frees."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from cnnspec.network.analyses.training_memory import training_memory
from cnnspec.network.network import Network
from cnnspec.training.data.memory import free_memory

# Parameters of mallopt(3), and what stands for "never give memory back".
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4
NEVER = -1

# The values that glibc itself goes up to when a program frees large blocks, and its limit on the number of mappings.
USUAL = {M_TRIM_THRESHOLD: 64 << 20, M_MMAP_THRESHOLD: 32 << 20, M_MMAP_MAX: 65_536}

FLOAT = 4  # bytes
# A layer has other blocks than its output, and glibc keeps those below 32 MiB by itself, in time.
LARGE = 16 << 20
# A heap has gaps, which took 10 to 35 % more memory in trials; how much a step takes is an estimate as well.
ROOM = 2


def heap_for(network: Network, samples: int, processes: int = 1) -> AbstractContextManager[None]:
    """Returns `kept_heap()` where it pays: where a layer gives a large block for so many samples, and memory has room."""
    pays = FLOAT * samples * network.largest >= LARGE
    has_room = ROOM * processes * training_memory(network, FLOAT, samples) <= free_memory()
    return kept_heap() if pays and has_room else nullcontext()


@contextmanager
def kept_heap() -> Iterator[None]:
    """Keeps freed memory for the next step, and gives it back to the system at the end; does so with glibc only.

    A step frees its activations, of which glibc returns large ones at once; the next step gets them anew, and the system fills
    every page of them with zeros first: on a CPU that is up to a third of the time. Whoever has set how memory is allocated
    through the environment is left alone.
    """
    allocator = _glibc()
    if allocator is None:
        yield
        return
    allocator.mallopt(M_TRIM_THRESHOLD, NEVER)
    allocator.mallopt(M_MMAP_MAX, 0)
    try:
        yield
    finally:
        for parameter, value in USUAL.items():
            allocator.mallopt(parameter, value)
        allocator.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    is_set = any(name.startswith("MALLOC_") for name in os.environ) or "glibc.malloc" in os.environ.get("GLIBC_TUNABLES", "")
    if is_set or platform.libc_ver()[0] != "glibc":
        return None
    return ctypes.CDLL(None)
