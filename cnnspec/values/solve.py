"""Which integers a condition on one symbolic size leaves: a decision procedure, exact or given up, never a sampling.

- A size that only grows with its symbol passes a threshold once: it is found by doubling and bisection.
- Any other linear size repeats itself: f(n + P) = f(n) + Q (see `bounds.repeat`). For each residue r modulo P the condition is
  one on d + k*Q, which leaves all k, an interval of them, a single one, or none.
- Products and scales that are no fractions have no period: where they do not grow either, `Open` is raised.
"""

from __future__ import annotations

import math

from cnnspec.values.bounds import grows, repeat
from cnnspec.values.conditions import AllOf, AnyOf, AtLeast, Condition, Equal
from cnnspec.values.dims import Dim
from cnnspec.values.integer_sets import EVERY, NONE, IntegerSet, Open, Progression, interval
from cnnspec.values.sizes import Size

MAX_PERIOD = 10_000
_BEYOND = 1 << 62  # no size is larger


def solutions(condition: Condition, name: str, smallest: int = 1, max_period: int = MAX_PERIOD) -> IntegerSet:
    """Returns the integers from `smallest` on for which a condition on the symbol `name` alone holds; raises Open."""
    match condition:
        case AtLeast():
            return _at_least(condition.difference, name, smallest, max_period)
        case Equal():
            return _zero(condition.difference, name, smallest, max_period)
        case AnyOf(alternatives):
            found = NONE
            for alternative in alternatives:
                found |= solutions(alternative, name, smallest, max_period)
            return found
        case AllOf(parts):
            left = EVERY
            for part in parts:
                left &= solutions(part, name, smallest, max_period)
            return left
    raise Open(str(condition))


def _at_least(difference: Dim, name: str, smallest: int, max_period: int) -> IntegerSet:
    if isinstance(difference, int):
        return EVERY if difference >= 0 else NONE
    direction = grows(difference, smallest)
    if direction == 1:
        first = _threshold(difference, name, smallest)
        return NONE if first is None else interval(first)
    if direction == -1:
        beyond = _threshold(-difference - 1, name, smallest)
        return interval(smallest, None if beyond is None else beyond - 1)
    return _by_residues(difference, name, smallest, max_period, is_equality=False)


def _zero(difference: Dim, name: str, smallest: int, max_period: int) -> IntegerSet:
    if isinstance(difference, int):
        return NONE if difference else EVERY
    direction = grows(difference, smallest)
    if direction == 0:
        return _by_residues(difference, name, smallest, max_period, is_equality=True)
    growing = difference if direction == 1 else -difference
    first = _threshold(growing, name, smallest)
    if first is None:
        return NONE
    beyond = _threshold(growing - 1, name, first)
    return interval(first, None if beyond is None else beyond - 1)


def _threshold(growing: Dim, name: str, smallest: int) -> int | None:
    """Returns the first integer from `smallest` on for which a growing size is at least 0, None where there is none."""
    if isinstance(growing, int):
        return smallest if growing >= 0 else None
    if growing.at({name: smallest}) >= 0:
        return smallest
    low, high = smallest, 2 * smallest
    while growing.at({name: high}) < 0:
        if high > _BEYOND:
            return None
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if growing.at({name: middle}) >= 0:
            high = middle
        else:
            low = middle
    return high


def _by_residues(difference: Size, name: str, smallest: int, max_period: int, *, is_equality: bool) -> IntegerSet:
    found = repeat(difference)
    if found is None:
        raise Open("its steps do not repeat")
    period, gain = found
    if period > max_period:
        raise Open(f"its pattern repeats every {period:,} sizes only")
    parts: list[Progression] = []
    for first in range(smallest, smallest + period):
        value = difference.at({name: first})
        times = _equal_times(value, gain) if is_equality else _times(value, gain)
        if times is not None:
            low, high = times
            parts.append(Progression(first + low * period, None if high is None else first + high * period, period))
    if len(parts) == period and all(part.last is None and part.first < smallest + period for part in parts):
        return interval(smallest)
    return IntegerSet(tuple(parts))


def _equal_times(value: int, gain: int) -> tuple[int, int | None] | None:
    """Returns the first and last k >= 0 for which value + k*gain is 0, None for the last where there is none."""
    if gain == 0:
        return None if value else (0, None)
    times, rest = divmod(-value, gain)
    return None if rest or times < 0 else (times, times)


def _times(value: int, gain: int) -> tuple[int, int | None] | None:
    """Returns the first and last k >= 0 for which value + k*gain is at least 0."""
    if gain == 0:
        return (0, None) if value >= 0 else None
    if gain > 0:
        return max(0, math.ceil(-value / gain) if abs(value) < 1 << 50 else -(value // gain)), None
    return (0, value // -gain) if value >= 0 else None
