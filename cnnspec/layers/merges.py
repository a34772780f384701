"""What joins several values into one: `add`, `concat` and `multiply`, with or without a body of branches.

Merges are words of the language, not layers: they have no arguments, no weights and no module of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

from cnnspec.layers.base import Saved
from cnnspec.layers.merge_problems import MergedRanksDiffer, MergedSizesDiffer
from cnnspec.values.dims import broadcast, differ
from cnnspec.values.ranges import Range, around
from cnnspec.values.shapes import Shape


@dataclass(frozen=True)
class Merge:
    """Base of the merges. `formula` and `examples` are what the reference shows."""

    keyword: ClassVar[str]
    formula: ClassVar[str]
    examples: ClassVar[tuple[str, ...]]

    def infer(self, shapes: Sequence[Shape]) -> Shape:
        """Returns the shape of the joined value; raises MergeProblem where two of them do not meet."""
        raise NotImplementedError

    def bounds(self, taken: Sequence[Range]) -> Range:
        """Returns where the numbers that come out lie, if those of the values lie in these ranges."""
        raise NotImplementedError

    def saved(self, y: Shape, count: int) -> Saved:
        """Returns what autograd keeps of `count` values that are joined to `y`: nothing, where gradients are only handed on."""
        return Saved()

    def _require_equal_ranks(self, shapes: Sequence[Shape]) -> None:
        for position, shape in enumerate(shapes):
            if shape.rank != shapes[0].rank:
                raise MergedRanksDiffer(self.keyword, 0, position, tuple(shapes))


@dataclass(frozen=True)
class _Elementwise(Merge):
    def infer(self, shapes: Sequence[Shape]) -> Shape:
        self._require_equal_ranks(shapes)
        sizes = list(shapes[0].sizes)
        origins = [0] * len(sizes)  # which value each size comes from
        for position, shape in enumerate(shapes):
            for axis, size in enumerate(shape.sizes):
                common = broadcast(sizes[axis], size)
                if common is None:
                    raise MergedSizesDiffer(self.keyword, origins[axis], position, tuple(shapes), axis)
                if common != sizes[axis]:
                    sizes[axis], origins[axis] = common, position
        return Shape(tuple(sizes), any(shape.channels_first for shape in shapes))


@dataclass(frozen=True)
class Add(_Elementwise):
    """Sum of the values, element by element; a size of 1 serves all positions of the others."""

    keyword: ClassVar[str] = "add"
    formula: ClassVar[str] = "the common shape"
    examples: ClassVar[tuple[str, ...]] = ("add enc1",)

    def bounds(self, taken: Sequence[Range]) -> Range:
        return Range(sum(part.low for part in taken), sum(part.high for part in taken))


@dataclass(frozen=True)
class Multiply(_Elementwise):
    """Product of the values, element by element; a size of 1 serves all positions of the others (channel attention)."""

    keyword: ClassVar[str] = "multiply"
    formula: ClassVar[str] = "the common shape"
    examples: ClassVar[tuple[str, ...]] = ("multiply input",)

    def bounds(self, taken: Sequence[Range]) -> Range:
        return reduce(Range.times, taken)

    def saved(self, y: Shape, count: int) -> Saved:
        return Saved(input=True, numbers=(count - 2) * y.features)  # the products on the way


@dataclass(frozen=True)
class Concat(Merge):
    """The channels of the values one behind the other; all other sizes are equal."""

    keyword: ClassVar[str] = "concat"
    formula: ClassVar[str] = "C_1 + C_2 + ... channels, other sizes equal"
    examples: ClassVar[tuple[str, ...]] = ("concat in, enc1",)

    def bounds(self, taken: Sequence[Range]) -> Range:
        return around(taken)

    def infer(self, shapes: Sequence[Shape]) -> Shape:
        self._require_equal_ranks(shapes)
        for position, shape in enumerate(shapes):
            for axis in range(1, shape.rank):
                if differ(shape.sizes[axis], shapes[0].sizes[axis]):
                    raise MergedSizesDiffer(self.keyword, 0, position, tuple(shapes), axis)
        channels = sum(shape.sizes[0] for shape in shapes)
        return Shape((channels, *shapes[0].sizes[1:]), any(shape.channels_first for shape in shapes))


MERGES: dict[str, Merge] = {merge.keyword: merge for merge in (Add(), Concat(), Multiply())}
