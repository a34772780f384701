"""Conditions on symbolic sizes: what has to hold so that a network works.

A condition in an `if` of Python that is not decided by what is assumed raises `Undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cnnspec.values.bounds import bounds
from cnnspec.values.dims import LARGE, Dim, Formula, Undecided, notes_of
from cnnspec.values.sizes import value_at


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of what may hold for some sizes and not for others; it is neither true nor false for all of them."""

    def __bool__(self) -> bool:
        """Returns whether it holds, where what is assumed decides that; raises Undecided."""
        notes = notes_of(self)
        can_hold = notes.allows(self)
        if can_hold == notes.allows(self.opposite()):
            raise Undecided(str(self), self.symbols)
        return can_hold

    @property
    def symbols(self) -> frozenset[str]:
        """Returns the names of the symbols that it is about."""
        raise NotImplementedError

    def opposite(self) -> Condition:
        """Returns the condition that holds exactly where this one does not."""
        raise NotImplementedError

    def holds(self, values: Mapping[str, int]) -> bool:
        """Returns whether it holds for these values of the symbols."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Comparison(Condition):
    """Base of what compares two sizes, one of which is a formula."""

    left: Dim
    right: Dim

    @property
    def difference(self) -> Dim:
        return self.left - self.right

    @property
    def symbols(self) -> frozenset[str]:
        difference = self.difference
        return difference.symbols if isinstance(difference, Formula) else frozenset()


@dataclass(frozen=True, slots=True)
class AtLeast(Comparison):
    """left >= right."""

    def opposite(self) -> Condition:
        return AtLeast(self.right, self.left + 1)

    def holds(self, values: Mapping[str, int]) -> bool:
        return value_at(self.left, values) >= value_at(self.right, values)

    def __str__(self) -> str:
        return f"{self.left} >= {self.right}"


@dataclass(frozen=True, slots=True)
class Equal(Comparison):
    """left = right."""

    def opposite(self) -> Condition:
        return AnyOf((AtLeast(self.left, self.right + 1), AtLeast(self.right, self.left + 1)))

    def holds(self, values: Mapping[str, int]) -> bool:
        return value_at(self.left, values) == value_at(self.right, values)

    def __str__(self) -> str:
        return f"{self.left} = {self.right}"


@dataclass(frozen=True, slots=True)
class AnyOf(Condition):
    """One of them holds, or several."""

    alternatives: tuple[Condition, ...]

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset().union(*(condition.symbols for condition in self.alternatives))

    def holds(self, values: Mapping[str, int]) -> bool:
        return any(condition.holds(values) for condition in self.alternatives)

    def opposite(self) -> Condition:
        return AllOf(tuple(condition.opposite() for condition in self.alternatives))

    def __str__(self) -> str:
        return " or ".join(map(str, self.alternatives))


@dataclass(frozen=True, slots=True)
class AllOf(Condition):
    """All of them hold."""

    conditions: tuple[Condition, ...]

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset().union(*(condition.symbols for condition in self.conditions))

    def opposite(self) -> Condition:
        return AnyOf(tuple(condition.opposite() for condition in self.conditions))

    def holds(self, values: Mapping[str, int]) -> bool:
        return all(condition.holds(values) for condition in self.conditions)

    def __str__(self) -> str:
        return " and ".join(map(str, self.conditions))


class LargeInputs:
    """Answers for inputs that are large: what holds in the end, as sizes grow."""

    def assume(self, condition: Condition) -> bool:
        """Returns that anything may be assumed: it is known already that the sizes are right."""
        return True

    def allows(self, condition: Condition) -> bool:
        """Returns whether a condition holds for large sizes."""
        return condition.holds(dict.fromkeys(condition.symbols, LARGE))

    def choose(self, alternatives: Sequence[Condition]) -> int:
        """Returns the first: sizes that may be equal are."""
        return 0


def spread(left: Dim, right: Dim) -> Dim | None:
    """Returns the size that two sizes become that may be equal or 1; None where they can be neither."""
    ways = [
        (condition, result)
        for condition, result in ((equal(left, right), left), (equal(left, 1), right), (equal(right, 1), left))
        if isinstance(condition, Condition)
    ]
    if not ways:
        return None
    asked = [condition for condition, _ in ways]
    chosen = notes_of(AnyOf(tuple(asked))).choose(asked)
    return ways[chosen][1] if chosen >= 0 else None


def at_least(left: Dim, right: Dim) -> Condition | bool:
    """Returns whether left >= right, as a truth where it is the same for all sizes from 1 on."""
    low, high = bounds(left - right)
    if low >= 0:
        return True
    return False if high < 0 else AtLeast(left, right)


def equal(left: object, right: object) -> Condition | bool:
    """Returns whether left = right, as a truth where it is the same for all sizes from 1 on."""
    if left == right:
        return True
    if isinstance(right, float):
        return right.is_integer() and equal(left, int(right))
    if isinstance(left, float):
        return equal(right, left)
    assert isinstance(left, Formula | int)
    assert isinstance(right, Formula | int)
    low, high = bounds(left - right)
    if low > 0 or high < 0:
        return False
    return Equal(right, left) if isinstance(left, Formula) and str(right) < str(left) else Equal(left, right)


def all_of(conditions: Iterable[Condition | bool]) -> Condition | bool:
    """Returns whether all of them hold, which for symbolic sizes is a condition again."""
    asked: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, Condition):
            asked.append(condition)
        elif not condition:
            return False
    return AllOf(tuple(asked)) if len(asked) > 1 else asked[0] if asked else True
