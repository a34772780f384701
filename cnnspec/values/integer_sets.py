"""Sets of positive integers that end in a repeating pattern: what one symbolic size may be.

A set is a union of progressions (28, 29, 30, 31; or 32, 48, 64 and so on without end). `Pattern` is its one normal form, from
which two sets can be compared and a set can be told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

MOST_MEETINGS = 100_000  # of progressions, where two sets meet
LARGEST_PERIOD = 1_000_000  # of what sets have in common
MOST_LISTED = 20_000  # integers below the repeating part that are looked at one by one


class Open(Exception):
    """Something that is not decided; the text says why."""


class Progression(NamedTuple):
    """first, first + step, ... up to `last`, which is one of them, or without end."""

    first: int
    last: int | None
    step: int = 1

    def __contains__(self, number: object) -> bool:
        return (
            isinstance(number, int)
            and number >= self.first
            and (self.last is None or number <= self.last)
            and (number - self.first) % self.step == 0
        )

    def meet(self, other: Progression) -> Progression | None:
        """Returns what two progressions have in common, by the Chinese remainder theorem; None where that is nothing."""
        shared = math.gcd(self.step, other.step)
        if (self.first - other.first) % shared:
            return None
        step = self.step // shared * other.step
        times = 0
        if other.step != shared:
            times = (other.first - self.first) // shared * pow(self.step // shared, -1, other.step // shared)
        first = self.first + self.step * (times % (other.step // shared))
        begin = max(self.first, other.first)
        first += max(0, -(-(begin - first) // step)) * step
        ends = [end for end in (self.last, other.last) if end is not None]
        if not ends:
            return Progression(first, None, step)
        last = first + (min(ends) - first) // step * step
        return Progression(first, last, step) if last >= first else None


class Pattern(NamedTuple):
    """Finite progressions below `start`; from there on all numbers n with n mod `period` among the `residues`."""

    below: tuple[Progression, ...]
    start: int
    period: int
    residues: tuple[int, ...]


@dataclass(frozen=True)
class IntegerSet:
    """A union of progressions of positive integers; they may overlap."""

    progressions: tuple[Progression, ...]

    def __contains__(self, number: object) -> bool:
        return any(number in progression for progression in self.progressions)

    def __bool__(self) -> bool:
        return bool(self.progressions)

    def __and__(self, other: IntegerSet) -> IntegerSet:
        """Returns the common members; raises Open where that would take too long to say."""
        if self is EVERY or other is EVERY:
            return other if self is EVERY else self
        return _bounded(tuple(self._meetings(other)))

    def _meetings(self, other: IntegerSet) -> Iterator[Progression]:
        left = MOST_MEETINGS
        for mine in self.progressions:
            for step, by_residue in other._residues.items():
                alike = by_residue.get(mine.first % step, ()) if step == mine.step else chain(*by_residue.values())
                for theirs in alike:
                    left -= 1
                    if left < 0:
                        raise Open("its pattern has too many parts")
                    meeting = mine.meet(theirs)
                    if meeting is not None:
                        yield meeting

    @cached_property
    def _residues(self) -> dict[int, dict[int, list[Progression]]]:
        """Returns the progressions by their steps, and by what remains of their members modulo these."""
        found: dict[int, dict[int, list[Progression]]] = {}
        for progression in self.progressions:
            found.setdefault(progression.step, {}).setdefault(progression.first % progression.step, []).append(progression)
        return found

    def __or__(self, other: IntegerSet) -> IntegerSet:
        """Returns the members of both; raises Open where their patterns together are too long."""
        return _bounded(tuple(dict.fromkeys((*self.progressions, *other.progressions))))

    @property
    def smallest(self) -> int:
        """Returns the smallest member; raises ValueError where there is none."""
        return min(progression.first for progression in self.progressions)

    @property
    def is_finite(self) -> bool:
        """Returns whether there are only so many members."""
        return all(progression.last is not None for progression in self.progressions)

    def nearest(self, number: int) -> tuple[int | None, int | None]:
        """Returns the largest member that is not above `number`, and the smallest that is not below it."""
        below: list[int] = []
        above: list[int] = []
        for first, last, step in self.progressions:
            if number < first:
                above.append(first)
                continue
            down = number - (number - first) % step
            below.append(down if last is None else min(down, last))
            up = down if down == number else down + step
            if last is None or up <= last:
                above.append(up)
        return max(below, default=None), min(above, default=None)

    @cached_property
    def pattern(self) -> Pattern:
        """Returns the normal form, which is the same for equal sets (but for the finite part of very large ones)."""
        endless = [progression for progression in self.progressions if progression.last is None]
        finite = [progression for progression in self.progressions if progression.last is not None]
        period = math.lcm(*(progression.step for progression in endless))
        residues = {
            residue
            for progression in endless
            for residue in range(progression.first % progression.step, period, progression.step)
        }
        period, residues = _shortest(period, residues)
        tops = [progression.first for progression in endless] + [
            progression.last + 1 for progression in finite if progression.last
        ]
        start = max(tops, default=1)
        while start > 1 and (start - 1 in self) == ((start - 1) % period in residues):
            start -= 1
        if not residues:
            start = max((progression.last for progression in finite if progression.last), default=0) + 1
        else:
            start += next(more for more in range(period) if (start + more) % period in residues)
        return Pattern(tuple(self._below(start)), start, period, tuple(sorted(residues)))

    def _below(self, start: int) -> Iterator[Progression]:
        """Yields the members below `start` as progressions, in order where they are not too many to look at."""
        cut = [part for progression in self.progressions if (part := progression.meet(Progression(1, max(start - 1, 1))))]
        cut = [part for part in cut if part.first < start]
        if sum((part.last - part.first) // part.step + 1 for part in cut if part.last) > MOST_LISTED:
            yield from sorted(set(cut))
            return
        members = sorted({number for part in cut if part.last for number in range(part.first, part.last + 1, part.step)})
        yield from _runs(members)


def _bounded(progressions: tuple[Progression, ...]) -> IntegerSet:
    """Returns a set; raises Open where its pattern repeats only far out."""
    period = 1
    for progression in progressions:
        if progression.last is None:
            period = math.lcm(period, progression.step)
    if period > LARGEST_PERIOD:
        raise Open(f"its pattern repeats every {period:,} sizes only")
    return IntegerSet(progressions)


EVERY = IntegerSet((Progression(1, None),))
NONE = IntegerSet(())


def interval(first: int, last: int | None = None) -> IntegerSet:
    """Returns the positive integers from `first` to `last`, or without end."""
    first = max(first, 1)
    return NONE if last is not None and last < first else IntegerSet((Progression(first, last),))


def _shortest(period: int, residues: set[int]) -> tuple[int, set[int]]:
    """Returns the shortest period of a pattern of residues."""
    if not residues:
        return 1, residues
    for shorter in sorted(divisor for divisor in _divisors(period) if divisor < period):
        kept = {residue % shorter for residue in residues}
        if len(kept) * (period // shorter) == len(residues):
            return shorter, kept
    return period, residues


def _divisors(number: int) -> set[int]:
    small = [divisor for divisor in range(1, math.isqrt(number) + 1) if number % divisor == 0]
    return {*small, *(number // divisor for divisor in small)}


def divisors(number: int) -> list[int]:
    """Returns the positive divisors of a positive integer, in order."""
    return sorted(_divisors(number))


def _runs(members: Iterable[int]) -> Iterator[Progression]:
    """Yields neighbouring integers together: 3, 4, 5, 9 as 3 to 5 and 9."""
    first = last = None
    for number in members:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            yield Progression(first, last)
        first = last = number
    if first is not None:
        yield Progression(first, last)
