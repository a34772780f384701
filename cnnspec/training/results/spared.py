"""Files that are read, and those that were learned from: what is written never takes their place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data import Data, Folder
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.training.data.places import File, Member
from cnnspec.training.data.rows import Row


def verify_spared(outputs: Iterable[Path], files: Sequence[File]) -> None:
    """Raises UsageError where one of the files that are to be written is one of those that are read, by whatever name."""
    there = [path for path in outputs if path.exists()]
    if not there:  # of many inputs none need be looked at
        return
    read = {_identity(path) for path in set(map(_path_of, files)) if path is not None and path.exists()}
    for path in there:
        if _identity(path) in read:
            raise UsageError(f"{path} is what is read, and would be lost: name another place")


def verify_data_spared(outputs: Iterable[Path], data: Data | None, locate: Callable[[str], Path]) -> None:
    """Raises UsageError where a file that is to be written has the place of one that belongs to a data set.

    That is the file that the set is, one in a folder of images, and one in a class folder. `locate` says where its paths lead.
    """
    for path in (path for path in outputs if path.exists()):
        place = path.resolve()
        around = place.parent.parents if isinstance(data, Folder) else place.parents
        if any(own == place or own in around for own in _own_places(data, locate)):
            raise UsageError(f"{path} is part of the data, and would be lost: name another place")


def _own_places(data: Data | None, locate: Callable[[str], Path]) -> Iterator[Path]:
    names = (data.inputs, data.targets) if isinstance(data, Pairs) else (getattr(data, "path", None),)
    return (locate(name).resolve() for name in names if name is not None)


def _path_of(file: File) -> Path | None:
    """Returns the file of the file system that something is read from; None for what came through a pipe."""
    if isinstance(file, Row):
        return _path_of(file.file)
    if isinstance(file, Member):
        return file.archive
    return file if isinstance(file, Path) else None


def _identity(path: Path) -> tuple[int, int]:
    """Returns what two names of one file have in common."""
    found = os.stat(path)
    return found.st_dev, found.st_ino
