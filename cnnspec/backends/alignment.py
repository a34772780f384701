"""Which rows of two summaries belong together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from itertools import takewhile

from cnnspec.backends.summary_rows import Row

Pair = tuple[Row | None, Row | None]  # a row before and after; None where there is none


def aligned(before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """Returns the rows of both in one order; a row without a partner stands alone.

    Rows belong together where they have the same labels around and at them, numbers aside, since these move where a row comes
    in between. Three ways are tried: to match first what has the same number too, or the same arguments, or neither. The one
    that leaves the fewest differences is taken: what is put in between keeps its surroundings so, and layers that all become
    wider keep their order.
    """
    ways = [_aligned(before, after, (*first, _place, _layer)) for first in ([_path], [_place_and_layer], [])]
    return min(ways, key=_differences)


def _path(row: Row) -> Hashable:
    return row.name, row.kind, row.reused


def _place_and_layer(row: Row) -> Hashable:
    return _place(row), row.layer


def _place(row: Row) -> Hashable:
    """Returns the labels in the path of a row without the numbers, and what kind of layer it is."""
    return tuple("" if name.isdecimal() else name for name in row.name.split(".")), row.kind, row.reused


def _layer(row: Row) -> Hashable:
    return row.kind, row.layer


def _differences(pairs: Sequence[Pair]) -> tuple[int, int]:
    """Returns how many rows differ or stand alone, and how many have another name."""
    found = [(one, other) for one, other in pairs if one is not None and other is not None]
    differing = sum(one.layer != other.layer for one, other in found)
    return len(pairs) - len(found) + differing, sum(one.name != other.name for one, other in found)


def _aligned(before: Sequence[Row], after: Sequence[Row], keys: Sequence[Callable[[Row], Hashable]]) -> list[Pair]:
    """Returns the pairs that the first key finds, and between them those that the other keys find."""
    if not keys or not before or not after:
        return [*((row, None) for row in before), *((None, row) for row in after)]
    key, *others = keys
    ones, twos = list(map(key, before)), list(map(key, after))
    head = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ones, twos, strict=False)))
    pairs: list[Pair] = list(zip(before[:head], after[:head], strict=True))
    matcher = SequenceMatcher(None, ones[head:], twos[head:], autojunk=False)
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        one, other = before[head + start : head + end], after[head + other_start : head + other_end]
        pairs += zip(one, other, strict=True) if what == "equal" else _aligned(one, other, others)
    return pairs
