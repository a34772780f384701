"""What numbers, sizes and strings stand for."""

from __future__ import annotations

import json
import math
from typing import Any

from cnnspec.syntax.problems import BadNumber, BadString, NumberTooLarge, NumberTooLong

MAX_DIGITS = 4300  # above this Python itself refuses to convert, see sys.get_int_max_str_digits


def literal(kind: str, text: str) -> tuple[str, Any]:
    """Returns the token type and the value of what begins like a literal; raises a Problem where it is none."""
    if kind == "STRING":
        try:
            return "STRING", json.loads(text)
        except ValueError:
            raise BadString(ended=True) from None
    if kind == "BADSTRING":
        raise BadString(ended=False)
    if kind == "BADNUMBER":
        raise BadNumber(text)
    if len(text) > MAX_DIGITS:
        raise NumberTooLong(len(text))
    try:
        if kind == "INTEGER":
            return "LITERAL", int(text)
        if kind == "FLOAT":
            return "LITERAL", _finite(text)
        return "SIZE", tuple(int(part) if part[0].isdigit() else part for part in text.split("x"))
    except ValueError:  # `1__0`
        raise BadNumber(text) from None


def _finite(text: str) -> float:
    number = float(text)
    if number == math.inf:
        raise NumberTooLarge(text)
    return number
