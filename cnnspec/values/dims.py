"""Sizes as shape rules see them: integers, or formulas in symbols (a `Formula`, see `sizes`) that stand for them.

A shape rule asks `refused(size < 3)`, `differ(a, b)`, `indivisible(a, n)` and raises where the answer is yes. For integers that
is all. For formulas the answer may depend on the symbols: then it is no, and the opposite is noted among the assumptions of the
walk, unless nothing would be left for which all of them hold. A start that meets no formula loads none of the modules behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from cnnspec.values.conditions import Condition

    # A formula stands wherever an integer may, and adds, multiplies and compares as one. What no formula can do (count the
    # rounds of a loop) asks `isinstance(size, Formula)` first.
    Integer = int
else:
    Integer = object

Dim: TypeAlias = int  # or a Formula

# A size that tells what holds in the end: beyond all thresholds, and divisible by what strides usually are.
LARGE = 2**6 * 3**3 * 5 * 7 * 11 * 13 * 10**6


class Formula(Integer):
    """Base of symbolic sizes."""

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def symbols(self) -> frozenset[str]:
            """Returns the names of the symbols in it."""


class Undecided(ArithmeticError):
    """It depends on symbolic sizes what a number is, or whether something holds."""

    def __init__(self, text: str, symbols: frozenset[str]) -> None:
        super().__init__(text)
        self.symbols = symbols


class Assumes(Protocol):
    """Who notes what has to hold; see `assumptions`."""

    def assume(self, condition: Condition) -> bool:
        """Notes a condition; returns whether it, and all that was noted before, can hold at once."""

    def allows(self, condition: Condition) -> bool:
        """Returns whether a condition may hold together with all that was noted."""

    def choose(self, alternatives: Sequence[Condition]) -> int:
        """Notes one of several conditions, and that the others are worth a walk too; returns its position, or -1."""


_assumes: ContextVar[Assumes | None] = ContextVar("assumes", default=None)


@contextmanager
def assuming(notes: Assumes) -> Iterator[None]:
    """Lets what is undecided be noted, for as long as it lasts."""
    token = _assumes.set(notes)
    try:
        yield
    finally:
        _assumes.reset(token)


def notes_of(condition: Condition) -> Assumes:
    """Returns who notes assumptions; raises Undecided, because of a condition, where nobody does."""
    notes = _assumes.get()
    if notes is None:
        raise Undecided(str(condition), condition.symbols)
    return notes


def is_symbolic(sizes: Iterable[Dim]) -> bool:
    """Returns whether one of the sizes is a formula."""
    return any(isinstance(size, Formula) for size in sizes)


def refused(condition: bool | Condition) -> bool:
    """Returns whether something is refused because of a condition; raises Undecided where nobody notes assumptions."""
    if isinstance(condition, bool):
        return condition
    return not notes_of(condition).assume(condition.opposite())


def differ(left: object, right: object) -> bool:
    """Returns whether two sizes, or tuples of sizes, cannot be taken to be equal."""
    if left == right:
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) != len(right) or any(map(differ, left, right))
    if not isinstance(left, Formula) and not isinstance(right, Formula):
        return True
    from cnnspec.values.conditions import equal

    same = equal(left, right)
    return not same if isinstance(same, bool) else not notes_of(same).assume(same)


def indivisible(size: Dim, divisor: int) -> bool:
    """Returns whether a size cannot be taken to be a multiple of `divisor`."""
    return differ(size % divisor, 0)


def single(sizes: Iterable[Dim]) -> bool:
    """Returns whether all sizes have to be 1."""
    sizes = tuple(sizes)
    if not is_symbolic(sizes):
        return all(size == 1 for size in sizes)
    from cnnspec.values.conditions import all_of, equal

    return refused(all_of(equal(size, 1) for size in sizes))


def broadcast(left: Dim, right: Dim) -> Dim | None:
    """Returns the size that both become where a size of 1 serves all positions of the other; None where they do not meet.

    Two formulas may be equal, or one of them 1: all that is possible is worth a walk.
    """
    if left == right or right == 1:
        return left
    if left == 1:
        return right
    if not isinstance(left, Formula) and not isinstance(right, Formula):
        return None
    from cnnspec.values.conditions import spread

    return spread(left, right)


def scaled(size: Dim, factor: float) -> Dim:
    """Returns floor(size * factor) as torch computes it, in double precision: 10 * 1.1 is 11.000000000000002."""
    if not isinstance(size, Formula):
        return int(size * factor)
    from cnnspec.values.sizes import scaled_formula

    return scaled_formula(size, factor)


def in_the_end(size: Dim) -> int:
    """Returns a size as it is, and a formula for large values of its symbols: what it is compared by."""
    return size if isinstance(size, int) else size.at(dict.fromkeys(size.symbols, LARGE))


def largest(sizes: Iterable[Dim]) -> Dim:
    """Returns the largest of some sizes; of formulas the one that is largest in the end."""
    return max(sizes, key=in_the_end)
