"""What to say where a disk is full or a run folder read-only: the last good state, and how the run goes on. No torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError


@contextmanager
def writing(run: Path, last_good: Callable[[], Path | None]) -> Iterator[None]:
    """Raises UsageError where the system does not let the folder of a run be written, and names its last good state.

    `last_good` is asked then, and returns None before the first checkpoint.
    """
    try:
        yield
    except OSError as error:
        reason = f"{_place(error) or run} cannot be written: {error.strerror}"
        raise UsageError(f"{reason}; {what_is_left(run, last_good())}") from None


def what_is_left(run: Path, good: Path | None) -> str:
    """Returns the last good state of a run, and how it goes on."""
    if good is None:
        return f"no state is saved yet; `cnnspec train --resume {run}` begins again"
    return f"the last good state is {good}; `cnnspec train --resume {run}` goes on from it"


def _place(error: OSError) -> Path | None:
    """Returns the file that could not be written, where the system says it; of a temporary file, whose name nobody knows, the
    folder."""
    name = error.filename2 or error.filename  # the second is the new name of what was renamed
    if not isinstance(name, str):
        return None
    return Path(name).parent if Path(name).name.startswith(".") else Path(name)
