"""Convolutions."""

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from cnnspec.declarations.types import Extent, Flag, Margin, Positive, Says
from cnnspec.layers.base import Saved, Sizes, Window
from cnnspec.layers.fixed import Weighted
from cnnspec.layers.problems import InChannelsDiffer, InvalidArgument, NotDivisible
from cnnspec.layers.window_problems import OutputPaddingTooLarge, PaddingExceedsInput
from cnnspec.layers.windows import extents, slide, unslide
from cnnspec.values.call import Call
from cnnspec.values.dims import Dim, differ, indivisible, refused
from cnnspec.values.shapes import Shape

ConvPadding = Annotated[Margin | Literal["same", "valid"], Says("a non-negative integer, one for each axis, `same` or `valid`")]


class _Convolution(Weighted):
    """What both convolutions share: channels, groups, and where the numbers go."""

    family: ClassVar[str] = "weights"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    aliases: ClassVar[dict[str, str]] = {"kernel_size": "kernel"}
    named_only: ClassVar[frozenset[str]] = Weighted.named_only | {"in_channels"}

    if TYPE_CHECKING:  # declared by each kind, since its place among the arguments differs
        in_channels: Positive | None

    def inputs(self, x: Shape) -> Dim:
        """Returns the number of input channels: as declared, which has been verified, or as it arrives."""
        return x.channels if self.in_channels is None else self.in_channels

    def verify_channels(self, x: Shape, out_channels: int, groups: int, declared: int | None) -> None:
        """Raises where channels and groups do not fit."""
        if groups != 1:
            for what, size in (("the input channels", x.channels), ("the output channels", out_channels)):
                if indivisible(size, groups):
                    raise NotDivisible("groups", self.keyword, what, size, groups)
        if declared is not None and differ(declared, x.channels):
            raise InChannelsDiffer("in_channels", self.keyword, declared, x.channels)


class Conv(_Convolution):
    """Convolution: slide `out_channels` learned kernels over the input (cross-correlation, as in every framework).

    `padding="same"` keeps the size (stride 1 only), `"valid"` means no padding. `weight`, `bias_value` and `frozen` give the
    layer fixed numbers; a `weight` of the kernel's shape alone serves all channels. `init` overrides the network's.
    """

    keyword: ClassVar[str] = "conv"
    torch_names: ClassVar[tuple[str, ...]] = ("Conv1d", "Conv2d", "Conv3d")
    examples: ClassVar[tuple[str, ...]] = (
        "conv 64, kernel=3, padding=1",
        "conv 32, 5, stride=2",
        'conv 16, 3x5, padding="same"',
    )
    formula: ClassVar[str] = 'C_out x floor((W + 2P - D(K-1) - 1)/S) + 1 on each axis; W on each axis for padding="same"'

    out_channels: Positive
    kernel: Extent
    stride: Extent = 1
    padding: ConvPadding = 0
    dilation: Extent = 1
    groups: Positive = 1
    bias: Flag = True
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = "zeros"
    in_channels: Positive | None = None

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        kernel = self.per_axis("kernel", self.kernel, rank)
        stride = self.per_axis_or_one("stride", self.stride, rank)
        dilation = self.per_axis_or_one("dilation", self.dilation, rank)
        if self.padding == "same":
            if stride != (1,) * rank:
                text = '`padding="same"` cannot be combined with a stride above 1'
                half = tuple((size - 1) // 2 for size in extents(kernel, dilation))
                number = half[0] if len(set(half)) == 1 else half
                raise InvalidArgument("stride", text, "a stride needs its padding as a number", {"padding": number})
            spatial = x.spatial
        else:
            padding = (0,) * rank if isinstance(self.padding, str) else self.per_axis_or_one("padding", self.padding, rank)
            spatial = slide(self.keyword, x.spatial, kernel, stride, padding, dilation)
        if self.padding_mode != "zeros":
            self._verify_padding_mode(x, extents(kernel, dilation))
        self.verify_channels(x, self.out_channels, self.groups, self.in_channels)
        if self.weight is not None or self.bias_value is not None:
            self.verify_numbers(self._weight(x), self.bias, (self.out_channels,))
        return Shape((self.out_channels, *spatial))

    def _verify_padding_mode(self, x: Shape, extent: tuple[int, ...]) -> None:
        """Raises where reflection or wrapping needs more input than there is (torch.nn.functional.pad)."""
        rank = x.rank - 1
        if self.padding == "valid":
            return
        if self.padding == "same":
            # torch gives the larger half of D(K-1) to the end of the axis
            needed = tuple(size // 2 for size in extent)
        else:
            needed = self.per_axis("padding", self.padding, rank)
        if self.padding_mode == "replicate":
            return
        for axis, (size, margin) in enumerate(zip(x.spatial, needed, strict=True)):
            most = size - 1 if self.padding_mode == "reflect" else size
            if refused(most < margin):
                raise PaddingExceedsInput("padding", self.keyword, margin, most, axis, rank)

    def _weight(self, x: Shape) -> tuple[int, ...]:
        return (self.out_channels, self.inputs(x) // self.groups, *self.per_axis("kernel", self.kernel, x.rank - 1))

    def weights(self, x: Shape) -> Sizes:
        weight = self._weight(x)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def macs(self, x: Shape, y: Shape) -> Dim:
        return y.features * math.prod(self._weight(x)[1:])

    def window(self, x: Shape) -> Window:
        rank = x.rank - 1
        extent = extents(self.per_axis("kernel", self.kernel, rank), self.per_axis_or_one("dilation", self.dilation, rank))
        if self.padding == "same":
            before = tuple((size - 1) // 2 for size in extent)  # torch gives the larger half to the end of the axis
        else:
            before = (0,) * rank if self.padding == "valid" else self.per_axis_or_one("padding", self.padding, rank)
        return Window(extent, self.per_axis_or_one("stride", self.stride, rank), tuple(-amount for amount in before))

    def torch(self, x: Shape) -> Call:
        named = self.changed("stride", "padding", "dilation", "groups", "bias", "padding_mode")
        return Call(f"nn.Conv{x.rank - 1}d", (self.inputs(x), self.out_channels), (("kernel_size", self.kernel), *named))

    def saved(self, x: Shape, y: Shape) -> Saved:
        """Where torch pads before it convolves, what is kept is the padded input; reflection and repetition keep the input too.

        It does so for `padding_mode`, and for `padding="same"` where one end of an axis gets more than the other.
        """
        rank = x.rank - 1
        around = [size - 1 for size in extents(self.per_axis("kernel", self.kernel, rank), self._dilation(rank))]
        if self.padding_mode == "zeros":
            if self.padding != "same" or not any(amount % 2 for amount in around):
                return Saved(input=True)
            around = [amount % 2 for amount in around]
        elif self.padding != "same":
            padding = (0,) * rank if isinstance(self.padding, str) else self.per_axis_or_one("padding", self.padding, rank)
            around = [2 * amount for amount in padding]
        padded = x.channels * math.prod(size + amount for size, amount in zip(x.spatial, around, strict=True))
        return Saved(input=self.padding_mode in ("reflect", "replicate"), numbers=padded)

    def _dilation(self, rank: int) -> tuple[int, ...]:
        return self.per_axis_or_one("dilation", self.dilation, rank)


class ConvTranspose(_Convolution):
    """Transposed convolution: the gradient of a convolution as a layer, which enlarges its input `stride` times.

    Also known as fractionally strided convolution or, inexactly, as deconvolution. `output_padding` chooses among the
    `stride` sizes that a convolution would map to the same input.
    """

    keyword: ClassVar[str] = "conv_transpose"
    torch_names: ClassVar[tuple[str, ...]] = ("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d")
    examples: ClassVar[tuple[str, ...]] = ("conv_transpose 64, kernel=2, stride=2", "conv_transpose 3, 4, stride=2, padding=1")
    formula: ClassVar[str] = "C_out x (W-1)S - 2P + D(K-1) + output_padding + 1 on each axis"
    saves: ClassVar[Saved] = Saved(input=True)

    out_channels: Positive
    kernel: Extent
    stride: Extent = 1
    padding: Margin = 0
    output_padding: Margin = 0
    groups: Positive = 1
    bias: Flag = True
    dilation: Extent = 1
    padding_mode: Literal["zeros"] = "zeros"
    in_channels: Positive | None = None

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        stride = self.per_axis_or_one("stride", self.stride, rank)
        dilation = self.per_axis_or_one("dilation", self.dilation, rank)
        extra = self.per_axis_or_one("output_padding", self.output_padding, rank)
        spatial = unslide(
            self.keyword,
            x.spatial,
            self.per_axis("kernel", self.kernel, rank),
            stride,
            self.per_axis_or_one("padding", self.padding, rank),
            extra,
            dilation,
        )
        for amount, step, spread in zip(extra, stride, dilation, strict=True):
            if amount >= max(step, spread):
                raise OutputPaddingTooLarge("output_padding", self.keyword, amount, step, spread)
        self.verify_channels(x, self.out_channels, self.groups, self.in_channels)
        if self.weight is not None or self.bias_value is not None:
            self.verify_numbers(self._weight(x), self.bias, (self.out_channels,))
        return Shape((self.out_channels, *spatial))

    def _weight(self, x: Shape) -> tuple[int, ...]:
        return (self.inputs(x), self.out_channels // self.groups, *self.per_axis("kernel", self.kernel, x.rank - 1))

    def weights(self, x: Shape) -> Sizes:
        weight = self._weight(x)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def macs(self, x: Shape, y: Shape) -> Dim:
        return math.prod(x.spatial) * math.prod(self._weight(x))

    def window(self, x: Shape) -> Window:
        """Returns ceil(extent / S) input positions, 1/S of a position apart: what an output position sees.

        Output position j has the inputs from (j + P - (extent-1)) / S to (j + P) / S; they begin where the middle of that says.
        """
        rank = x.rank - 1
        stride = self.per_axis_or_one("stride", self.stride, rank)
        extent = extents(self.per_axis("kernel", self.kernel, rank), self.per_axis_or_one("dilation", self.dilation, rank))
        seen = tuple(-(-size // step) for size, step in zip(extent, stride, strict=True))
        middle = (
            Fraction(2 * margin - size + 1, 2 * step)
            for margin, size, step in zip(self.per_axis_or_one("padding", self.padding, rank), extent, stride, strict=True)
        )
        start = tuple(place - Fraction(count - 1, 2) for place, count in zip(middle, seen, strict=True))
        return Window(seen, tuple(Fraction(1, step) for step in stride), start)

    def torch(self, x: Shape) -> Call:
        named = self.changed("stride", "padding", "output_padding", "groups", "bias", "dilation")
        return Call(
            f"nn.ConvTranspose{x.rank - 1}d", (self.inputs(x), self.out_channels), (("kernel_size", self.kernel), *named)
        )
