"""What manifest.json has to say, so that weights, classes and constants can be taken from a run. No torch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cnnspec.training.run_folder.stored_json import optional, required


def verify_manifest(found: Mapping[str, Any], weights: str) -> None:
    """Raises ValueError where a manifest does not say what came of a run: sums, that of the file `weights` among them, how its
    data was scaled, its classes and its best epoch."""
    sums, data, result = (required(found, name, dict) for name in ("files", "data", "result"))
    for name in sums:
        required(sums, name, str)
    required(sums, weights, str)
    for name in optional(data, "classes", list) or []:
        if not isinstance(name, str):
            raise ValueError("`classes` has a name that is not text")
    for name in ("levels", "white"):
        value = required(data, name, float) if name in data or name == "levels" else 1.0  # runs of before know no `white`
        if not 0 < value < math.inf:
            raise ValueError(f"`{name}` is {value}")
    _, std = (_numbers(name, data.get(name)) for name in ("mean", "std"))
    if not std or _form(data["mean"]) != _form(data["std"]):
        raise ValueError("`mean` and `std` are not for as many channels")
    if min(std) <= 0:
        raise ValueError(f"`std` is {min(std)}")
    kinds: dict[str, Any] = {"train": int, "test": int, "content": list}
    for part, kind in kinds.items():
        if part in data:  # which runs of before do not tell
            required(data, part, kind)
    columns = optional(data, "columns", dict)
    if columns is not None:
        required(columns, "inputs", list)
        required(columns, "target", str)
    required(result, "best_epoch", int)


def _numbers(name: str, value: Any) -> list[float]:
    """Returns the numbers of lists in lists: one for each channel, for each number of a sample, or one for all of them."""
    if isinstance(value, list):
        return [number for inner in value for number in _numbers(name, inner)]
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"`{name}` is not a finite number for each channel")
    return [value]


def _form(value: Any) -> Any:
    """Returns lists in lists without their numbers."""
    return list(map(_form, value)) if isinstance(value, list) else None
