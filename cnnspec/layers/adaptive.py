"""Pools that are told the size they should return."""

from typing import ClassVar

from cnnspec.declarations.types import TargetSize
from cnnspec.layers.base import Layer, Saved, Window
from cnnspec.layers.problems import InvalidArgument
from cnnspec.values.call import Call
from cnnspec.values.dims import Dim, Formula
from cnnspec.values.ranges import Range
from cnnspec.values.shapes import Shape


class _AdaptivePool(Layer):
    """Windows chosen so that the output has `output_size` positions; it may exceed the input."""

    family: ClassVar[str] = "pooling"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    formula: ClassVar[str] = "C x output_size"

    output_size: TargetSize

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        wanted: tuple[int | None, ...] = self.per_axis("output_size", self.output_size, rank)
        if wanted == (None,):
            raise InvalidArgument("output_size", f"`{self.keyword}` on one spatial axis needs its size as an integer")
        return Shape((x.channels, *(size or old for size, old in zip(wanted, x.spatial, strict=True))))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken

    def window(self, x: Shape) -> Window:
        return adaptive_window(x.spatial, self.infer(x).spatial)

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[x.rank - 2]}", (self.output_size,))


class AdaptiveAvgPool(_AdaptivePool):
    """Average pooling to a given size, whatever the input's."""

    keyword: ClassVar[str] = "adaptive_avgpool"
    torch_names: ClassVar[tuple[str, ...]] = ("AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d")
    examples: ClassVar[tuple[str, ...]] = ("adaptive_avgpool 7", "adaptive_avgpool (1, none)")

    def saved(self, x: Shape, y: Shape) -> Saved:
        return kept_by_average(y)


class AdaptiveMaxPool(_AdaptivePool):
    """Max pooling to a given size, whatever the input's."""

    keyword: ClassVar[str] = "adaptive_maxpool"
    torch_names: ClassVar[tuple[str, ...]] = ("AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d")
    examples: ClassVar[tuple[str, ...]] = ("adaptive_maxpool 7x7",)

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, indices=y.features)


class _GlobalPool(Layer):
    """One number for each channel; all spatial axes stay, with size 1."""

    family: ClassVar[str] = "pooling"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    formula: ClassVar[str] = "C x 1 on each axis"

    module: ClassVar[str]

    def infer(self, x: Shape) -> Shape:
        return Shape((x.channels, *(1,) * self.require_positions(x)))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken

    def window(self, x: Shape) -> Window:
        return Window(x.spatial, x.spatial)

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.module}{x.rank - 1}d", (1,))


class GlobalAvgPool(_GlobalPool):
    """Global average pooling (Lin et al., 2013): the mean of each channel."""

    keyword: ClassVar[str] = "global_avgpool"
    examples: ClassVar[tuple[str, ...]] = ("global_avgpool",)
    module: ClassVar[str] = "AdaptiveAvgPool"


class GlobalMaxPool(_GlobalPool):
    """Global max pooling: the largest value of each channel."""

    keyword: ClassVar[str] = "global_maxpool"
    examples: ClassVar[tuple[str, ...]] = ("global_maxpool",)
    module: ClassVar[str] = "AdaptiveMaxPool"

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, indices=y.features)


def adaptive_window(sizes: tuple[Dim, ...], targets: tuple[Dim, ...]) -> Window:
    """Returns the largest window and the step in whole positions, at least 1; window i covers floor(iW/O) to ceil((i+1)W/O)."""
    steps = (1 if size == target else max(1, size // target) for size, target in zip(sizes, targets, strict=True))
    return Window(tuple(map(_extent, sizes, targets)), tuple(steps))


def _extent(size: Dim, target: Dim) -> Dim:
    """Returns the largest of the windows along one axis; for a symbolic size the largest that there can be."""
    if size == target:
        return 1
    whole, rest = size // target, size % target
    if rest == 0:
        return whole
    # a window that begins inside a position and ends inside another sees both
    return whole + 2 if isinstance(rest, Formula) else min(size, whole + 1 if target % rest == 0 else whole + 2)


def kept_by_average(y: Shape) -> Saved:
    """Returns what an adaptive average keeps: the input, and nothing where one mean is left, for which torch has `mean`."""
    return Saved(input=any(size != 1 for size in y.spatial))
