"""Activation functions with a kink, or bent around one."""

from typing import ClassVar

from cnnspec.declarations.types import Flag, NonNegativeNumber, Number, Positive
from cnnspec.layers.activation import Activation
from cnnspec.layers.base import Saved, Sizes
from cnnspec.layers.problems import InvalidArgument
from cnnspec.values.call import Call
from cnnspec.values.ranges import POSITIVE, PROBABILITIES, Range, around
from cnnspec.values.shapes import Shape


class _Invertible(Activation):
    """Its gradient follows from the output as well, which is what is kept where it overwrites the input."""

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(output=True) if self.is_in_place else self.saves


class Relu6(Activation):
    """Rectifier with a ceiling: min(max(0, x), 6)."""

    keyword: ClassVar[str] = "relu6"
    torch_names: ClassVar[tuple[str, ...]] = ("ReLU6",)
    examples: ClassVar[tuple[str, ...]] = ("relu6",)

    inplace: Flag = False

    def bounds(self, x: Shape, taken: Range) -> Range:
        return Range(0, 6).clip(taken)


class LeakyRelu(_Invertible):
    """Leaky rectifier (Maas et al., 2013): x where positive, `negative_slope` * x elsewhere."""

    keyword: ClassVar[str] = "leaky_relu"
    torch_names: ClassVar[tuple[str, ...]] = ("LeakyReLU",)
    examples: ClassVar[tuple[str, ...]] = ("leaky_relu 0.2",)

    negative_slope: Number = 0.01
    inplace: Flag = False


class Prelu(Activation):
    """Parametric rectifier (He et al., 2015): leaky with a learned slope, or one for each of `num_parameters`."""

    keyword: ClassVar[str] = "prelu"
    torch_names: ClassVar[tuple[str, ...]] = ("PReLU",)
    examples: ClassVar[tuple[str, ...]] = ("prelu", "prelu in.channels")

    num_parameters: Positive = 1
    init: Number = 0.25

    def infer(self, x: Shape) -> Shape:
        if self.num_parameters not in (1, x.channels):
            text = f"`prelu` has one slope for all channels or one for each of the {x.channels}, not {self.num_parameters}"
            raise InvalidArgument("num_parameters", text, "write `prelu in.channels` for one slope for each channel")
        return x

    def weights(self, x: Shape) -> Sizes:
        return {"weight": (self.num_parameters,)}


class Rrelu(_Invertible):
    """Randomized leaky rectifier (Xu et al., 2015): a slope drawn from `lower` to `upper` in training, their mean otherwise."""

    keyword: ClassVar[str] = "rrelu"
    torch_names: ClassVar[tuple[str, ...]] = ("RReLU",)
    examples: ClassVar[tuple[str, ...]] = ("rrelu",)

    lower: Number = 1 / 8
    upper: Number = 1 / 3
    inplace: Flag = False

    def infer(self, x: Shape) -> Shape:
        if self.lower > self.upper:
            raise InvalidArgument("upper", f"`upper` is {self.upper}, below `lower`, which is {self.lower}")
        return x

    def saved(self, x: Shape, y: Shape) -> Saved:
        return super().saved(x, y)._replace(numbers=x.features)  # the slopes that were drawn

    def scratch(self, x: Shape, y: Shape) -> Saved:
        return Saved()


class Elu(_Invertible):
    """Exponential linear unit (Clevert et al., 2015): x where positive, `alpha` * (exp(x) - 1) elsewhere."""

    keyword: ClassVar[str] = "elu"
    torch_names: ClassVar[tuple[str, ...]] = ("ELU",)
    examples: ClassVar[tuple[str, ...]] = ("elu",)

    alpha: Number = 1.0
    inplace: Flag = False


class Selu(_Invertible):
    """Scaled exponential linear unit (Klambauer et al., 2017), which keeps zero mean and unit variance."""

    keyword: ClassVar[str] = "selu"
    torch_names: ClassVar[tuple[str, ...]] = ("SELU",)
    examples: ClassVar[tuple[str, ...]] = ("selu",)

    inplace: Flag = False

    def bounds(self, x: Shape, taken: Range) -> Range:
        """Numbers from 0 on become 1.05 times as large."""
        return POSITIVE if taken.low >= 0 else super().bounds(x, taken)


class Celu(_Invertible):
    """Continuously differentiable ELU (Barron, 2017): max(0, x) + min(0, `alpha` * (exp(x / `alpha`) - 1))."""

    keyword: ClassVar[str] = "celu"
    torch_names: ClassVar[tuple[str, ...]] = ("CELU",)
    examples: ClassVar[tuple[str, ...]] = ("celu",)

    alpha: Number = 1.0
    inplace: Flag = False

    def infer(self, x: Shape) -> Shape:
        if self.alpha == 0:
            raise InvalidArgument("alpha", "`celu` divides by `alpha`, which is 0")
        return x


class Hardsigmoid(Activation):
    """Piecewise linear sigmoid: min(max(0, x/6 + 1/2), 1)."""

    keyword: ClassVar[str] = "hardsigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardsigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("hardsigmoid",)

    inplace: Flag = False

    def bounds(self, x: Shape, taken: Range) -> Range:
        return PROBABILITIES


class Hardswish(Activation):
    """Piecewise swish (Howard et al., 2019): x * hardsigmoid(x)."""

    keyword: ClassVar[str] = "hardswish"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardswish",)
    examples: ClassVar[tuple[str, ...]] = ("hardswish",)

    inplace: Flag = False


class Hardtanh(Activation):
    """Clip to the range from `min_val` to `max_val`."""

    keyword: ClassVar[str] = "hardtanh"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardtanh",)
    examples: ClassVar[tuple[str, ...]] = ("hardtanh", "hardtanh 0, 6")

    min_val: Number = -1.0
    max_val: Number = 1.0
    inplace: Flag = False

    def infer(self, x: Shape) -> Shape:
        if self.min_val >= self.max_val:
            raise InvalidArgument("max_val", f"`max_val` is {self.max_val}, not above `min_val`, which is {self.min_val}")
        return x

    def bounds(self, x: Shape, taken: Range) -> Range:
        return Range(self.min_val, self.max_val).clip(taken)


class Hardshrink(Activation):
    """Zero where |x| <= `lambd`, x elsewhere."""

    keyword: ClassVar[str] = "hardshrink"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardshrink",)
    examples: ClassVar[tuple[str, ...]] = ("hardshrink",)

    lambd: Number = 0.5

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken.stretched(1)


class Softshrink(Activation):
    """Move x towards zero by `lambd`, and no further than zero."""

    keyword: ClassVar[str] = "softshrink"
    torch_names: ClassVar[tuple[str, ...]] = ("Softshrink",)
    examples: ClassVar[tuple[str, ...]] = ("softshrink",)

    lambd: NonNegativeNumber = 0.5

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken.stretched(1)


class Threshold(Activation):
    """x where above `threshold`, the number `value` elsewhere."""

    keyword: ClassVar[str] = "threshold"
    torch_names: ClassVar[tuple[str, ...]] = ("Threshold",)
    examples: ClassVar[tuple[str, ...]] = ("threshold 0.1, 0",)

    threshold: Number
    value: Number
    inplace: Flag = False

    def torch(self, x: Shape) -> Call:
        return Call("nn.Threshold", (self.threshold, self.value), self.changed("inplace"))

    def bounds(self, x: Shape, taken: Range) -> Range:
        return around((Range(max(taken.low, self.threshold), taken.high), Range(self.value, self.value)))
