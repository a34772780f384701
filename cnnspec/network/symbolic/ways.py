"""Ways in which the sizes of an input may be chosen: for each symbol a set, any combination of which is right."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cnnspec.values.integer_sets import IntegerSet, Open

Sizes = Mapping[str, int]


@dataclass(frozen=True)
class Way:
    """One set for each symbol; `open` are conditions that have to hold besides and are not decided."""

    sets: Mapping[str, IntegerSet]
    open: tuple[str, ...] = ()

    def __contains__(self, sizes: object) -> bool:
        """Returns whether these values of the symbols are in the sets, whatever is open."""
        assert isinstance(sizes, Mapping)
        return all(sizes[name] in members for name, members in self.sets.items())

    @property
    def is_even(self) -> bool:
        """Returns whether all symbols may be the same."""
        return len({members.pattern for members in self.sets.values()}) <= 1

    def nearest(self, sizes: Sizes) -> list[dict[str, int]]:
        """Returns the nearest values of the symbols, then those with all symbols from below, and from above."""
        pairs = {name: members.nearest(sizes[name]) for name, members in self.sets.items()}
        ends = {name: [end for end in pair if end is not None] for name, pair in pairs.items()}
        if not all(ends.values()):
            return []
        nearest = {name: min(known, key=lambda end: abs(end - sizes[name])) for name, known in ends.items()}
        found = [nearest, *({name: known[side] for name, known in ends.items()} for side in (0, -1))]
        different = [near for position, near in enumerate(found) if near not in found[:position]]
        return sorted(different, key=lambda near: distance(near, sizes))


def distance(near: Sizes, sizes: Sizes) -> int:
    """Returns how far apart two choices are, all symbols together."""
    return sum(abs(near[name] - sizes[name]) for name in near)


def joined(ways: Sequence[Way]) -> list[Way]:
    """Returns as many ways as are needed to say the same: those that differ in one symbol only are put together."""
    left = list(ways)
    for first, second in itertools.permutations(ways, 2):
        if _includes(first, second):
            return joined([way for way in left if way is not second])
        apart = [name for name, members in first.sets.items() if members.pattern != second.sets[name].pattern]
        if len(apart) <= 1 and first.open == second.open:
            try:
                both = {name: first.sets[name] | second.sets[name] for name in apart}
            except Open:
                continue  # they are told one by one
            rest = [way for way in left if way is not first and way is not second]
            return joined([replace(first, sets={**first.sets, **both}), *rest])
    return left


def beyond(ways: Sequence[Way], others: Sequence[Way]) -> list[Way]:
    """Returns the ways that none of some others includes."""
    return [way for way in ways if not any(_includes(other, way) for other in others)]


def ordered(ways: Sequence[Way], declared: Sizes | None) -> list[Way]:
    """Returns the way of the declared input first, or else those that treat all symbols alike."""
    if declared is not None:
        return sorted(ways, key=lambda way: declared not in way)
    return sorted(ways, key=lambda way: not way.is_even)


def _includes(first: Way, second: Way) -> bool:
    """Returns whether all that the second allows is allowed by the first, whatever is open."""
    return not first.open and all(_covers(first.sets[name], members) for name, members in second.sets.items())


def _covers(outer: IntegerSet, inner: IntegerSet) -> bool:
    try:
        return (outer & inner).pattern == inner.pattern
    except Open:
        return False
