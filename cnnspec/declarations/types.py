"""Argument types. `Says` holds the words that complete "`kernel` must be ...". Validation is strict: `true` is no integer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BeforeValidator


@dataclass(frozen=True)
class Says:
    """What a value of this type is called in messages and reference pages."""

    text: str


Integer = Annotated[int, Says("an integer")]
Positive = Annotated[int, Ge(1), Says("a positive integer")]
NonNegative = Annotated[int, Ge(0), Says("a non-negative integer")]
Flag = Annotated[bool, Says("`true` or `false`")]
Number = Annotated[float, Says("a number")]
PositiveNumber = Annotated[float, Gt(0), Says("a positive number")]
NonNegativeNumber = Annotated[float, Ge(0), Says("a non-negative number")]
Probability = Annotated[float, Ge(0), Le(1), Says("a probability (0 to 1)")]
Fraction = Annotated[float, Gt(0), Lt(1), Says("a number between 0 and 1")]
Text = Annotated[str, Says("a string")]

Extent = Annotated[
    Positive | Annotated[tuple[Positive, ...], MinLen(1)], Says("a positive integer, or one for each axis such as `3x5`")
]
Margin = Annotated[
    NonNegative | Annotated[tuple[NonNegative, ...], MinLen(1)],
    Says("a non-negative integer, or one for each axis such as `(1, 2)`"),
]
Integers = Annotated[tuple[Integer, ...], MinLen(1), Says("integers such as `1, 2, 0`")]
Factor = Annotated[
    PositiveNumber | Annotated[tuple[PositiveNumber, ...], MinLen(1)],
    Says("a positive number, or one for each axis such as `(2, 1.5)`"),
]
Ratio = Annotated[
    Fraction | Annotated[tuple[Fraction, ...], MinLen(1)],
    Says("a number between 0 and 1, or one for each axis such as `(0.5, 0.7)`"),
]
TargetSize = Annotated[
    Positive | Annotated[tuple[Positive | None, ...], MinLen(1)],
    Says("a positive integer, or one for each axis such as `7x5` (`none` keeps the size of an axis)"),
]

# What is added to or cut from the two ends of each axis: torch's order, last axis first, start before end.
Amounts = Annotated[
    Integer | Annotated[tuple[Integer, ...], MinLen(2)],
    Says("an integer, or two for each axis such as `(1, 1, 2, 2)`, last axis first"),
]
CutAmounts = Annotated[
    NonNegative | Annotated[tuple[NonNegative, ...], MinLen(2)],
    Says("a non-negative integer, or two for each axis such as `(1, 1, 2, 2)`, last axis first"),
]

# The schemes of torch.nn.init that need no more than a tensor (and for which a layer's `init` needs only a name).
InitName = Annotated[
    Literal[
        "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal", "trunc_normal",
        "normal", "uniform", "zeros", "ones", "dirac", "eye",
    ],
    Says("a scheme of torch.nn.init such as `xavier_uniform`"),
]  # fmt: skip


def _nested(value: Any) -> Any:
    """Returns nested tuples of floats, all rows of equal length; raises ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int | float | tuple):
        raise ValueError("not a number")
    if not isinstance(value, tuple):
        return float(value)
    rows = tuple(_nested(item) for item in value)
    if not rows or len({numbers_shape(row) for row in rows}) != 1:
        raise ValueError("rows of unequal length")
    return rows


def numbers_shape(value: Any) -> tuple[int, ...]:
    """Returns the shape of nested tuples of numbers, () for a number."""
    return (len(value), *numbers_shape(value[0])) if isinstance(value, tuple) else ()


Numbers = Annotated[Any, BeforeValidator(_nested), Says("numbers in nested lists with rows of equal length")]
