"""How much data is kept in memory."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

# Of the machine's memory: what is left is for the copies that are made on the way, for the network, and for others.
SHARE = 0.4


def fits_in_memory(size: int) -> bool:
    """Returns whether so many bytes of decoded images are kept: up to 40 % of the machine's memory."""
    return size <= SHARE * memory()


def memory() -> int:
    """Returns how many bytes of memory the machine has, or a container is given."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # there is no such file, or it says `max`
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return machine
