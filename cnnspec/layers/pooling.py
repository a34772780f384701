"""Pools with a sliding window."""

import math
from typing import TYPE_CHECKING, ClassVar

from cnnspec.declarations.types import Extent, Flag, Margin, Positive, PositiveNumber, Ratio
from cnnspec.layers.base import Layer, Saved, Window
from cnnspec.layers.problems import InvalidArgument, NotExactlyOne, WrongNumberOfAxes
from cnnspec.layers.window_problems import KernelExceedsInput, PaddingExceedsKernel, SizeBelowOne
from cnnspec.layers.windows import Numbers, extents, slide, slide_ceil
from cnnspec.values.call import Call
from cnnspec.values.dims import Dim, refused, scaled
from cnnspec.values.ranges import ALL, POSITIVE, Range
from cnnspec.values.shapes import Shape


class _WindowPool(Layer):
    """A window that moves over each channel; the stride defaults to the kernel."""

    family: ClassVar[str] = "pooling"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    aliases: ClassVar[dict[str, str]] = {"kernel_size": "kernel"}
    formula: ClassVar[str] = "C x floor((W + 2P - D(K-1) - 1)/S) + 1 on each axis; rounded up with ceil_mode"

    if TYPE_CHECKING:  # fields of every kind, declared there because their place among the arguments differs
        kernel: Extent
        stride: Extent | None

    def pool(self, x: Shape, padding: int | Numbers = 0, dilation: int | Numbers = 1, ceil_mode: bool = False) -> Shape:
        """Returns the output shape; raises where the window does not fit or the padding exceeds half the kernel."""
        rank = self.require_positions(x)
        kernel, stride = self.moves(rank)
        margin = self.per_axis_or_one("padding", padding, rank)
        if padding:
            for size, amount in zip(kernel, margin, strict=True):
                if 2 * amount > size:
                    raise PaddingExceedsKernel("padding", self.keyword, amount, size)
        count = slide_ceil if ceil_mode else slide
        spatial = count(self.keyword, x.spatial, kernel, stride, margin, self.per_axis_or_one("dilation", dilation, rank))
        return Shape((x.sizes[0], *spatial))

    def moves(self, rank: int) -> tuple[Numbers, Numbers]:
        """Returns kernel and stride, one number for each axis."""
        kernel = self.per_axis_or_one("kernel", self.kernel, rank)
        return kernel, kernel if self.stride is None else self.per_axis_or_one("stride", self.stride, rank)

    def require_input_of_kernel_size(self, x: Shape) -> None:
        """Raises where a volume is smaller than the kernel: torch's avg_pool3d does not count the padding."""
        if x.rank != 4:
            return
        kernel, _ = self.moves(3)
        for axis, (size, window) in enumerate(zip(x.spatial, kernel, strict=True)):
            if refused(size < window):
                raise KernelExceedsInput("kernel", self.keyword, window, False, size, 0, axis, 3)

    def window(self, x: Shape) -> Window:
        return self.view(x)

    def view(self, x: Shape, padding: int | Numbers = 0, dilation: int | Numbers = 1) -> Window:
        """Returns what one output position sees, with the arguments that not all of these pools have."""
        rank = x.rank - 1
        kernel, stride = self.moves(rank)
        margin = self.per_axis_or_one("padding", padding, rank)
        extent = extents(kernel, self.per_axis_or_one("dilation", dilation, rank))
        return Window(extent, stride, tuple(-amount for amount in margin))


class MaxPool(_WindowPool):
    """Max pooling: the largest value in each window."""

    keyword: ClassVar[str] = "maxpool"
    torch_names: ClassVar[tuple[str, ...]] = ("MaxPool1d", "MaxPool2d", "MaxPool3d")
    examples: ClassVar[tuple[str, ...]] = ("maxpool 2", "maxpool 3, stride=2, padding=1")

    kernel: Extent
    stride: Extent | None = None
    padding: Margin = 0
    dilation: Extent = 1
    ceil_mode: Flag = False

    def infer(self, x: Shape) -> Shape:
        return self.pool(x, self.padding, self.dilation, self.ceil_mode)

    def window(self, x: Shape) -> Window:
        return self.view(x, self.padding, self.dilation)

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.MaxPool{x.rank - 1}d", (self.kernel,), self.changed("stride", "padding", "dilation", "ceil_mode"))

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, indices=y.features)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken


class AvgPool(_WindowPool):
    """Average pooling: the mean of each window."""

    keyword: ClassVar[str] = "avgpool"
    torch_names: ClassVar[tuple[str, ...]] = ("AvgPool1d", "AvgPool2d", "AvgPool3d")
    examples: ClassVar[tuple[str, ...]] = ("avgpool 2", "avgpool 3, stride=1, padding=1")
    saves: ClassVar[Saved] = Saved(input=True)

    kernel: Extent
    stride: Extent | None = None
    padding: Margin = 0
    ceil_mode: Flag = False
    count_include_pad: Flag = True
    divisor_override: Positive | None = None

    def infer(self, x: Shape) -> Shape:
        y = self.pool(x, self.padding, ceil_mode=self.ceil_mode)
        self.require_input_of_kernel_size(x)
        if self.divisor_override is not None and x.rank == 2:
            raise InvalidArgument("divisor_override", "`avgpool` on one spatial axis has no `divisor_override`")
        return y

    def window(self, x: Shape) -> Window:
        return self.view(x, self.padding)

    def torch(self, x: Shape) -> Call:
        named = self.changed("stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
        return Call(f"nn.AvgPool{x.rank - 1}d", (self.kernel,), named)

    def bounds(self, x: Shape, taken: Range) -> Range:
        """Padding counts as zeros, and a divisor of its own makes sums of means."""
        if self.divisor_override is not None:
            kernel, _ = self.moves(x.rank - 1)
            return taken.stretched(math.prod(kernel) / self.divisor_override)
        return taken.stretched(1) if self.padding and self.count_include_pad else taken


class LpPool(_WindowPool):
    """Power-average pooling: (sum of x^p over each window)^(1/p), with p = `norm_type`."""

    keyword: ClassVar[str] = "lp_pool"
    torch_names: ClassVar[tuple[str, ...]] = ("LPPool1d", "LPPool2d", "LPPool3d")
    examples: ClassVar[tuple[str, ...]] = ("lp_pool 2, kernel=3, stride=2",)

    norm_type: PositiveNumber
    kernel: Extent
    stride: Extent | None = None
    ceil_mode: Flag = False

    def infer(self, x: Shape) -> Shape:
        y = self.pool(x, ceil_mode=self.ceil_mode)
        if isinstance(self.kernel, tuple) and len(self.kernel) != x.rank - 1:
            raise WrongNumberOfAxes("kernel", self.keyword, len(self.kernel), x.rank - 1)
        self.require_input_of_kernel_size(x)
        return y

    def torch(self, x: Shape) -> Call:
        kernel = self.kernel
        if isinstance(kernel, tuple) and len(kernel) == 1:
            kernel = kernel[0]  # torch's lp_pool1d multiplies by its kernel, which it cannot with a tuple
        return Call(f"nn.LPPool{x.rank - 1}d", (self.norm_type, kernel), self.changed("stride", "ceil_mode"))

    def saved(self, x: Shape, y: Shape) -> Saved:
        """Keeps the powers, and four steps from the sum over each window to its root."""
        return Saved(input=True, numbers=x.features + 4 * y.features)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return POSITIVE if taken.low >= 0 else ALL


class StochasticPool(_WindowPool):
    """Stochastic pooling (Zeiler and Fergus, 2013): one value of each window, drawn with probability x / sum(x).

    In evaluation the mean under these probabilities. Negative values, which the paper does not have, are never drawn.
    """

    keyword: ClassVar[str] = "stochastic_pool"
    examples: ClassVar[tuple[str, ...]] = ("stochastic_pool 2", "stochastic_pool 3, stride=2")
    formula: ClassVar[str] = "C x floor((W - K)/S) + 1 on each axis"

    kernel: Extent
    stride: Extent | None = None

    def infer(self, x: Shape) -> Shape:
        return self.pool(x)

    def torch(self, x: Shape) -> Call:
        return Call("StochasticPool", self.moves(x.rank - 1))

    def saved(self, x: Shape, y: Shape) -> Saved:
        """Keeps which places were drawn, and the windows: a copy where they are no view of the input."""
        kernel, _ = self.moves(x.rank - 1)
        if self._has_views(x, kernel):
            return Saved(input=True, indices=y.features)
        return Saved(numbers=y.features * math.prod(kernel), indices=y.features)

    def _has_views(self, x: Shape, kernel: Numbers) -> bool:
        """Returns whether the numbers of a window are equally far apart, its last axis first."""
        place, expected = 1, 0
        for size, positions in zip(reversed(kernel), reversed(x.spatial), strict=True):
            if size > 1:
                if expected not in (0, place):
                    return False
                expected = place * size
            place *= positions
        return True

    def scratch(self, x: Shape, y: Shape) -> Saved:
        """Makes the windows and, step by step, their chances."""
        kernel, _ = self.moves(x.rank - 1)
        return Saved(numbers=5 * y.features * math.prod(kernel))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken


class FractionalMaxPool(Layer):
    """Fractional max pooling (Graham, 2014): max pooling over windows at random steps, to a size of any ratio."""

    keyword: ClassVar[str] = "fractional_maxpool"
    family: ClassVar[str] = "pooling"
    torch_names: ClassVar[tuple[str, ...]] = ("FractionalMaxPool2d", "FractionalMaxPool3d")
    ranks: ClassVar[tuple[int, ...]] = (2, 3)
    aliases: ClassVar[dict[str, str]] = {"kernel_size": "kernel"}
    examples: ClassVar[tuple[str, ...]] = ("fractional_maxpool 2, output_ratio=0.7", "fractional_maxpool 3, output_size=12")
    formula: ClassVar[str] = "C x output_size, or C x floor(W * output_ratio) on each axis"

    kernel: Extent
    output_size: Extent | None = None
    output_ratio: Ratio | None = None

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        if (self.output_size is None) == (self.output_ratio is None):
            given = self.output_size is not None
            raise NotExactlyOne("output_ratio" if given else None, self.keyword, ("output_size", "output_ratio"), given)
        spatial = self._target(x, rank)
        kernel = self.per_axis("kernel", self.kernel, rank)
        for axis, (size, target, window) in enumerate(zip(x.spatial, spatial, kernel, strict=True)):
            if refused(target < 1):
                raise SizeBelowOne("output_ratio", self.keyword, target, axis, rank)
            # torch's fractional_max_pool3d wants one position more than fractional_max_pool2d
            most = size - target + (1 if rank == 2 else 0)
            if refused(most < window):
                text = f"{target} windows of {window} cannot all begin at different places along an axis of {size}"
                raise InvalidArgument("kernel", text, f"use a kernel of at most {most}" if most > 0 else None)
        return Shape((x.channels, *spatial))

    def _target(self, x: Shape, rank: int) -> tuple[Dim, ...]:
        if self.output_size is not None:
            return self.per_axis("output_size", self.output_size, rank)
        ratio = self.per_axis("output_ratio", self.output_ratio or 1.0, rank)
        return tuple(scaled(size, part) for size, part in zip(x.spatial, ratio, strict=True))

    def window(self, x: Shape) -> Window:
        """Returns the kernel, and the mean step in whole positions (the steps are random)."""
        rank = x.rank - 1
        steps = tuple(size // target for size, target in zip(x.spatial, self._target(x, rank), strict=True))
        return Window(self.per_axis("kernel", self.kernel, rank), steps)

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.FractionalMaxPool{x.rank - 1}d", (self.kernel,), self.changed("output_size", "output_ratio"))

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, indices=y.features)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken
