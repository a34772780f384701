"""Layers that rearrange a value without computing."""

import math
from typing import ClassVar

from cnnspec.declarations.types import Integer, Integers, Positive
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import InvalidArgument, NeedsPositions, NotDivisible
from cnnspec.layers.shape_problems import ElementsDiffer, NotAPermutation, SliceOutOfRange
from cnnspec.values.call import Call
from cnnspec.values.dims import Dim, differ, indivisible, refused
from cnnspec.values.ranges import Range
from cnnspec.values.shapes import Shape


class Flatten(Layer):
    """Join the axes `start_axis` to `end_axis` (all of them by default) into one."""

    keyword: ClassVar[str] = "flatten"
    family: ClassVar[str] = "shape"
    torch_names: ClassVar[tuple[str, ...]] = ("Flatten",)
    torch_axes: ClassVar[dict[str, str]] = {"start_dim": "start_axis", "end_dim": "end_axis"}
    examples: ClassVar[tuple[str, ...]] = ("flatten", "flatten start_axis=1")
    formula: ClassVar[str] = "the product of the joined axes"
    is_view: ClassVar[bool] = True

    start_axis: Integer = 0
    end_axis: Integer = -1

    def infer(self, x: Shape) -> Shape:
        start, end = self.axis_number("start_axis", x, self.start_axis), self.axis_number("end_axis", x, self.end_axis)
        if start > end:
            raise InvalidArgument("end_axis", f"`flatten` would end at axis {end}, before its start at axis {start}")
        joined = math.prod(x.sizes[start : end + 1])
        return Shape((*x.sizes[:start], joined, *x.sizes[end + 1 :]), channels_first=False)

    def torch(self, x: Shape) -> Call:
        start, end = self.axis_number("start_axis", x, self.start_axis), self.axis_number("end_axis", x, self.end_axis)
        if start == 0 and end == x.rank - 1:
            return Call("nn.Flatten")
        return Call("nn.Flatten", (start + 1, end + 1))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return same_line(x.sizes, y.sizes, axis)


class Unflatten(Layer):
    """Split one axis into several; one of the sizes may be -1 and is inferred."""

    keyword: ClassVar[str] = "unflatten"
    family: ClassVar[str] = "shape"
    torch_names: ClassVar[tuple[str, ...]] = ("Unflatten",)
    torch_axes: ClassVar[dict[str, str]] = {"dim": "axis"}
    examples: ClassVar[tuple[str, ...]] = ("unflatten 0, 16x5x5", "unflatten 0, (16, -1, 5)")
    formula: ClassVar[str] = "unflattened_size in place of the axis"
    is_view: ClassVar[bool] = True

    axis: Integer
    unflattened_size: Integers

    def infer(self, x: Shape) -> Shape:
        number = self.axis_number("axis", x, self.axis)
        sizes = filled("unflattened_size", self.keyword, self.unflattened_size, x.sizes[number], f"axis {number} of {x}")
        return Shape((*x.sizes[:number], *sizes, *x.sizes[number + 1 :]), channels_first=False)

    def torch(self, x: Shape) -> Call:
        return Call("nn.Unflatten", (self.axis_number("axis", x, self.axis) + 1, self.unflattened_size))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return same_line(x.sizes, y.sizes, axis)


class Reshape(Layer):
    """Arrange the elements, in their order, in another shape; one of the sizes may be -1 and is inferred."""

    keyword: ClassVar[str] = "reshape"
    family: ClassVar[str] = "shape"
    variadic: ClassVar[str] = "sizes"
    examples: ClassVar[tuple[str, ...]] = ("reshape 16, 5, 5", "reshape 16x5x5", "reshape -1, 5, 5")
    formula: ClassVar[str] = "the sizes as written"
    is_view: ClassVar[bool] = True

    sizes: Integers

    def infer(self, x: Shape) -> Shape:
        sizes = filled("sizes", self.keyword, self.sizes, x.features, str(x))
        return Shape(sizes, channels_first=False)

    def torch(self, x: Shape) -> Call:
        """Returns torch's own layers: flatten, then split what results."""
        flatten, split = Call("nn.Flatten"), Call("nn.Unflatten", (1, self.sizes))
        if len(self.sizes) == 1:
            return flatten
        return split if x.rank == 1 else Call("nn.Sequential", (flatten, split))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return same_line(x.sizes, y.sizes, axis)


class Permute(Layer):
    """Put the axes into another order: `permute 1, 2, 0` moves the channels last."""

    keyword: ClassVar[str] = "permute"
    family: ClassVar[str] = "shape"
    variadic: ClassVar[str] = "axes"
    examples: ClassVar[tuple[str, ...]] = ("permute 1, 2, 0",)
    formula: ClassVar[str] = "the sizes in the order of the axes written"
    is_view: ClassVar[bool] = True

    axes: Integers

    def infer(self, x: Shape) -> Shape:
        return Shape(tuple(x.sizes[number] for number in self._order(x)), channels_first=False)

    def _order(self, x: Shape) -> tuple[int, ...]:
        order = tuple(self.axis_number("axes", x, number) for number in self.axes)
        if sorted(order) != list(range(x.rank)):
            raise NotAPermutation("axes", self.axes, x)
        return order

    def torch(self, x: Shape) -> Call:
        return Call("Permute", tuple(number + 1 for number in self._order(x)))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return self._order(x)[axis]


class Slice(Layer):
    """Keep the channels from `start` to `stop`, which is excluded; negative numbers count from the end."""

    keyword: ClassVar[str] = "slice"
    family: ClassVar[str] = "shape"
    examples: ClassVar[tuple[str, ...]] = ("slice 0, 32", "slice -16, 64")
    formula: ClassVar[str] = "stop - start channels"
    is_view: ClassVar[bool] = True

    start: Integer
    stop: Integer

    def infer(self, x: Shape) -> Shape:
        start, stop = self._bounds(x)
        return Shape((stop - start, *x.sizes[1:]), x.channels_first)

    def _bounds(self, x: Shape) -> tuple[Dim, Dim]:
        start, stop = (number + x.channels if number < 0 else number for number in (self.start, self.stop))
        if refused(start < 0) or refused(x.channels <= start):
            raise SliceOutOfRange("start", self.start, self.stop, x.channels)
        if refused(stop <= start) or refused(x.channels < stop):
            raise SliceOutOfRange("stop", self.start, self.stop, x.channels)
        return start, stop

    def torch(self, x: Shape) -> Call:
        return Call("Slice", self._bounds(x))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return axis


class ChannelShuffle(Layer):
    """Channel shuffle (Zhang et al., 2017): deal the channels of `groups` groups out in turn, as ShuffleNet does."""

    keyword: ClassVar[str] = "channel_shuffle"
    family: ClassVar[str] = "shape"
    torch_names: ClassVar[tuple[str, ...]] = ("ChannelShuffle",)
    examples: ClassVar[tuple[str, ...]] = ("channel_shuffle 2",)

    groups: Positive

    def infer(self, x: Shape) -> Shape:
        if x.rank == 1:
            raise NeedsPositions(self.keyword, x, ())
        if indivisible(x.channels, self.groups):
            raise NotDivisible("groups", self.keyword, "the input channels", x.channels, self.groups)
        return x

    def torch(self, x: Shape) -> Call:
        return Call("nn.ChannelShuffle", (self.groups,))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return axis


def same_line(old: tuple[Dim, ...], new: tuple[Dim, ...], axis: int) -> int | None:
    """Returns the axis of the old sizes that an axis of the new ones is, where the elements keep their order; None for none.

    Along both there are as many numbers, and as many others between one and the next.
    """
    size, step = new[axis], math.prod(new[axis + 1 :])
    lines = (number for number, other in enumerate(old) if other == size and math.prod(old[number + 1 :]) == step)
    return next(lines, None)


def filled(field: str, keyword: str, sizes: tuple[int, ...], elements: Dim, source: str) -> tuple[Dim, ...]:
    """Returns `sizes` with a -1 replaced so that their product is `elements`; raises where that cannot be."""
    if any(size < 1 and size != -1 for size in sizes) or sizes.count(-1) > 1:
        raise InvalidArgument(field, f"the sizes of `{keyword}` must be positive; one of them may be -1 and is inferred")
    known = math.prod(size for size in sizes if size != -1)
    if indivisible(elements, known) if -1 in sizes else differ(elements, known):
        raise ElementsDiffer(field, keyword, sizes, elements, source)
    return tuple(elements // known if size == -1 else size for size in sizes)
