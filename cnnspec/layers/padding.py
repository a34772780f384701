"""Layers that add values around the edges of an image, or cut them away."""

from typing import ClassVar

from cnnspec.declarations.types import Amounts, CutAmounts, Number
from cnnspec.layers.base import Layer, Saved, Window
from cnnspec.layers.window_problems import CropExceedsInput, PaddingExceedsInput, SizeBelowOne, WrongNumberOfAmounts
from cnnspec.values.call import Call
from cnnspec.values.dims import refused
from cnnspec.values.ranges import ZERO, Range, around
from cnnspec.values.shapes import Shape


class _Edges(Layer):
    """What pads and crops share: one amount for all ends, or two for each axis, last axis first, start before end."""

    family: ClassVar[str] = "padding"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)

    def ends(self, field: str, amounts: int | tuple[int, ...], x: Shape) -> tuple[tuple[int, int], ...]:
        """Returns (start, end) for each spatial axis in the order of the axes; raises for a wrong number of amounts."""
        rank = self.require_positions(x)
        if isinstance(amounts, int):
            return ((amounts, amounts),) * rank
        if len(amounts) != 2 * rank:
            raise WrongNumberOfAmounts(field, self.keyword, len(amounts), rank)
        return tuple((amounts[2 * axis], amounts[2 * axis + 1]) for axis in reversed(range(rank)))

    def grown(self, field: str, x: Shape, ends: tuple[tuple[int, int], ...]) -> Shape:
        """Returns the shape with the amounts added; raises where nothing is left of an axis."""
        sizes = tuple(size + start + end for size, (start, end) in zip(x.spatial, ends, strict=True))
        for axis, size in enumerate(sizes):
            if refused(size < 1):
                raise SizeBelowOne(field, self.keyword, size, axis, len(sizes))
        return Shape((x.channels, *sizes))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        """The channels of each position are those of one position."""
        return axis if axis == 0 else None

    def shifted(self, ends: tuple[tuple[int, int], ...]) -> Window:
        """Returns what one output position sees: one position, the first one being as far outside as was added there."""
        ones = (1,) * len(ends)
        return Window(ones, ones, tuple(-start for start, _ in ends))

    def refuse_crops_beyond(self, field: str, x: Shape, ends: tuple[tuple[int, int], ...]) -> None:
        """Raises where one end loses more than the axis has."""
        for axis, (size, pair) in enumerate(zip(x.spatial, ends, strict=True)):
            if refused(size < -min(pair)):
                raise CropExceedsInput(field, self.keyword, -min(pair), size, axis, x.rank - 1)


class _Pad(_Edges):
    """Adds values at the ends of each spatial axis; a negative amount cuts instead."""

    formula: ClassVar[str] = "C x W + start + end on each axis"

    padding: Amounts

    def infer(self, x: Shape) -> Shape:
        ends = self.ends("padding", self.padding, x)
        self.verify(x, ends)
        return self.grown("padding", x, ends)

    def window(self, x: Shape) -> Window:
        return self.shifted(self.ends("padding", self.padding, x))

    def verify(self, x: Shape, ends: tuple[tuple[int, int], ...]) -> None:
        """Raises where torch cannot take these amounts from this input."""
        self.refuse_crops_beyond("padding", x, ends)

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[x.rank - 2]}", (self.padding,))


class ZeroPad(_Pad):
    """Add zeros around the edges."""

    keyword: ClassVar[str] = "zero_pad"
    torch_names: ClassVar[tuple[str, ...]] = ("ZeroPad1d", "ZeroPad2d", "ZeroPad3d")
    examples: ClassVar[tuple[str, ...]] = ("zero_pad 1", "zero_pad (0, 1, 0, 1)")

    def bounds(self, x: Shape, taken: Range) -> Range:
        return around((taken, ZERO))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        """Zeros come from nowhere; a negative amount cuts only."""
        cuts = all(amount <= 0 for end in self.ends("padding", self.padding, x) for amount in end)
        return super().source_axis(x, y, axis) if cuts else None


class ConstantPad(_Pad):
    """Add a constant `value` around the edges."""

    keyword: ClassVar[str] = "constant_pad"
    torch_names: ClassVar[tuple[str, ...]] = ("ConstantPad1d", "ConstantPad2d", "ConstantPad3d")
    examples: ClassVar[tuple[str, ...]] = ("constant_pad 2, 0.5",)

    value: Number

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.ConstantPad{x.rank - 1}d", (self.padding, self.value))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return around((taken, Range(self.value, self.value)))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return None


class ReflectionPad(_Pad):
    """Mirror the values around the edges; the edge itself is not repeated."""

    keyword: ClassVar[str] = "reflection_pad"
    torch_names: ClassVar[tuple[str, ...]] = ("ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d")
    examples: ClassVar[tuple[str, ...]] = ("reflection_pad 1",)
    saves: ClassVar[Saved] = Saved(input=True)

    def verify(self, x: Shape, ends: tuple[tuple[int, int], ...]) -> None:
        for axis, (size, pair) in enumerate(zip(x.spatial, ends, strict=True)):
            if refused(size <= max(pair)):
                raise PaddingExceedsInput("padding", self.keyword, max(pair), size - 1, axis, x.rank - 1)


class ReplicationPad(_Pad):
    """Repeat the value at the edge."""

    keyword: ClassVar[str] = "replication_pad"
    torch_names: ClassVar[tuple[str, ...]] = ("ReplicationPad1d", "ReplicationPad2d", "ReplicationPad3d")
    examples: ClassVar[tuple[str, ...]] = ("replication_pad 1",)
    saves: ClassVar[Saved] = Saved(input=True)

    def verify(self, x: Shape, ends: tuple[tuple[int, int], ...]) -> None:
        """Never raises: what is cut beyond the input on one side is taken from the values that the other side repeats."""


class CircularPad(_Pad):
    """Go on with the values from the opposite edge, as on a torus."""

    keyword: ClassVar[str] = "circular_pad"
    torch_names: ClassVar[tuple[str, ...]] = ("CircularPad1d", "CircularPad2d", "CircularPad3d")
    examples: ClassVar[tuple[str, ...]] = ("circular_pad 1",)

    def verify(self, x: Shape, ends: tuple[tuple[int, int], ...]) -> None:
        """Raises where a side would need more values than the other side's crop leaves; torch returns unwritten memory then."""
        for axis, (size, pair) in enumerate(zip(x.spatial, ends, strict=True)):
            kept = size + sum(min(0, amount) for amount in pair)
            if max(pair) > 0 and refused(kept < max(pair)):
                most = max(0, kept) if isinstance(kept, int) else kept
                raise PaddingExceedsInput("padding", self.keyword, max(pair), most, axis, x.rank - 1)


class Crop(_Edges):
    """Cut values away at the edges."""

    keyword: ClassVar[str] = "crop"
    examples: ClassVar[tuple[str, ...]] = ("crop 2", "crop (0, 1, 0, 1)")
    formula: ClassVar[str] = "C x W - start - end on each axis"

    cropping: CutAmounts

    def infer(self, x: Shape) -> Shape:
        ends = self._ends(x)
        self.refuse_crops_beyond("cropping", x, ends)
        return self.grown("cropping", x, ends)

    def window(self, x: Shape) -> Window:
        return self.shifted(self._ends(x))

    def _ends(self, x: Shape) -> tuple[tuple[int, int], ...]:
        return tuple((-start, -end) for start, end in self.ends("cropping", self.cropping, x))

    def torch(self, x: Shape) -> Call:
        cut = -self.cropping if isinstance(self.cropping, int) else tuple(-amount for amount in self.cropping)
        return Call(f"nn.ZeroPad{x.rank - 1}d", (cut,))

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return axis
