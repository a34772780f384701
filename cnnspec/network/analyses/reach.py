"""What the positions of one value see of the network's input: one `Reach` for each spatial axis of that input.

Positions of the input count from 0; those of the padding before it are negative, as in the formulas of Araujo et al. (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from cnnspec.layers.base import Window
from cnnspec.network.network import Node
from cnnspec.values.dims import Formula, Undecided
from cnnspec.values.shapes import Shape

Position: TypeAlias = int | Fraction
Groups: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """One axis: position 0 of the value sees the input from `first` to `last`, each next one `jump` further; `count` of them.

    `shared` are the first and last position of what all of them see besides, as behind the gate of a squeeze-and-excitation.
    `clean` are the positions of the value that see no padding anywhere on the way; None where sizes are not known.
    """

    first: Position
    last: Position
    jump: Position
    count: int
    shared: tuple[Position, Position] | None = None
    clean: range | None = None

    @property
    def is_clean(self) -> bool:
        """Returns whether no position of the value sees padding."""
        return self.clean is not None and len(self.clean) == self.count

    @property
    def border(self) -> float | None:
        """Returns the share of the positions that see padding, None where sizes are not known."""
        return None if self.clean is None else (self.count - len(self.clean)) / self.count

    @property
    def offset(self) -> Position | None:
        """Returns the position in the input that lies in the middle of what position 0 sees (Araujo et al. 2019).

        None where that depends on sizes that are not known.
        """
        ends = self.first + self.last
        if isinstance(ends, Formula):
            return None
        return ends // 2 if ends % 2 == 0 else Fraction(ends) / 2

    @property
    def end(self) -> Position:
        """Returns the last position that any position of the value sees by itself."""
        return self.last + (self.count - 1) * self.jump

    @property
    def size(self) -> Position:
        """Returns how many positions of the input one position of the value sees at most."""
        if self.shared is None:
            return self.last - self.first + 1
        low, high = self.shared
        at_begin = max(high, self.last) - min(low, self.first)
        at_end = max(high, self.end) - min(low, self.end - self.last + self.first)
        return max(at_begin, at_end) + 1

    def slid(self, extent: int, stride: Position, start: Position | None, count: int) -> Reach:
        """Returns r_out = r_in + (extent - 1) * jump_in; jump_out = jump_in * stride (Araujo et al. 2019, equation 2)."""
        is_centred = start is None
        if start is None:
            start = self._start(extent, stride, count)
        first = self.first + start * self.jump
        clean = self._clean_behind(extent, stride, start, count, is_centred)
        return Reach(first, self.last + (start + extent - 1) * self.jump, self.jump * stride, count, self.shared, clean)

    def _start(self, extent: int, stride: Position, count: int) -> Position:
        """Returns where the first window begins so that the middle of the output lies on the middle of the input.

        Raises Undecided where a size that is not known becomes a number of positions: they are fractions of it apart.
        """
        if isinstance(extent, Formula):
            return 0  # adaptive windows begin with the input
        if isinstance(count, Formula):
            return Fraction(stride - extent) / 2  # count * stride is the size of the input, but for what is rounded
        if isinstance(self.count, Formula):
            raise Undecided(f"({self.count}) / {count}", self.count.symbols)
        return Fraction(self.count - extent, 2) - stride * Fraction(count - 1, 2)

    def _clean_behind(self, extent: int, stride: Position, start: Position, count: int, is_centred: bool) -> range | None:
        """Returns the clean positions behind a window: output o sees `extent` positions from floor(o * stride + start + 1/2).

        Windows that lie in the middle are cut at the edges, as interpolation does it, so none of them sees padding there.
        """
        if self.clean is None or not isinstance(count, int):
            return None
        low: int = -((1 - 2 * (self.clean.start - start)) // (2 * stride))
        high: int = -((1 - 2 * (self.clean.stop - extent + 1 - start)) // (2 * stride))  # the first that sees beyond
        if is_centred and self.clean:
            low = 0 if self.clean.start == 0 else low
            high = count if self.clean.stop == self.count else high
        return range(max(low, 0), max(low, 0, min(high, count)))

    def cut(self, count: int) -> Reach:
        """Returns the reach of the first `count` positions."""
        return replace(
            self, count=count, clean=None if self.clean is None else range(count)[self.clean.start : self.clean.stop]
        )

    def whole(self) -> Reach:
        """Returns the reach of one position that sees what all of them see."""
        low, high = self.shared or (self.first, self.last)
        return Reach(min(low, self.first), max(high, self.end), self.jump * self.count, 1, None, self._clean_in(1))

    def _clean_in(self, count: int) -> range | None:
        """Returns the clean ones among `count` positions that all see every position of this value."""
        return None if self.clean is None else range(count if self.is_clean else 0)


class View(NamedTuple):
    """What a value sees of input `source` of the network.

    `groups` lists, for each axis of the value, the axes of the input that it runs along: none for channels, several after
    `flatten`.
    """

    source: int
    axes: tuple[Reach, ...]
    groups: Groups

    @classmethod
    def of_input(cls, source: int, shape: Shape) -> View:
        """Returns how an input sees itself."""
        return cls(
            source,
            tuple(Reach(0, 0, 1, size, None, _all(size)) for size in shape.spatial),
            ((), *((axis,) for axis in range(shape.rank - 1))),
        )

    def behind(self, node: Node) -> View:
        """Returns what a layer sees whose input sees this."""
        layer, x, y = node.layer, node.input, node.output
        keyword, view = layer.keyword, self
        if keyword in ("conv", "conv_transpose"):  # `permute` may have put positions in the place of the channels
            view = view.seeing_all(self.groups[0])._replace(groups=((), *self.groups[1:]))
        window = layer.window(x)
        if window is not None:
            return view._slid(window, x, y)
        if keyword == "linear":
            return view.seeing_all(self.groups[-1])._replace(groups=(*self.groups[:-1], ()))
        if keyword == "permute":
            return view._replace(groups=tuple(self.groups[axis] for axis in layer.model_dump()["axes"]))
        if keyword in ("flatten", "unflatten", "reshape"):
            return view._replace(groups=regroup(x.sizes, self.groups, y.sizes))
        if keyword == "glu":  # the first half of an axis meets the second
            return view.seeing_all(self.groups[layer.model_dump()["axis"]])
        return view._resized(x, y)

    def _slid(self, window: Window, x: Shape, y: Shape) -> View:
        axes = list(self.axes)
        starts = window.start or (None,) * (x.rank - 1)
        rows = zip(self.groups[1:], window.extent, window.stride, starts, x.spatial, y.spatial, strict=True)
        for group, extent, stride, start, before, after in rows:
            if self._runs_along(group, before):
                axes[group[0]] = axes[group[0]].slid(extent, stride, start, after)
            elif extent > 1:
                for axis in group:
                    axes[axis] = axes[axis].whole()
        return self._replace(axes=tuple(axes))

    def _resized(self, x: Shape, y: Shape) -> View:
        """Counts the positions that are left where a layer without a window cuts some."""
        if x.sizes == y.sizes or x.rank != y.rank:
            return self
        axes = list(self.axes)
        for group, before, after in zip(self.groups, x.sizes, y.sizes, strict=True):
            if self._runs_along(group, before):
                axes[group[0]] = axes[group[0]].cut(after)
        return self._replace(axes=tuple(axes))

    def _runs_along(self, group: tuple[int, ...], positions: int) -> bool:
        """Returns whether an axis of the value is still one axis of the input, not joined with others or split."""
        return len(group) == 1 and self.axes[group[0]].count == positions

    def seeing_all(self, group: tuple[int, ...]) -> View:
        """Returns the view in which every number sees all positions along the input axes of `group`."""
        if not group:
            return self
        return self._replace(axes=tuple(reach.whole() if axis in group else reach for axis, reach in enumerate(self.axes)))


def merged(views: Sequence[View]) -> View:
    """Returns what values of one shape see together: along each axis from the first to the last position of any of them.

    A value with fewer positions along an axis serves all positions of the others. Where strides differ, that of the value that
    sees most counts; where values come from different inputs of the network, only those from the first one.
    """
    source = min(view.source for view in views)
    seen = [view for view in views if view.source == source]
    if all(view is seen[0] for view in seen):
        return seen[0]
    axes = tuple(map(_union, zip(*(view.axes for view in seen), strict=True)))
    groups = tuple(tuple(sorted(set().union(*alike))) for alike in zip(*(view.groups for view in seen), strict=True))
    return View(source, axes, groups)


def _union(reaches: tuple[Reach, ...]) -> Reach:
    count = max(reach.count for reach in reaches)
    moving = [reach for reach in reaches if not reach.count < count]  # symbolic sizes may be equal in other words
    ends = [reach.shared for reach in reaches if reach.shared is not None]
    ends += [(reach.first, reach.end) for reach in reaches if reach.count < count]
    shared = (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
    widest = max(moving, key=lambda reach: reach.size)
    first, last = min(reach.first for reach in moving), max(reach.last for reach in moving)
    clean = [reach.clean if not reach.count < count else reach._clean_in(count) for reach in reaches]
    return Reach(first, last, widest.jump, count, shared, _common(clean))


def _common(ranges: Sequence[range | None]) -> range | None:
    """Returns the numbers that are in all of some ranges, None where one of them is not known."""
    known = [each for each in ranges if each is not None]
    if len(known) < len(ranges):
        return None
    low = max(each.start for each in known)
    return range(low, max(low, min(each.stop for each in known)))


def _all(size: int) -> range | None:
    return range(size) if isinstance(size, int) else None


def regroup(before: tuple[int, ...], groups: Groups, after: tuple[int, ...]) -> Groups:
    """Returns the groups of the axes after a reshape from `before` to `after`, two shapes with equally many elements.

    Axes that are joined or split share what they ran along: 16x5x5 to 400 gives one axis with both spatial axes.
    """
    result: list[tuple[int, ...]] = []
    old = iter(zip(before, groups, strict=True))
    new = iter(after)
    for size in new:
        left, group = next(old, (1, ()))
        joined, right, axes = set(group), size, 1
        while left != right:
            if left < right:
                more, group = next(old)
                left, joined = left * more, joined | set(group)
            else:
                right, axes = right * next(new), axes + 1
        result += [tuple(sorted(joined))] * axes
    rest = set(result[-1]).union(*(group for _, group in old))  # axes of size 1 that the reshape drops
    result[-1] = tuple(sorted(rest))
    return tuple(result)
