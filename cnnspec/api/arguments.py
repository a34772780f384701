"""Arguments of the wrong kind are refused at once, by name, before anything is read or written."""

from __future__ import annotations

import math
import numbers
import operator
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def whole_number(name: str, value: Any, least: int) -> int | None:
    """Returns an integer (numpy's, too), or None as it is; raises TypeError, and ValueError for one below `least`."""
    if value is None:
        return None
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} takes an integer, not {value!r}")
    number = operator.index(value)
    if number < least:
        raise ValueError(f"{name} takes an integer from {least} on, not {number}")
    return number


def number(name: str, value: Any, least: float) -> float:
    """Returns a finite number; raises TypeError, and ValueError for one below `least`."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):  # numpy's, too
        raise TypeError(f"{name} takes a number, not {value!r}")
    if not (math.isfinite(value) and float(value) >= least):
        raise ValueError(f"{name} takes a number from {least:g} on, not {value}")
    return float(value)


def share(name: str, value: Any) -> float:
    """Returns a number from 0 to below 1; raises TypeError, and ValueError for others."""
    found = number(name, value, 0)
    if found >= 1:
        raise ValueError(f"{name} takes a share of the samples, from 0 to below 1, not {value}")
    return found


def switch(name: str, value: Any) -> bool:
    """Returns True or False; raises TypeError for anything else."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} takes True or False, not {value!r}")
    return value


def word(name: str, value: Any, example: str) -> str:
    """Returns a string; raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{name} takes a string such as {example!r}, not {value!r}")
    return value


def device(value: Any) -> str:
    """Returns `auto` (for None, too), `cpu`, `cuda:1` or what a torch.device says so; raises TypeError for anything else."""
    if value is None:
        return "auto"
    is_device = type(value).__module__ == "torch" and type(value).__name__ == "device"  # without importing torch
    if is_device and value.type == "cpu":
        return "cpu"  # there is only one, whatever number it is given
    return str(value) if is_device else word("device", value, "cuda:0")


def path(name: str, value: Any) -> Path | None:
    """Returns a path, or None as it is; raises TypeError for anything else."""
    if value is not None and not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} takes a path, not {value!r}")
    return None if value is None else Path(value)


def callback(name: str, value: Any) -> Any:
    """Returns what can be called, or None as it is; raises TypeError for anything else."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} takes a function, not {value!r}")
    return value


def settings(value: Any) -> Mapping[str, Any] | list[str]:
    """Returns settings by name, or as texts (`train.optimizer.lr=0.1`); raises TypeError for anything else."""
    if value is None:
        return {}
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        for name, given in value.items():
            if _is_number_in_quotes(name, given):
                raise TypeError(f"set takes a number for {name!r}, not the string {given!r}: leave out the quotes")
        return value
    if isinstance(value, list | tuple) and all(isinstance(text, str) for text in value):
        for text in value:
            if text.startswith("--set"):
                raise TypeError(f"set takes texts such as 'train.batch=16', not {text!r}: leave out `--set`")
        return list(value)
    raise TypeError(f"set takes values by name, such as {{'train.optimizer.lr': 0.1}}, not {value!r}")


def _is_number_in_quotes(name: str, value: Any) -> bool:
    """Returns whether a line of `train` with one value, such as `train.batch`, is given a string that is a number."""
    if not isinstance(value, str) or not name.startswith("train.") or name.count(".") > 1:
        return False
    try:
        float(value)
    except ValueError:
        return False
    return True
