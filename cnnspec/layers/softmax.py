"""Activation functions that look along an axis."""

from typing import ClassVar

from cnnspec.declarations.types import Integer
from cnnspec.layers.activation import Activation
from cnnspec.layers.base import Saved
from cnnspec.layers.shape_problems import OddAxis
from cnnspec.values.call import Call
from cnnspec.values.dims import indivisible
from cnnspec.values.ranges import NEGATIVE, PROBABILITIES, ZERO, Range
from cnnspec.values.shapes import Shape


class _AlongAxis(Activation):
    """A function of all the numbers along `axis` (0 is the channels)."""

    torch_axes: ClassVar[dict[str, str]] = {"dim": "axis"}
    saves: ClassVar[Saved] = Saved(output=True)

    axis: Integer = 0

    def infer(self, x: Shape) -> Shape:
        self.along(x)
        return x

    def along(self, x: Shape) -> int:
        """Returns the number of the axis, counted from the front."""
        return self.axis_number("axis", x, self.axis)

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[0]}", (), (("dim", self.along(x) + 1),))


class _Shares(_AlongAxis):
    """Shares of one whole; a number that stands alone takes all of it, whatever it is."""

    def bounds(self, x: Shape, taken: Range) -> Range:
        return Range(1, 1) if x.sizes[self.along(x)] == 1 else PROBABILITIES


class Softmax(_Shares):
    """Softmax: exp(x) / sum(exp(x)) along `axis`, so that the numbers are positive and sum to 1."""

    keyword: ClassVar[str] = "softmax"
    torch_names: ClassVar[tuple[str, ...]] = ("Softmax", "Softmax2d")
    examples: ClassVar[tuple[str, ...]] = ("softmax",)


class LogSoftmax(_AlongAxis):
    """Logarithm of softmax: x - log(sum(exp(x))) along `axis`."""

    keyword: ClassVar[str] = "log_softmax"
    torch_names: ClassVar[tuple[str, ...]] = ("LogSoftmax",)
    examples: ClassVar[tuple[str, ...]] = ("log_softmax",)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return ZERO if x.sizes[self.along(x)] == 1 else NEGATIVE


class Softmin(_Shares):
    """Softmax of -x along `axis`."""

    keyword: ClassVar[str] = "softmin"
    torch_names: ClassVar[tuple[str, ...]] = ("Softmin",)
    examples: ClassVar[tuple[str, ...]] = ("softmin",)

    def scratch(self, x: Shape, y: Shape) -> Saved:
        return Saved(numbers=x.features)  # -x


class Glu(_AlongAxis):
    """Gated linear unit (Dauphin et al., 2017): the first half along `axis`, times the sigmoid of the second half."""

    keyword: ClassVar[str] = "glu"
    torch_names: ClassVar[tuple[str, ...]] = ("GLU",)
    examples: ClassVar[tuple[str, ...]] = ("glu", "glu axis=0")
    formula: ClassVar[str] = "half the size of the axis"
    saves: ClassVar[Saved] = Saved(input=True)

    axis: Integer = -1

    def infer(self, x: Shape) -> Shape:
        number = self.along(x)
        if indivisible(x.sizes[number], 2):
            raise OddAxis("axis", self.keyword, number, x)
        return Shape((*x.sizes[:number], x.sizes[number] // 2, *x.sizes[number + 1 :]), x.channels_first)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken.stretched(1)
