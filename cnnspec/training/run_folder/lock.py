"""One process at a time works in a run folder. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import BinaryIO

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder.folder import SETTINGS

try:
    import fcntl
except ImportError:  # Windows has none: there nobody is kept out
    fcntl = None  # type: ignore[assignment]


# Whoever looks whether a process is at work keeps others out for a moment; seconds between tries.
TRIES, PAUSE = 20, 0.01


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keeps other processes out of a run folder; raises UsageError where one is at work. The lock ends with the process."""
    with open(path / SETTINGS, "rb") as file:
        for _ in range(TRIES):
            if _lock(file, exclusive=True):
                break
            sleep(PAUSE)
        else:
            raise UsageError(f"{path} is being trained by another process")
        yield


def is_running(path: Path) -> bool:
    """Returns whether a process is at work in a run folder; others may look at the same time."""
    with open(path / SETTINGS, "rb") as file:
        return not _lock(file, exclusive=False)


def _lock(file: BinaryIO, exclusive: bool) -> bool:
    """Locks a file until it is closed; returns whether nobody else had done so."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
