"""metrics.jsonl: what a run measured, one JSON object a line. No torch."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


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
