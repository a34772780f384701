"""Layers that trade resolution: interpolation, and channels for positions."""

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from cnnspec.declarations.types import Extent, Factor, Flag, Positive, Says
from cnnspec.layers.adaptive import adaptive_window, kept_by_average
from cnnspec.layers.base import Layer, Saved, Window
from cnnspec.layers.problems import InvalidArgument, NotDivisible, NotExactlyOne
from cnnspec.layers.window_problems import SizeBelowOne
from cnnspec.values.call import Call, Value
from cnnspec.values.dims import Dim, Formula, indivisible, refused, scaled
from cnnspec.values.ranges import ALL, Range
from cnnspec.values.shapes import Shape, axis_name

# torch's word for linear interpolation, by the number of spatial axes
_LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}
_RANK_OF_MODE = {"bilinear": 2, "trilinear": 3, "bicubic": 2}


class Upsample(Layer):
    """Interpolate to `scale_factor` times the size, or to `size` positions; smaller than the input is allowed.

    `mode=linear` is torch's linear, bilinear or trilinear, by the number of axes.
    """

    keyword: ClassVar[str] = "upsample"
    family: ClassVar[str] = "shape"
    torch_names: ClassVar[tuple[str, ...]] = ("Upsample",)
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    named_only: ClassVar[frozenset[str]] = frozenset({"size", "mode", "align_corners", "recompute_scale_factor"})
    examples: ClassVar[tuple[str, ...]] = ("upsample 2", "upsample 2, mode=linear, align_corners=true", "upsample size=64x64")
    formula: ClassVar[str] = "C x floor(W * scale_factor), or C x size on each axis"

    scale_factor: Factor | None = None
    size: Extent | None = None
    mode: Annotated[
        Literal["nearest", "nearest-exact", "linear", "bilinear", "trilinear", "bicubic", "area"],
        Says("`nearest`, `linear`, `bicubic`, `area` or another mode of nn.Upsample"),
    ] = "nearest"
    align_corners: Flag | None = None
    recompute_scale_factor: Flag | None = None

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        if (self.scale_factor is None) == (self.size is None):
            given = self.size is not None
            raise NotExactlyOne("size" if given else None, self.keyword, ("scale_factor", "size"), given)
        if _RANK_OF_MODE.get(self.mode, rank) != rank:
            text = f"`mode={self.mode}` needs {_RANK_OF_MODE[self.mode]} spatial axes, but {x} has {rank}"
            raise InvalidArgument("mode", text, None if self.mode == "bicubic" else "`mode=linear` fits any number of axes")
        if self.align_corners is not None and self.mode in ("nearest", "nearest-exact", "area"):
            raise InvalidArgument("align_corners", f"`align_corners` has no meaning for `mode={self.mode}`")
        if self.recompute_scale_factor and self.size is not None:
            raise InvalidArgument("recompute_scale_factor", "there is no scale factor to recompute where `size` is given")
        return Shape((x.channels, *self._sizes(x, rank)))

    def _sizes(self, x: Shape, rank: int) -> tuple[Dim, ...]:
        if self.size is not None:
            return self.per_axis("size", self.size, rank)
        factors = self.per_axis("scale_factor", self.scale_factor or 1, rank)
        sizes = tuple(scaled(size, float(factor)) for size, factor in zip(x.spatial, factors, strict=True))
        for axis, size in enumerate(sizes):
            if refused(size < 1):
                raise SizeBelowOne("scale_factor", self.keyword, size, axis, rank)
        return sizes

    def window(self, x: Shape) -> Window:
        """Returns 1, 2 or 4 positions for nearest, linear and cubic interpolation, W/output of a position apart."""
        targets = self._sizes(x, x.rank - 1)
        if self.mode == "area":
            return adaptive_window(x.spatial, targets)
        reach = 1 if self.mode.startswith("nearest") else 4 if self.mode == "bicubic" else 2
        factors = self.per_axis("scale_factor", self.scale_factor or 1, x.rank - 1)
        steps = tuple(
            1 / Fraction(factor) if isinstance(size, Formula) else Fraction(size, target)
            for size, target, factor in zip(x.spatial, targets, factors, strict=True)
        )
        return Window(tuple(min(reach, size) for size in x.spatial), steps)

    def bounds(self, x: Shape, taken: Range) -> Range:
        """All modes but one take means; cubic interpolation overshoots (Keys, 1981)."""
        return ALL if self.mode == "bicubic" else taken

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        """The nearest position gives all its channels."""
        return axis if axis == 0 and self.mode.startswith("nearest") else None

    def torch(self, x: Shape) -> Call:
        mode = _LINEAR[x.rank - 1] if self.mode == "linear" else self.mode
        spelled: tuple[tuple[str, Value], ...] = () if mode == "nearest" else (("mode", mode),)
        others = self.changed("align_corners", "recompute_scale_factor")
        return Call("nn.Upsample", (), (*self.changed("scale_factor", "size"), *spelled, *others))

    def saved(self, x: Shape, y: Shape) -> Saved:
        return kept_by_average(y) if self.mode == "area" else Saved()


class _PixelLayer(Layer):
    """Rearrangements between channels and positions of images; torch has them for two spatial axes."""

    family: ClassVar[str] = "shape"
    ranks: ClassVar[tuple[int, ...]] = (2,)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken


class PixelShuffle(_PixelLayer):
    """Sub-pixel shuffle (Shi et al., 2016): r*r channels become r times the height and width, r = `upscale_factor`."""

    keyword: ClassVar[str] = "pixel_shuffle"
    torch_names: ClassVar[tuple[str, ...]] = ("PixelShuffle",)
    examples: ClassVar[tuple[str, ...]] = ("pixel_shuffle 2",)
    formula: ClassVar[str] = "C/r^2 x H*r x W*r"

    upscale_factor: Positive

    def infer(self, x: Shape) -> Shape:
        self.require_positions(x)
        factor = self.upscale_factor
        if indivisible(x.channels, factor**2):
            text = f"the {x.channels} channels that arrive cannot be shared out to {factor}x{factor} positions each"
            fewer = x.channels // factor**2 * factor**2
            fits = f"{fewer} or {fewer + factor**2} channels" if fewer else f"{factor**2} channels"
            raise InvalidArgument("upscale_factor", text, f"{x.channels} is not divisible by {factor**2}; {fits} would do")
        channels, height, width = x.sizes
        return Shape((channels // factor**2, height * factor, width * factor))

    def window(self, x: Shape) -> Window:
        return Window((1, 1), (Fraction(1, self.upscale_factor),) * 2)

    def torch(self, x: Shape) -> Call:
        return Call("nn.PixelShuffle", (self.upscale_factor,))


class PixelUnshuffle(_PixelLayer):
    """The inverse of `pixel_shuffle`: r times r positions become r*r channels, r = `downscale_factor`."""

    keyword: ClassVar[str] = "pixel_unshuffle"
    torch_names: ClassVar[tuple[str, ...]] = ("PixelUnshuffle",)
    examples: ClassVar[tuple[str, ...]] = ("pixel_unshuffle 2",)
    formula: ClassVar[str] = "C*r^2 x H/r x W/r"

    downscale_factor: Positive

    def infer(self, x: Shape) -> Shape:
        rank = self.require_positions(x)
        factor = self.downscale_factor
        for axis, size in enumerate(x.spatial):
            if indivisible(size, factor):
                raise NotDivisible(
                    "downscale_factor", self.keyword, f"the positions along the {axis_name(axis, rank)}", size, factor
                )
        channels, height, width = x.sizes
        return Shape((channels * factor**2, height // factor, width // factor))

    def window(self, x: Shape) -> Window:
        """Returns the r times r positions that the channels of one output position come from."""
        return Window((self.downscale_factor,) * 2, (self.downscale_factor,) * 2)

    def torch(self, x: Shape) -> Call:
        return Call("nn.PixelUnshuffle", (self.downscale_factor,))
