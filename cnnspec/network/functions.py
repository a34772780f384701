"""The built-in functions of expressions, and the bounds that keep them from taking forever."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnnspec.values.dims import Formula

MAX_INTEGER = 10**30
MAX_LENGTH = 100_000


class Undefined(Exception):
    """An operation that has no value; the text says why."""

    def __init__(self, text: str, advice: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.advice = advice


def bounded(value: Any) -> Any:
    """Returns `value`; raises Undefined for integers that no network has and for floats that are not finite."""
    if type(value) is int and abs(value) > MAX_INTEGER:
        raise Undefined("this number is too large: no size has more than 30 digits")
    if type(value) is float and not math.isfinite(value):
        raise Undefined("this number is too large for a float")
    return value


def round_to(x: float, divisor: int) -> int:
    """Returns the multiple of `divisor` nearest to x, half up, at least `divisor` and never below 90 % of x.

    The rule of MobileNet (Sandler et al. 2018), there called `_make_divisible`.
    """
    if divisor < 1:
        raise Undefined("`round_to` needs a positive divisor")
    rounded = max(divisor, int(x + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * x else rounded


def _range(*bounds: int) -> tuple[int, ...]:
    if any(type(bound) is float for bound in bounds):
        raise Undefined("`range` counts in integers", "`//` divides integers; `int`, `ceil` and `floor` make some of floats")
    if bounds[2:] == (0,):
        raise Undefined("a range cannot go in steps of 0")
    values = range(*bounds)
    if values[MAX_LENGTH:]:  # its length may be beyond what `len` can say
        raise Undefined(f"this range has more than {MAX_LENGTH:,} elements")
    return tuple(values)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "round": round,
    "abs": abs,
    "len": len,
    "range": _range,
    "int": int,
    "sum": sum,
    "round_to": round_to,
}

FORMS = {
    "min": "`min(a, b)` or `min([a, b])`",
    "max": "`max(a, b)` or `max([a, b])`",
    "ceil": "`ceil(x)`",
    "floor": "`floor(x)`",
    "round": "`round(x)` or `round(x, digits)`",
    "abs": "`abs(x)`",
    "len": "`len([a, b])`",
    "range": "`range(stop)`, `range(start, stop)` or `range(start, stop, step)`",
    "int": "`int(x)`",
    "sum": "`sum([a, b])`",
    "round_to": "`round_to(x, divisor)`",
}


def apply(name: str, arguments: list[Any]) -> Any:
    """Returns the value of a built-in function; raises Undefined where it has none."""
    numbers = [item for argument in arguments for item in (argument if isinstance(argument, tuple) else (argument,))]
    if (
        any(isinstance(number, Formula) for number in numbers)
        and name in ("int", "floor", "ceil", "round")
        and len(arguments) == 1
    ):
        return arguments[0]  # sizes are integers
    if name != "len" and any(type(number) not in (int, float) and not isinstance(number, Formula) for number in numbers):
        raise Undefined(f"`{name}` works on numbers")
    if name == "len" and not (len(arguments) == 1 and isinstance(arguments[0], tuple)):
        raise Undefined("`len` counts the elements of one list")
    if arguments == [()] and name in ("min", "max"):
        raise Undefined(f"an empty list has no `{name}`")
    try:
        if name == "int" and len(arguments) != 1:
            raise TypeError  # Python's own would also take text and its base
        return bounded(FUNCTIONS[name](*arguments))
    except (TypeError, ValueError, OverflowError, AttributeError):
        raise Undefined(f"`{name}` cannot take these arguments", f"it is written {FORMS[name]}") from None
