"""metrics.jsonl: what a run measured, one JSON object a line. No torch."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Line: TypeAlias = Mapping[str, Any]


class Metrics:
    """A file that grows by lines, and can be taken back to an earlier length, so that each line is in it once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, line: Mapping[str, Any]) -> None:
        """Adds a line, all of it or (where the disk is full) a part, which `cut` takes away again."""
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(json.dumps({name: known(value) for name, value in line.items()}) + "\n")

    def length(self) -> int:
        """Returns the length of the file in bytes."""
        return self._path.stat().st_size if self._path.exists() else 0

    def sync(self) -> None:
        """Waits until all of it is on the disk."""
        with open(self._path, "ab") as file:
            os.fsync(file.fileno())

    def cut(self, length: int) -> bool:
        """Takes away what is behind `length` bytes; returns whether there were as many."""
        with open(self._path, "ab") as file:
            found = file.tell()
            file.truncate(min(length, found))
        return found >= length


def known(value: Any) -> Any:
    """Returns a value as JSON can hold it: numbers that are not finite are none."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def best_epoch(lines: Sequence[Line]) -> Line | None:
    """Returns the epoch whose weights a run keeps as the best: by accuracy or loss on the test part, else by training loss."""
    known = [line for line in lines if line.get(_rank_key(line)) is not None]
    return max(known, key=lambda line: line[_rank_key(line)] * (1 if _rank_key(line) == "test_acc" else -1), default=None)


def _rank_key(line: Line) -> str:
    return next((key for key in ("test_acc", "test_loss") if key in line), "loss")


def epoch_lines(path: Path) -> list[Line]:
    """Returns the lines of whole epochs; a last line that is not all there yet does not count."""
    try:
        texts = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return []
    lines: list[Line] = []
    for text in texts:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "epoch" in line and "step" not in line:
            lines.append(line)
    return lines
