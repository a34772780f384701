"""metrics.jsonl: what a run measured, one JSON object a line. No torch."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from cnnspec.training.run_folder.atomic import write_bytes
from cnnspec.training.run_folder.plain_files import plain_bytes
from cnnspec.training.run_folder.stored_json import broken, optional, parsed, required

Line: TypeAlias = Mapping[str, Any]


class Mark(NamedTuple):
    """A length in bytes, and the SHA-256 sum of so many."""

    length: int
    sha256: str


BEGINNING = Mark(0, hashlib.sha256().hexdigest())


class Metrics:
    """A file that grows by lines, and can be taken back to an earlier length, so that each line is in it once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sum: Any = None  # of the first `_length` bytes, once somebody has asked for it: reading them again takes its time
        self._length = 0

    def append(self, line: Mapping[str, Any]) -> None:
        """Adds a line, all of it or (where the disk is full) a part, which `go_back` takes away again."""
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(_text(line))
        if self._sum is not None:
            self._add(_text(line).encode())

    def mark(self) -> Mark:
        """Returns how far the file is, and the sum of all that is in it."""
        if self._sum is None:
            self._sum, self._length = hashlib.sha256(), 0
            self._add(self._read())
        return Mark(self._length, self._sum.hexdigest())

    def sync(self) -> None:
        """Waits until all of it is on the disk."""
        with open(self._path, "ab") as file:
            os.fsync(file.fileno())

    def go_back(self, mark: Mark, epochs: Iterable[Line]) -> bool:
        """Takes away what is behind a mark; returns whether all before it was as it had been.

        Where it was not, the lines of the epochs are written anew; those between them are lost.
        """
        self._sum = None
        data = self._read()[: mark.length]
        if hashlib.sha256(data).hexdigest() == mark.sha256:
            with open(self._path, "ab") as file:
                file.truncate(mark.length)
            return True
        write_bytes(self._path, "".join(map(_text, epochs)).encode())
        return False

    def _add(self, data: bytes) -> None:
        self._sum.update(data)
        self._length += len(data)

    def _read(self) -> bytes:
        return plain_bytes(self._path) if self._path.exists() else b""


def _text(line: Line) -> str:
    return json.dumps({name: known(value) for name, value in line.items()}) + "\n"


def known(value: Any) -> Any:
    """Returns a value as JSON can hold it: numbers that are not finite are none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def best_epoch(lines: Sequence[Line]) -> Line | None:
    """Returns the epoch whose weights a run keeps as the best, the first of equal ones."""
    return max(lines, key=rank, default=None)


def rank(line: Line) -> float:
    """Returns how good an epoch is, more being better: by accuracy or loss on the test part, else by training loss.

    -inf where that is no number, or none that is finite.
    """
    key = next((key for key in ("test_acc", "test_loss") if key in line), "loss")
    value = known(line.get(key))
    return -math.inf if value is None else value if key == "test_acc" else -value


def epoch_lines(path: Path) -> list[Line]:
    """Returns the lines of whole epochs; a last line that is not all there yet does not count.

    Raises TrainingError for what is no number in one of them, OSError where the file cannot be read.
    """
    try:
        texts = plain_bytes(path).split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    lines = []
    for number, text in enumerate(texts, start=1):
        try:
            line = parsed(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "epoch" in line and "step" not in line:
            lines.append(_epoch_line(line, f"{path}, line {number}"))
    return lines


def _epoch_line(line: Line, place: str) -> Line:
    try:
        required(line, "epoch", int)
        return {name: known(optional(line, name, float)) for name in line}
    except ValueError as error:
        raise broken(f"{place}: {error}") from None
