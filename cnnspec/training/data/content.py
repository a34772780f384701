"""By what data is known again that a program hands over a second time. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

_PIECE = 16 * 2**20  # bytes at a time: arrays need not lie in memory as they are summed


def content_sum(arrays: Mapping[str, Any]) -> str:
    """Returns a SHA-256 sum of the names, kinds, shapes and contents of numpy's arrays."""
    found = hashlib.sha256()
    for name, array in arrays.items():
        found.update(f"{name} {array.dtype.str} {array.shape};".encode())
        rows = array.reshape(1) if array.ndim == 0 else array
        each = max(1, _PIECE // max(1, rows[:1].nbytes))
        for start in range(0, len(rows), each):
            found.update(rows[start : start + each].tobytes())
    return found.hexdigest()
