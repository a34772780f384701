"""What the C library does with the memory that a training step frees."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of mallopt(3), and what stands for "never give memory back".
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX = -1, -3, -4
NEVER = -1

# The values that glibc itself goes up to when a program frees large blocks, and its limit on the number of mappings.
USUAL = {M_TRIM_THRESHOLD: 64 << 20, M_MMAP_THRESHOLD: 32 << 20, M_MMAP_MAX: 65_536}


@contextmanager
def kept_heap() -> Iterator[None]:
    """Keeps freed memory for the next step, and gives it back to the system at the end; does so with glibc only.

    A step frees all its activations, of which glibc returns the large ones at once; the next step gets them anew, and the
    system fills every page of them with zeros first. On a CPU that takes up to a third of the time of small networks. Whoever
    has set how memory is allocated through the environment is left alone.
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
