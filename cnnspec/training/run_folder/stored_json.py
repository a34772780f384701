"""The JSON of a run folder, read back with the shape in which it was written. No torch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from cnnspec.training.problems import RunBroken, TrainingError
from cnnspec.training.run_folder.plain_files import plain_bytes

Value = TypeVar("Value", str, bool, int, float, dict[str, Any], list[Any])
_KINDS: dict[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    dict: "an object",
    list: "a list",
}
_DIGITS = 300  # so many a float can hold


def read_json(path: Path) -> dict[str, Any]:
    """Returns the object in a file; raises TrainingError where it is missing or holds anything else, OSError where it cannot be
    read."""
    try:
        found = parsed(plain_bytes(path))
    except FileNotFoundError:
        raise broken(f"{path} is missing: the run did not finish") from None
    except ValueError as error:
        raise broken(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise broken(f"{path} is not a JSON object")
    return found


def parsed(data: bytes) -> Any:
    """Returns what JSON in UTF-8 says; raises ValueError for anything else, and for what is nested deeper than Python can read.

    Whole numbers beyond the largest float are infinite, as others are by themselves.
    """
    try:
        return json.loads(data.decode("utf-8"), parse_int=_whole)
    except json.JSONDecodeError as error:
        words = (
            "it begins with a byte order mark" if data.startswith(b"\xef\xbb\xbf") else error.msg[:1].lower() + error.msg[1:]
        )
        raise ValueError(f"{words} (line {error.lineno}, column {error.colno})") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def required(facts: Mapping[str, Any], name: str, kind: type[Value]) -> Value:
    """Returns a value of an object; raises ValueError where it is missing or no `kind`. Whole numbers are numbers."""
    if name not in facts:
        raise ValueError(f"`{name}` is missing")
    value = facts[name]
    fits = isinstance(value, int | float if kind is float else kind) and isinstance(value, bool) == (kind is bool)
    if not fits:
        raise ValueError(f"`{name}` is not {_KINDS.get(kind) or kind}")
    found: Value = value
    return found


def optional(facts: Mapping[str, Any], name: str, kind: type[Value]) -> Value | None:
    """Returns a value of an object, None where there is none; raises ValueError where it is no `kind`."""
    return None if facts.get(name) is None else required(facts, name, kind)


def broken(text: str) -> TrainingError:
    """Returns the error that a run folder is not as it was written."""
    return TrainingError(RunBroken(text))


def _whole(digits: str) -> float:
    return int(digits) if len(digits) <= _DIGITS else math.copysign(math.inf, -1 if digits.startswith("-") else 1)
