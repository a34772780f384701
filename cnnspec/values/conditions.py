"""What has to hold of symbolic sizes: conditions, and whether a shape rule refuses a value because of one.

Shape rules ask `refused(size < 3)`, `differ(a, b)`, `indivisible(a, n)` and raise where the answer is yes. For integers that
is all. For formulas the answer may depend on the symbols: then it is no, and the opposite is noted among the `Assumptions` of
the walk, unless nothing would be left for which all of them hold. A condition in an `if` of Python that these do not decide
raises `Undecided`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from cnnspec.values.bounds import bounds
from cnnspec.values.sizes import Dim, Size, Undecided, value_at

LARGE = 2**6 * 3**3 * 5 * 7 * 11 * 13 * 10**6  # beyond all thresholds, and divisible by what strides usually are


@dataclass(frozen=True, slots=True)
class Condition:
    """Base of what may hold for some sizes and not for others; it is neither true nor false for all of them."""

    def __bool__(self) -> bool:
        """Returns whether it holds, where what is assumed decides that; raises Undecided."""
        notes = _assumes.get()
        if notes is None or notes.allows(self) == notes.allows(self.opposite()):
            raise Undecided(str(self), self.symbols)
        return notes.allows(self)

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
class AtLeast(Condition):
    """left >= right."""

    left: Dim
    right: Dim

    @property
    def difference(self) -> Dim:
        return self.left - self.right

    @property
    def symbols(self) -> frozenset[str]:
        return _symbols(self.difference)

    def opposite(self) -> Condition:
        return AtLeast(self.right, self.left + 1)

    def holds(self, values: Mapping[str, int]) -> bool:
        return value_at(self.left, values) >= value_at(self.right, values)

    def __str__(self) -> str:
        return f"{self.left} >= {self.right}"


@dataclass(frozen=True, slots=True)
class Equal(Condition):
    """left = right."""

    left: Dim
    right: Dim

    @property
    def difference(self) -> Dim:
        return self.left - self.right

    @property
    def symbols(self) -> frozenset[str]:
        return _symbols(self.difference)

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


class Assumes(Protocol):
    """Who notes what has to hold; see `cnnspec.values.assumptions`."""

    def assume(self, condition: Condition) -> bool:
        """Notes a condition; returns whether it, and all that was noted before, can hold at once."""

    def allows(self, condition: Condition) -> bool:
        """Returns whether a condition may hold together with all that was noted."""

    def choose(self, alternatives: Sequence[Condition]) -> int:
        """Notes one of several conditions, and that the others are worth a walk too; returns its position."""


_assumes: ContextVar[Assumes | None] = ContextVar("assumes", default=None)


@contextmanager
def assuming(notes: Assumes) -> Iterator[None]:
    """Lets what is undecided be noted, for as long as it lasts."""
    token = _assumes.set(notes)
    try:
        yield
    finally:
        _assumes.reset(token)


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


def refused(condition: object) -> bool:
    """Returns whether something is refused because of a condition; raises Undecided where nobody notes assumptions."""
    if not isinstance(condition, Condition):
        return bool(condition)
    notes = _assumes.get()
    if notes is None:
        raise Undecided(str(condition), condition.symbols)
    return not notes.assume(condition.opposite())


def differ(left: object, right: object) -> bool:
    """Returns whether two sizes, or tuples of sizes, cannot be taken to be equal."""
    if left == right:
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) != len(right) or any(map(differ, left, right))
    if not isinstance(left, Size | int) or not isinstance(right, Size | int):
        return True
    same = equal(left, right)
    if not isinstance(same, Condition):
        return not same
    notes = _assumes.get()
    if notes is None:
        raise Undecided(str(same), same.symbols)
    return not notes.assume(same)


def indivisible(size: Dim, divisor: int) -> bool:
    """Returns whether a size cannot be taken to be a multiple of `divisor`."""
    return differ(size % divisor, 0)


def broadcast(left: Dim, right: Dim) -> Dim | None:
    """Returns the size that both become where a size of 1 serves all positions of the other; None where they do not meet.

    Two formulas may be equal, or one of them 1: all that is possible is worth a walk.
    """
    if left == right or (isinstance(right, int) and right == 1):
        return left
    if isinstance(left, int) and left == 1:
        return right
    if isinstance(left, int) and isinstance(right, int):
        return None
    ways = [
        (condition, result)
        for condition, result in ((equal(left, right), left), (equal(left, 1), right), (equal(right, 1), left))
        if condition is not False
    ]
    if not ways:
        return None
    notes = _assumes.get()
    asked = [condition for condition, _ in ways if isinstance(condition, Condition)]
    if notes is None:
        raise Undecided(" or ".join(map(str, asked)), _symbols(left) | _symbols(right))
    chosen = notes.choose(asked)
    return ways[chosen][1] if chosen >= 0 else None


def at_least(left: Dim, right: Dim) -> Condition | bool:
    """Returns whether left >= right, as a truth where it is the same for all sizes from 1 on."""
    low, high = bounds(left - right)
    if low >= 0:
        return True
    return False if high < 0 else AtLeast(left, right)


def equal(left: float, right: float) -> Condition | bool:
    """Returns whether left = right, as a truth where it is the same for all sizes from 1 on."""
    if left == right:
        return True
    if isinstance(right, float):
        return right.is_integer() and equal(left, int(right))
    if isinstance(left, float):
        return equal(right, left)
    assert isinstance(left, Size | int)
    assert isinstance(right, Size | int)
    low, high = bounds(left - right)
    return False if low > 0 or high < 0 else Equal(left, right)


def all_of(conditions: Iterable[Condition | bool]) -> Condition | bool:
    """Returns whether all of them hold, which for symbolic sizes is a condition again."""
    asked: list[Condition] = []
    for condition in conditions:
        if isinstance(condition, Condition):
            asked.append(condition)
        elif not condition:
            return False
    return AllOf(tuple(asked)) if len(asked) > 1 else asked[0] if asked else True


def _symbols(size: Dim) -> frozenset[str]:
    return size.symbols if isinstance(size, Size) else frozenset()
