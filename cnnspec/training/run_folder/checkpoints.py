"""The folder of checkpoints: what is kept in it, and which of them a run goes on from."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder.atomic import sync_folder, write_bytes
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.plain_files import plain_bytes
from cnnspec.training.run_folder.sealed import seal, unseal
from cnnspec.training.run_folder.unwritable import what_is_left

KEPT = 2  # the newest ones; that of the best epoch is kept as well
_NAME = re.compile(r"epoch-(\d+)(?:-step-(\d+))?\.safetensors")


class Checkpoints:
    """Files such as `epoch-0003.safetensors`, written after epoch 3, and `epoch-0004-step-000120.safetensors`, amid epoch 4."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, checkpoint: Checkpoint) -> Path:
        """Returns the file that now holds a checkpoint, whole and on the disk, and removes those that are not kept.

        Raises OSError, in which case all that was there is still there.
        """
        if not self._folder.is_dir():
            self._folder.mkdir()
            sync_folder(self._folder.parent)
        path = self._folder / _name(checkpoint)
        write_bytes(path, seal(checkpoint.tensors, checkpoint.facts))
        self._prune(checkpoint)
        return path

    def newest_first(self) -> Iterator[tuple[Path, Checkpoint | ValueError | OSError]]:
        """Yields all checkpoints; in their place ValueError for a file that is not whole, OSError for one that cannot be read
        (or for the folder), which may well be whole.
        """
        try:
            paths = self.paths()
        except OSError as error:
            yield self._folder, error
            return
        for path in reversed(paths):
            yield path, _read(path)

    def paths(self) -> list[Path]:
        """Returns the files, oldest first; raises OSError where the folder cannot be read, or what has its name is none."""
        if not self._folder.is_dir() and os.path.lexists(self._folder):  # such as a link to a disk that is not mounted
            raise NotADirectoryError(errno.ENOTDIR, "it is no folder, nor leads to one", str(self._folder))
        found = self._folder.iterdir() if self._folder.is_dir() else ()
        return sorted((path for path in found if _NAME.fullmatch(path.name)), key=_place)

    def newest(self) -> Path | None:
        """Returns the newest file, None where there is none, or nobody can tell."""
        try:
            return next(reversed(self.paths()), None)
        except OSError:
            return None

    def remove_halves(self) -> None:
        """Removes what a killed process left half-written, as far as it can be: it is in nobody's way."""
        for path in self._folder.glob(".epoch-*.safetensors.*"):
            with suppress(OSError):
                path.unlink()

    def go_back(self, path: Path | None) -> None:
        """Removes all that is later than the checkpoint that a run goes on from, or all where there is none: the damaged ones.
        Raises UsageError where that fails, OSError where the folder cannot be read.

        They would count as the newest, for which those that the run writes from here on had to make room.
        """
        for later in reversed(self.paths()):
            if later == path:
                return
            try:
                later.unlink()
            except OSError as error:
                left = what_is_left(self._folder.parent, path)
                raise UsageError(f"{later} cannot be removed: {error.strerror}; {left}") from None

    def _prune(self, newest: Checkpoint) -> None:
        best = newest.facts["best"]
        kept = None if best is None else self._folder / f"epoch-{best['epoch']:04}.safetensors"
        for path in self.paths()[:-KEPT]:
            if path != kept:
                path.unlink()


def _read(path: Path) -> Checkpoint | ValueError | OSError:
    try:
        return Checkpoint(*unseal(plain_bytes(path)))
    except (ValueError, OSError) as error:
        return error


def _name(checkpoint: Checkpoint) -> str:
    epoch, steps = checkpoint.facts["epoch"], checkpoint.facts["steps"]
    return f"epoch-{epoch:04}-step-{steps:06}.safetensors" if steps else f"epoch-{epoch - 1:04}.safetensors"


def _place(path: Path) -> tuple[int, int]:
    """Returns the epoch that a checkpoint is in, and the steps taken in it."""
    match = _NAME.fullmatch(path.name)
    assert match is not None
    epoch, steps = match.groups()
    return (int(epoch) + 1, 0) if steps is None else (int(epoch), int(steps))
