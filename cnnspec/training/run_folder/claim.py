"""A folder for a new run, which belongs to one process from the moment it is there. No torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder.atomic import sync_folder
from cnnspec.training.run_folder.lock import TRIES, alone_in
from cnnspec.training.run_folder.names import BEGINNING, RUNS, is_run


@contextmanager
def claimed(out: Path | None, name: str) -> Iterator[Path]:
    """Makes a folder where a run can begin, and keeps other processes out of it; a failure that leaves it empty removes it.

    Without `out` it is `runs/<name>-<n>` with the first `n` that is free. Raises UsageError where another process has `out`, it
    is a file or not empty (what is left of a process that was killed while it began a run does not count), OSError where no
    folder can be made.
    """
    with ExitStack() as held:
        path = _numbered(name) if out is None else out
        _take(path, held)
        if any(path.iterdir()) and not _is_beginning(path):
            raise UsageError(f"{path} exists and is not empty: name another folder with --out")
        try:
            yield path
        except BaseException:
            with suppress(OSError):  # not empty
                path.rmdir()
                if path.parent == RUNS:
                    RUNS.rmdir()
            raise


def _take(path: Path, held: ExitStack) -> None:
    """Makes a folder where there is none, and locks it; raises UsageError where a file is in the way."""
    for _ in range(TRIES):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            file = next((place for place in (path, *path.parents) if place.is_symlink() or place.exists()), path)
            raise UsageError(f"{file} is no folder, and a run needs one: name another with --out") from None
        with suppress(FileNotFoundError):  # another process made it, failed, and removed it again
            held.enter_context(alone_in(path))
            return
    raise UsageError(f"{path} is removed by another process")


def _numbered(name: str) -> Path:
    """Returns the first folder in `runs` that was free, and is there now."""
    RUNS.mkdir(exist_ok=True)
    number = 1
    while True:
        path = RUNS / f"{name}-{number}"
        try:
            path.mkdir()  # fails where another run was faster
        except FileExistsError:
            number += 1
            continue
        sync_folder(RUNS)
        return path


def _is_beginning(path: Path) -> bool:
    """Returns whether a folder holds what a process has left that was killed while it made a run folder."""
    return (path / BEGINNING).is_file() and not is_run(path)
