"""One process at a time works in a run folder. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder.folder import SETTINGS

try:
    import fcntl
except ImportError:  # Windows has none: there nobody is kept out
    fcntl = None  # type: ignore[assignment]


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keeps other processes out of a run folder; raises UsageError where one is at work. The lock ends with the process."""
    with open(path / SETTINGS, "rb") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(f"{path} is being trained by another process") from None
        yield


def is_running(path: Path) -> bool:
    """Returns whether a process is at work in a run folder."""
    try:
        with alone_in(path):
            return False
    except UsageError:
        return True
