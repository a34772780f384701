"""Smooth activation functions that few networks use."""

from typing import ClassVar

from cnnspec.declarations.types import Flag, Number
from cnnspec.layers.activation import Activation
from cnnspec.layers.base import Saved
from cnnspec.values.ranges import ALL, NEGATIVE, POSITIVE, Range
from cnnspec.values.shapes import Shape


class Mish(Activation):
    """Mish (Misra, 2019): x * tanh(softplus(x))."""

    keyword: ClassVar[str] = "mish"
    torch_names: ClassVar[tuple[str, ...]] = ("Mish",)
    examples: ClassVar[tuple[str, ...]] = ("mish",)

    inplace: Flag = False


class LogSigmoid(Activation):
    """Logarithm of the logistic function: log(1 / (1 + exp(-x)))."""

    keyword: ClassVar[str] = "log_sigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("LogSigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("log_sigmoid",)

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, numbers=x.features)  # exp(-|x|)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return NEGATIVE


class Tanhshrink(Activation):
    """x - tanh(x)."""

    keyword: ClassVar[str] = "tanhshrink"
    torch_names: ClassVar[tuple[str, ...]] = ("Tanhshrink",)
    examples: ClassVar[tuple[str, ...]] = ("tanhshrink",)

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(numbers=x.features)  # tanh(x)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken.stretched(1)


class Softplus(Activation):
    """Smooth rectifier: log(1 + exp(`beta` * x)) / `beta`; linear where `beta` * x exceeds `threshold`."""

    keyword: ClassVar[str] = "softplus"
    torch_names: ClassVar[tuple[str, ...]] = ("Softplus",)
    examples: ClassVar[tuple[str, ...]] = ("softplus",)

    beta: Number = 1.0
    threshold: Number = 20.0

    def bounds(self, x: Shape, taken: Range) -> Range:
        return POSITIVE if self.beta > 0 and self.threshold >= 0 else ALL


class Softsign(Activation):
    """x / (1 + |x|)."""

    keyword: ClassVar[str] = "softsign"
    torch_names: ClassVar[tuple[str, ...]] = ("Softsign",)
    examples: ClassVar[tuple[str, ...]] = ("softsign",)

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(input=True, numbers=x.features)  # 1 + |x|

    def bounds(self, x: Shape, taken: Range) -> Range:
        return Range(-1 if taken.low < 0 else 0, 1 if taken.high > 0 else 0)
