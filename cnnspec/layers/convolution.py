"""Convolutions."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

from cnnspec.declarations.types import Extent, Flag, Margin, Positive, Says
from cnnspec.layers.base import Sizes, Window
from cnnspec.layers.fixed import Weighted
from cnnspec.layers.problems import InChannelsDiffer, InvalidArgument, NotDivisible
from cnnspec.layers.windows import Axis, axes
from cnnspec.values.call import Call
from cnnspec.values.shapes import Dim, Shape

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class _Convolution(Weighted):
    """What both convolutions share: channels, groups, and where the numbers go."""

    family: ClassVar[str] = "weights"
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    aliases: ClassVar[dict[str, str]] = {"kernel_size": "kernel"}

    def verify_channels(self, x: Shape, out_channels: int, groups: int, declared: int | None) -> None:
        """Raises where channels and groups do not fit."""
        for what, size in (("the input channels", x.channels), ("the output channels", out_channels)):
            if size % groups:
                raise NotDivisible("groups", self.keyword, what, size, groups)
        if declared is not None and declared != x.channels:
            raise InChannelsDiffer("in_channels", self.keyword, declared, x.channels)


class Conv(_Convolution):
    """Convolution: slide `out_channels` learned kernels over the input (cross-correlation, as in every framework).

    `padding="same"` keeps the size (stride 1 only), `"valid"` means no padding. `weight`, `bias_value` and `frozen` give the
    layer fixed numbers; a `weight` of the kernel's shape alone serves all channels. `init` overrides the network's.
    """

    keyword: ClassVar[str] = "conv"
    torch_names: ClassVar[tuple[str, ...]] = ("Conv1d", "Conv2d", "Conv3d")
    examples: ClassVar[tuple[str, ...]] = ("conv 64, kernel=3, padding=1", "conv 32, 5, stride=2", 'conv 16, 3x5, padding="same"')
    formula: ClassVar[str] = "C_out x floor((W + 2P - D(K-1) - 1)/S) + 1 on each axis; W on each axis for padding=\"same\""

    out_channels: Positive
    kernel: Extent
    stride: Extent = 1
    padding: Annotated[Margin | Literal["same", "valid"], Says('an integer that is not negative, one for each axis, "same" or "valid"')] = 0
    dilation: Extent = 1
    groups: Positive = 1
    bias: Flag = True
    padding_mode: PaddingMode = "zeros"
    in_channels: Positive | None = None

    named_only: ClassVar[frozenset[str]] = Weighted.named_only | {"in_channels"}

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        along = self._axes(rank)
        if self.padding == "same":
            if any(axis.stride != 1 for axis in along):
                raise InvalidArgument(
                    "stride", '`padding="same"` cannot be combined with a stride above 1', "write the padding as a number"
                )
            spatial = x.spatial
        else:
            spatial = tuple(axis.slide(size) for axis, size in zip(along, x.spatial, strict=True))
        self._verify_padding_mode(x, along)
        self.verify_channels(x, self.out_channels, self.groups, self.in_channels)
        weight = self._weight(x, rank)
        self.verify_numbers(weight, self.bias, (self.out_channels,))
        return Shape((self.out_channels, *spatial))

    def _axes(self, rank: int) -> list[Axis]:
        padding = 0 if isinstance(self.padding, str) else self.padding
        return axes(
            self.keyword,
            self.per_axis("kernel", self.kernel, rank),
            self.per_axis("stride", self.stride, rank),
            self.per_axis("padding", padding, rank),
            self.per_axis("dilation", self.dilation, rank),
        )

    def _verify_padding_mode(self, x: Shape, along: list[Axis]) -> None:
        """Raises where reflection or wrapping needs more input than there is (torch.nn.functional.pad)."""
        if self.padding_mode not in ("reflect", "circular") or self.padding == "valid":
            return
        for axis, size in zip(along, x.spatial, strict=True):
            # "same" splits D(K-1) into two sides, the larger one last
            needed = -(-(axis.extent - 1) // 2) if self.padding == "same" else axis.padding
            most = size - 1 if self.padding_mode == "reflect" else size
            if needed > most:
                raise InvalidArgument(
                    "padding", f'`padding_mode="{self.padding_mode}"` allows a padding of at most {most} here, not {needed}'
                )

    def _weight(self, x: Shape, rank: int) -> tuple[int, ...]:
        return (self.out_channels, x.channels // self.groups, *self.per_axis("kernel", self.kernel, rank))

    def weights(self, x: Shape) -> Sizes:
        weight = self._weight(x, x.rank - 1)
        return {"weight": weight, "bias": (self.out_channels,)} if self.bias else {"weight": weight}

    def macs(self, x: Shape, y: Shape) -> Dim:
        return y.features * math.prod(self._weight(x, x.rank - 1)[1:])

    def window(self, x: Shape) -> Window:
        along = self._axes(x.rank - 1)
        return Window(tuple(axis.extent for axis in along), tuple(axis.stride for axis in along))

    def torch(self, x: Shape) -> Call:
        rank = x.rank - 1
        written = {
            "stride": (self.stride, 1),
            "padding": (self.padding, 0),
            "dilation": (self.dilation, 1),
            "groups": (self.groups, 1),
            "bias": (self.bias, True),
            "padding_mode": (self.padding_mode, "zeros"),
        }
        named = [("kernel_size", self.kernel), *((name, value) for name, (value, default) in written.items() if value != default)]
        return Call(f"nn.Conv{rank}d", (x.channels, self.out_channels), tuple(named))
