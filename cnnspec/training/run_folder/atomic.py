"""Files that are either as they were or complete, even if the machine stops in between. No torch."""

from __future__ import annotations

import os
import stat
import tempfile
from glob import escape
from pathlib import Path


def write_bytes(path: Path, data: bytes) -> None:
    """Replaces `path` in one step; raises OSError, in which case what was there before is still there.

    The data goes to a temporary file in the same folder and onto the disk before it takes the name; then the folder itself is
    written, without which a rename may be lost. The file keeps its permissions; a new one gets those of any new file (mkstemp
    alone would give 0600).
    """
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(path))
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_text(path: Path, text: str) -> None:
    """Replaces `path` in one step, in UTF-8."""
    write_bytes(path, text.encode("utf-8"))


def halves(path: Path) -> list[Path]:
    """Returns what processes that were killed left of what was to replace `path`."""
    return list(path.parent.glob(f".{escape(path.name)}.*"))


def sync_folder(folder: Path) -> None:
    """Writes the names in a folder onto the disk, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mode(path: Path) -> int:
    """Returns the permissions of a file, or those that a new one has."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
