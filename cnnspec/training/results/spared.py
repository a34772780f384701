"""Files that are read, and those that were learned from: what is written never takes their place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.training.data.places import File, Member
from cnnspec.training.data.rows import Row
from cnnspec.training.results.trained import Trained


def verify_spared(outputs: Iterable[Path], files: Sequence[File]) -> None:
    """Raises UsageError where one of the files that are to be written is one of those that are read, by whatever name."""
    there = [path for path in outputs if path.exists()]
    if not there:  # of many inputs none need be looked at
        return
    read = {_identity(path) for path in set(map(_path_of, files)) if path is not None and path.exists()}
    for path in there:
        if _identity(path) in read:
            raise UsageError(f"-o: {path} is what is read, and would be lost: name another place")


def verify_data_spared(outputs: Iterable[Path], trained: Trained) -> None:
    """Raises UsageError where a mask would take the place of an image or a mask of the data that a network learned from."""
    data = trained.recipe.data
    if not isinstance(data, Pairs):
        return
    folders = {trained.locate(name).resolve() for name in (data.inputs, data.targets) if name is not None}
    for path in outputs:
        if path.exists() and not folders.isdisjoint(path.resolve().parents):
            raise UsageError(f"-o: {path} is part of the data (`{data.keyword}`), and would be lost: name another place")


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
