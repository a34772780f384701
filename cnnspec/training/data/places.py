"""Folders of files: those of the file system, and those in a zip file."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias

from cnnspec.training.data.piped import Piped
from cnnspec.training.data.rows import Row
from cnnspec.training.problems import DataBroken, DataMissing, TrainingError

HIDDEN = (".", "__MACOSX", "@eaDir", "$RECYCLE.BIN")  # beginnings of names that systems leave behind beside one's own files


@dataclass(frozen=True)
class Member:
    """A file in a zip file."""

    archive: Path
    name: str

    @property
    def suffix(self) -> str:
        return Path(_path(self.name)).suffix

    @property
    def stem(self) -> str:
        return Path(_path(self.name)).stem

    def open(self, mode: str = "rb") -> BinaryIO:
        """Returns the content as a file; raises OSError."""
        try:
            return io.BytesIO(_opened(self.archive).read(self.name))
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
            raise OSError(f"it cannot be read: {error}") from None

    def __str__(self) -> str:
        return f"{self.archive}/{self.name}"


File: TypeAlias = Path | Member | Piped | Row


class Place(Protocol):
    """A folder."""

    def folders(self) -> dict[str, Place]:
        """Returns the folders in it by name, sorted; hidden ones do not count. All names can be written as UTF-8."""
        ...

    def files(self) -> Sequence[File]:
        """Returns the files in it, sorted by name; hidden ones do not count."""
        ...


@dataclass(frozen=True)
class Folder:
    """A folder of the file system."""

    path: Path

    def folders(self) -> dict[str, Place]:
        """Returns the folders in it."""
        names = (name for name, is_folder in self._entries() if is_folder and not self._is_above(name))
        return {_in_unicode(name): Folder(self.path / name) for name in names}

    def files(self) -> Sequence[File]:
        """Returns the files in it, and links that lead nowhere: whoever opens one is told."""
        return [self.path / name for name, is_folder in self._entries() if not is_folder]

    def __str__(self) -> str:
        return str(self.path)

    def _entries(self) -> list[tuple[str, bool]]:
        """Returns the names in it, sorted, and whether each is a folder, which most systems tell without a look at it."""
        with os.scandir(self.path) as entries:
            return sorted((entry.name, entry.is_dir()) for entry in entries if not entry.name.startswith(HIDDEN))

    def _is_above(self, name: str) -> bool:
        """Returns whether a folder in it is a link to one that it lies in, where whoever goes down would never arrive."""
        inner, here = self.path / name, self.path.absolute()
        return inner.is_symlink() and inner.resolve() in {above.resolve() for above in (here, *here.parents)}


@dataclass
class ZipFolder:
    """A folder in a zip file, or the zip file itself (`name` is empty)."""

    archive: Path
    name: str
    inner: dict[str, ZipFolder] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)

    def folders(self) -> dict[str, Place]:
        """Returns the folders in it."""
        return {name: self.inner[name] for name in sorted(self.inner) if not name.startswith(HIDDEN)}

    def files(self) -> Sequence[File]:
        """Returns the files in it."""
        return sorted(self.members, key=lambda member: member.name)

    def __str__(self) -> str:
        return f"{self.archive}/{self.name}".rstrip("/")


def _in_unicode(name: str) -> str:
    """Returns a name as text, whose bytes need not be UTF-8: what is not is escaped, `\\xe9` of a name in Latin-1."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def place_at(path: Path) -> Place:
    """Returns a folder, or what is in a zip file; raises TrainingError where there is neither."""
    if path.is_dir():
        return Folder(path)
    if path.is_file() and path.suffix.lower() == ".zip":
        return _zip_folder(path)
    raise TrainingError(DataMissing(f"there is no folder {path}, nor a zip file of this name"))


def _zip_folder(path: Path) -> ZipFolder:
    """Returns the contents of a zip file."""
    root = ZipFolder(path, "")
    try:
        names = _opened(path).namelist()
    except (OSError, zipfile.BadZipFile) as error:
        raise TrainingError(DataBroken(f"{path} is no zip file that can be read: {error}")) from None
    for name in names:
        *parents, last = _path(name).split("/")
        folder = root
        for parent in parents:
            folder = folder.inner.setdefault(parent, ZipFolder(path, f"{folder.name}{parent}/"))
        if last and not last.startswith("."):
            folder.members.append(Member(path, name))
    return root


def _path(name: str) -> str:
    """Returns the name of a file in a zip file, in which some programs for Windows write backslashes."""
    return name.replace("\\", "/")


def _opened(path: Path) -> zipfile.ZipFile:
    """Returns a zip file as it is now; raises OSError and BadZipFile."""
    found = os.stat(path)
    # Each process has a handle of its own: those that share one share its position, too.
    return _opened_once(path, os.getpid(), (found.st_ino, found.st_size, found.st_mtime_ns))


@lru_cache(maxsize=8)
def _opened_once(path: Path, process: int, state: tuple[int, int, int]) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)
