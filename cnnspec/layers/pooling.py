"""Pools with a sliding window."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.declarations.types import Extent, Flag, Margin, Positive
from cnnspec.layers.base import Layer, Window
from cnnspec.layers.problems import InvalidArgument
from cnnspec.layers.windows import Axis, axes
from cnnspec.values.call import Call, Value
from cnnspec.values.shapes import Shape


class _WindowPool(Layer):
    """A window that moves over each channel; the stride defaults to the kernel."""

    family: ClassVar[str] = "pooling"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    aliases: ClassVar[dict[str, str]] = {"kernel_size": "kernel"}
    formula: ClassVar[str] = "C x floor((W + 2P - D(K-1) - 1)/S) + 1 on each axis; rounded up with ceil_mode"

    kernel: Extent
    stride: Extent | None = None

    def infer(self, x: Shape) -> Shape:
        along = self.axes(self.require_positions(x))
        slide = Axis.slide_ceil if getattr(self, "ceil_mode", False) else Axis.slide
        return Shape((x.channels, *(slide(axis, size) for axis, size in zip(along, x.spatial, strict=True))))

    def axes(self, rank: int) -> list[Axis]:
        """Returns the window along each axis; raises where the padding exceeds half the kernel."""
        kernel = self.per_axis("kernel", self.kernel, rank)
        padding = self.per_axis("padding", getattr(self, "padding", 0), rank)
        for size, margin in zip(kernel, padding, strict=True):
            if 2 * margin > size:
                raise InvalidArgument(
                    "padding", f"the padding of `{self.keyword}` is {margin}, more than half of its kernel of {size}"
                )
        stride = kernel if self.stride is None else self.per_axis("stride", self.stride, rank)
        return axes(self.keyword, kernel, stride, padding, self.per_axis("dilation", getattr(self, "dilation", 1), rank))

    def window(self, x: Shape) -> Window:
        along = self.axes(x.rank - 1)
        return Window(tuple(axis.extent for axis in along), tuple(axis.stride for axis in along))

    def call(self, x: Shape, name: str, defaults: dict[str, Value]) -> Call:
        """Returns torch's constructor call with the arguments that differ from torch's defaults."""
        named = ((field, getattr(self, field)) for field in defaults if getattr(self, field) != defaults[field])
        return Call(f"nn.{name}{x.rank - 1}d", (self.kernel,), tuple(named))


class MaxPool(_WindowPool):
    """Max pooling: the largest value in each window."""

    keyword: ClassVar[str] = "maxpool"
    torch_names: ClassVar[tuple[str, ...]] = ("MaxPool1d", "MaxPool2d", "MaxPool3d")
    examples: ClassVar[tuple[str, ...]] = ("maxpool 2", "maxpool 3, stride=2, padding=1")

    padding: Margin = 0
    dilation: Extent = 1
    ceil_mode: Flag = False

    def torch(self, x: Shape) -> Call:
        return self.call(x, "MaxPool", {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False})


class AvgPool(_WindowPool):
    """Average pooling: the mean of each window."""

    keyword: ClassVar[str] = "avgpool"
    torch_names: ClassVar[tuple[str, ...]] = ("AvgPool1d", "AvgPool2d", "AvgPool3d")
    examples: ClassVar[tuple[str, ...]] = ("avgpool 2", "avgpool 3, stride=1, padding=1")

    padding: Margin = 0
    ceil_mode: Flag = False
    count_include_pad: Flag = True
    divisor_override: Positive | None = None

    def torch(self, x: Shape) -> Call:
        return self.call(
            x, "AvgPool", {"stride": None, "padding": 0, "ceil_mode": False, "count_include_pad": True, "divisor_override": None}
        )
