"""One process at a time works in a run folder. No torch."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from cnnspec.diagnostics.problem import UsageError

try:
    import fcntl
except ImportError:  # Windows has none: there nobody is kept out
    fcntl = None  # type: ignore[assignment]


# What file systems of networks say that lock no folders, and systems without any locks: there nobody is kept out either.
_WITHOUT_LOCKS = (errno.EBADF, errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
# Whoever looks whether a process is at work keeps others out for a moment; seconds between tries.
TRIES, PAUSE = 20, 0.01


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Keeps other processes out of a folder, also while its files are replaced. The lock ends with the process.

    Raises UsageError where a process is at work there, FileNotFoundError where whoever was has removed the folder.
    """
    with _opened(path) as folder:
        for _ in range(TRIES):
            if _lock(folder, exclusive=True):
                break
            sleep(PAUSE)
        else:
            raise UsageError(f"{path} is being trained by another process")
        if folder is not None and not os.path.samestat(os.fstat(folder), path.stat()):
            raise FileNotFoundError(f"{path} is another folder by now")
        yield


def is_running(path: Path) -> bool:
    """Returns whether a process is at work in a run folder; others may look at the same time."""
    with _opened(path) as folder:
        return not _lock(folder, exclusive=False)


@contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """Opens a folder where the system can lock one."""
    if fcntl is None:
        yield None
        return
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield folder
    finally:
        os.close(folder)


def _lock(folder: int | None, exclusive: bool) -> bool:
    """Locks a folder until it is closed; returns whether nobody else had done so."""
    if folder is None:
        return True
    try:
        fcntl.flock(folder, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _WITHOUT_LOCKS:
            raise
    return True
