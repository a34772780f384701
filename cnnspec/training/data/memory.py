"""How much data is kept in memory."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

# Of the machine's memory: what is left is for the copies that are made on the way, for the network, and for others.
SHARE = 0.4


def fits_in_memory(size: int) -> bool:
    """Returns whether so many bytes of decoded images are kept: up to 40 % of the machine's memory."""
    return size <= SHARE * memory()


def memory() -> int:
    """Returns how many bytes of memory the machine has, or a container is given (cgroup v2); on Windows, no limit."""
    machine = sys.maxsize
    with suppress(AttributeError, OSError, ValueError):  # there is no such call, or it does not know
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # there is no such file, or it says `max`
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return machine


def free_memory() -> int:
    """Returns how many bytes are free: what the kernel can give without swapping, or what is left to a container (cgroup v2).

    Where neither is told (macOS, Windows), all of `memory` is what may be free.
    """
    found = memory()
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text().splitlines()
        found = min(found, 1024 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")))
    with suppress(OSError, ValueError, StopIteration):
        group = Path("/sys/fs/cgroup")
        lines = (group / "memory.stat").read_text().splitlines()
        cached = next(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
        used = int((group / "memory.current").read_text())
        found = min(found, int((group / "memory.max").read_text()) - used + cached)
    return found
