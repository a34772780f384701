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
    levels = required(data, "levels", float)
    if not 0 < levels < math.inf:
        raise ValueError(f"`levels` is {levels}")
    mean, std = (_numbers(name, required(data, name, list)) for name in ("mean", "std"))
    if len(mean) != len(std):
        raise ValueError("`mean` and `std` are not for as many channels")
    if min(std) <= 0:
        raise ValueError(f"`std` is {min(std)}")
    columns = optional(data, "columns", dict)
    if columns is not None:
        required(columns, "inputs", list)
        required(columns, "target", str)
    required(result, "best_epoch", int)


def _numbers(name: str, values: list[Any]) -> list[float]:
    """Returns one number for each channel; each is in a list for each other axis of a sample."""
    return [_number(name, value) for value in values] or [_number(name, None)]


def _number(name: str, value: Any) -> float:
    while isinstance(value, list) and len(value) == 1:
        (value,) = value
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"`{name}` is not a finite number for each channel")
    return value
