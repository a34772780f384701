"""Layers that bring values to zero mean and unit variance, or to unit scale, over different sets of axes."""

import math
from typing import Annotated, ClassVar, Literal

from cnnspec.declarations.types import Extent, Flag, Number, Positive, PositiveNumber, Says
from cnnspec.layers.base import Layer, Saved, Sizes
from cnnspec.layers.problems import DeclaredSizeDiffers, NeedsPositions, NotDivisible, OneValuePerChannel
from cnnspec.values.call import Call
from cnnspec.values.dims import Dim, differ, indivisible, single
from cnnspec.values.shapes import Shape


class _ChannelStatistics(Layer):
    """Mean and variance of each channel, with torch's arguments; all of them named."""

    family: ClassVar[str] = "normalization"
    named_only: ClassVar[frozenset[str]] = frozenset(
        {"eps", "momentum", "affine", "track_running_stats", "bias", "num_features"}
    )
    eps: Number = 1e-5
    momentum: Number | None = 0.1
    affine: Flag = True
    track_running_stats: Flag = True
    bias: Flag = True
    num_features: Positive | None = None

    def verify_features(self, x: Shape) -> None:
        """Raises where a declared number of channels differs from what arrives."""
        if self.num_features is not None and differ(self.num_features, x.channels):
            raise DeclaredSizeDiffers("num_features", self.keyword, self.num_features, x.channels)

    def inputs(self, x: Shape) -> Dim:
        """Returns the number of channels: as declared, which has been verified, or as it arrives."""
        return x.channels if self.num_features is None else self.num_features

    def weights(self, x: Shape) -> Sizes:
        return scale_and_shift(self.affine, self.bias, (self.inputs(x),))

    def buffers(self, x: Shape) -> Sizes:
        if not self.track_running_stats:
            return {}
        return {"running_mean": (self.inputs(x),), "running_var": (self.inputs(x),), "num_batches_tracked": ()}


class BatchNorm(_ChannelStatistics):
    """Batch normalization (Ioffe and Szegedy, 2015): each channel over the batch and all positions, then scale and shift.

    Training needs more than one value in each channel of a batch: a flat value or a single position needs a batch of two.
    """

    keyword: ClassVar[str] = "batchnorm"
    torch_names: ClassVar[tuple[str, ...]] = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")
    ranks: ClassVar[tuple[int, ...]] = (0, 1, 2, 3)
    examples: ClassVar[tuple[str, ...]] = ("batchnorm", "batchnorm eps=0.001, momentum=0.01")

    eps: PositiveNumber = 1e-5

    def infer(self, x: Shape) -> Shape:
        self.require_positions(x)
        self.verify_features(x)
        return x if x.channels_first else Shape(x.sizes)

    def has_single_values(self, x: Shape) -> bool:
        return x.features == x.channels

    def torch(self, x: Shape) -> Call:
        named = self.changed("eps", "momentum", "affine", "track_running_stats", "bias")
        rank = max(1, x.rank - 1)  # BatchNorm1d is also the one for flat values
        return Call(f"nn.BatchNorm{rank}d", (self.inputs(x),), named)

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, once=2 * x.channels)  # mean and deviation


class InstanceNorm(_ChannelStatistics):
    """Instance normalization (Ulyanov et al., 2016): each channel of each sample over its positions."""

    keyword: ClassVar[str] = "instancenorm"
    torch_names: ClassVar[tuple[str, ...]] = ("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    examples: ClassVar[tuple[str, ...]] = ("instancenorm", "instancenorm affine=true")

    affine: Flag = False
    track_running_stats: Flag = False

    def infer(self, x: Shape) -> Shape:
        self.require_positions(x)
        self.verify_features(x)
        if single(x.spatial):
            raise OneValuePerChannel(self.keyword, x)
        return Shape(x.sizes)

    def torch(self, x: Shape) -> Call:
        named = self.changed("eps", "momentum", "affine", "track_running_stats", "bias")
        return Call(f"nn.InstanceNorm{x.rank - 1}d", (self.inputs(x),), named)

    def saved(self, x: Shape, y: Shape) -> Saved:
        """torch normalizes N samples of C channels as a batch of N * C: with a copy for each of the factors and statistics."""
        copies = 2 + (1 if self.affine else 0) + (2 if self.track_running_stats else 0)
        return Saved(input=True, numbers=copies * x.channels)


class GroupNorm(Layer):
    """Group normalization (Wu and He, 2018): each sample over the positions and channels of each of `num_groups` groups."""

    keyword: ClassVar[str] = "groupnorm"
    family: ClassVar[str] = "normalization"
    torch_names: ClassVar[tuple[str, ...]] = ("GroupNorm",)
    named_only: ClassVar[frozenset[str]] = frozenset({"num_channels", "bias"})
    examples: ClassVar[tuple[str, ...]] = ("groupnorm 8",)

    num_groups: Positive
    eps: Number = 1e-5
    affine: Flag = True
    bias: Flag = True
    num_channels: Positive | None = None

    def infer(self, x: Shape) -> Shape:
        if self.num_channels is not None and differ(self.num_channels, x.channels):
            raise DeclaredSizeDiffers("num_channels", self.keyword, self.num_channels, x.channels)
        if indivisible(x.channels, self.num_groups):
            raise NotDivisible("num_groups", self.keyword, "the input channels", x.channels, self.num_groups)
        return Shape(x.sizes)

    def inputs(self, x: Shape) -> Dim:
        """Returns the number of channels: as declared, which has been verified, or as it arrives."""
        return x.channels if self.num_channels is None else self.num_channels

    def weights(self, x: Shape) -> Sizes:
        return scale_and_shift(self.affine, self.bias, (self.inputs(x),))

    def has_single_values(self, x: Shape) -> bool:
        return x.features == self.num_groups

    def torch(self, x: Shape) -> Call:
        return Call("nn.GroupNorm", (self.num_groups, self.inputs(x)), self.changed("eps", "affine", "bias"))

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, numbers=2 * self.num_groups)  # mean and deviation


class _LastAxesNorm(Layer):
    """Statistics of the last axes of each sample: one axis unless `normalized_shape` names more. Keeps the meaning of axes."""

    family: ClassVar[str] = "normalization"
    formula: ClassVar[str] = "same shape"

    elementwise_affine: Flag = True
    normalized_shape: Extent | None = None

    def normalized(self, x: Shape) -> tuple[int, ...]:
        """Returns the sizes of the axes to normalize: as declared, which has been verified, or as they arrive."""
        declared = self.normalized_shape
        if declared is None:
            return self.arriving(x, 1)
        return (declared,) if isinstance(declared, int) else declared

    def arriving(self, x: Shape, axes: int) -> tuple[int, ...]:
        """Returns the sizes that arrive along as many axes to normalize."""
        return x.sizes[-axes:]

    def infer(self, x: Shape) -> Shape:
        declared = self.normalized(x)
        arriving = self.arriving(x, len(declared))
        if differ(declared, arriving):
            raise DeclaredSizeDiffers("normalized_shape", self.keyword, declared, arriving)
        return x

    def size_argument(self, x: Shape) -> int | tuple[int, ...]:
        """Returns the first argument of torch's module, as people write it."""
        sizes = self.normalized(x)
        return sizes[0] if len(sizes) == 1 else sizes


class LayerNorm(_LastAxesNorm):
    """Layer normalization (Ba et al., 2016) of each sample over its last axis, then scale and shift.

    `axis=channels` normalizes each position of a channels-first value over its channels instead, as ConvNeXt does.
    """

    keyword: ClassVar[str] = "layernorm"
    torch_names: ClassVar[tuple[str, ...]] = ("LayerNorm",)
    named_only: ClassVar[frozenset[str]] = frozenset({"axis", "eps", "elementwise_affine", "bias", "normalized_shape"})
    examples: ClassVar[tuple[str, ...]] = (
        "layernorm",
        "layernorm axis=channels, eps=1e-6",
        "layernorm normalized_shape=1x28x28",
    )

    eps: Number = 1e-5
    bias: Flag = True
    axis: Annotated[Literal["last", "channels"], Says("`last` or `channels`")] = "last"

    def infer(self, x: Shape) -> Shape:
        return Shape(super().infer(x).sizes) if self.axis == "channels" else super().infer(x)

    def arriving(self, x: Shape, axes: int) -> tuple[int, ...]:
        return super().arriving(x, axes) if self.axis == "last" else (x.channels,)

    def weights(self, x: Shape) -> Sizes:
        return scale_and_shift(self.elementwise_affine, self.bias, self.normalized(x))

    def torch(self, x: Shape) -> Call:
        named = self.changed("eps", "elementwise_affine", "bias")
        if self.axis == "channels" and x.rank > 1:
            return Call("ChannelLayerNorm", (x.channels,), named)
        return Call("nn.LayerNorm", (self.size_argument(x),), named)

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, numbers=2 * (x.features // math.prod(self.normalized(x))))  # mean and deviation


class RmsNorm(_LastAxesNorm):
    """Root mean square normalization (Zhang and Sennrich, 2019) of each sample over its last axis, then scale."""

    keyword: ClassVar[str] = "rmsnorm"
    torch_names: ClassVar[tuple[str, ...]] = ("RMSNorm",)
    named_only: ClassVar[frozenset[str]] = frozenset({"eps", "elementwise_affine", "normalized_shape"})
    examples: ClassVar[tuple[str, ...]] = ("rmsnorm",)

    eps: Number | None = None

    def weights(self, x: Shape) -> Sizes:
        return scale_and_shift(self.elementwise_affine, False, self.normalized(x))

    def torch(self, x: Shape) -> Call:
        return Call("nn.RMSNorm", (self.size_argument(x),), self.changed("eps", "elementwise_affine"))

    def saved(self, x: Shape, y: Shape) -> Saved:
        """Keeps the scale of each set of numbers, and what the factors are multiplied with."""
        scaled = x.features if self.elementwise_affine else 0
        return Saved(input=True, numbers=x.features // math.prod(self.normalized(x)) + scaled)


class LocalResponseNorm(Layer):
    """Local response normalization (Krizhevsky et al., 2012): each number over those at its place in `size` channels around it.

    Divides by (k + alpha / size * sum of squares)^beta.
    """

    keyword: ClassVar[str] = "local_response_norm"
    family: ClassVar[str] = "normalization"
    torch_names: ClassVar[tuple[str, ...]] = ("LocalResponseNorm",)
    examples: ClassVar[tuple[str, ...]] = ("local_response_norm 5", "local_response_norm 5, alpha=1e-4, beta=0.75, k=2")

    size: Positive
    alpha: Number = 1e-4
    beta: Number = 0.75
    k: Number = 1.0

    def infer(self, x: Shape) -> Shape:
        if x.rank == 1:
            raise NeedsPositions(self.keyword, x, ())
        return Shape(x.sizes)

    def torch(self, x: Shape) -> Call:
        return Call("nn.LocalResponseNorm", (self.size,), self.changed("alpha", "beta", "k"))

    def saved(self, x: Shape, y: Shape) -> Saved:
        """Keeps the squares with `size` - 1 channels of zeros around them, their sums, and the powers of these."""
        squares = (x.channels + self.size - 1) * math.prod(x.spatial)
        return Saved(input=True, numbers=squares + 2 * x.features)

    def scratch(self, x: Shape, y: Shape) -> Saved:
        return Saved(numbers=2 * x.features)


def scale_and_shift(scale: bool, shift: bool, sizes: tuple[int, ...]) -> Sizes:
    """Returns torch's names for the factors and summands of an affine norm; there is no shift without a scale."""
    if not scale:
        return {}
    return {"weight": sizes, "bias": sizes} if shift else {"weight": sizes}
