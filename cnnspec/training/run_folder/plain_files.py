"""Files read only where they are plain ones: a pipe or a device in the place of a file would never come to an end. No torch."""

from __future__ import annotations

import errno
import hashlib
import stat
from pathlib import Path


def plain_bytes(path: Path) -> bytes:
    """Returns what is in a file; raises OSError where it cannot be read, or is no plain file, nor a link to one."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no plain file", str(path))
    return path.read_bytes()


def sha256(path: Path) -> str:
    """Returns the SHA-256 sum of a file, as `sha256sum` prints it."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
