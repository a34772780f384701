"""Between which bounds numbers lie: those of a value, as far as it follows from the layers before it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Range(NamedTuple):
    """All numbers from `low` to `high`."""

    low: float
    high: float

    @property
    def is_single(self) -> bool:
        """Returns whether it is one number only."""
        return self.low == self.high

    def covers(self, other: Range) -> bool:
        return self.low <= other.low and other.high <= self.high

    def clip(self, other: Range) -> Range:
        """Returns where the numbers of another range lie after they have been clipped to this one."""
        low, high = (min(max(bound, self.low), self.high) for bound in other)
        return Range(low, high)

    def stretched(self, factor: float) -> Range:
        """Returns where the numbers lie after they have been multiplied by anything from 0 to `factor`."""
        return around((ZERO, Range(factor * self.low, factor * self.high)))

    def times(self, other: Range) -> Range:
        """Returns where products of the numbers of two ranges lie; 0 times whatever is 0."""
        ends = [one * two if one and two else 0.0 for one in self for two in other]
        return Range(min(ends), max(ends))


def around(parts: Iterable[Range]) -> Range:
    """Returns the smallest range that covers all of these, of which there is one at least."""
    lows, highs = zip(*parts, strict=True)
    return Range(min(lows), max(highs))


ALL = Range(-math.inf, math.inf)
POSITIVE = Range(0, math.inf)
NEGATIVE = Range(-math.inf, 0)
PROBABILITIES = Range(0, 1)
ZERO = Range(0, 0)
