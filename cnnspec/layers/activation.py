"""Activation functions that most networks use, and what all of them share.

The others stand in `rectifiers`, `smooth_activations` and `softmax`: a start imports only the modules of a network's words.
"""

import math
from typing import Annotated, ClassVar, Literal

from cnnspec.declarations.types import Flag, Says
from cnnspec.layers.base import Layer, Saved
from cnnspec.values.call import Call
from cnnspec.values.ranges import ALL, POSITIVE, PROBABILITIES, Range
from cnnspec.values.shapes import Shape


class Activation(Layer):
    """A function applied to each number; the call lists the arguments that differ from torch's defaults."""

    family: ClassVar[str] = "activation"
    saves: ClassVar[Saved] = Saved(input=True)

    def bounds(self, x: Shape, taken: Range) -> Range:
        """Of numbers from 0 on, most functions make such between 0 and them; the others say so."""
        return Range(0, taken.high) if taken.low >= 0 else ALL

    def saved(self, x: Shape, y: Shape) -> Saved:
        """An input that is kept and overwritten is copied before."""
        return Saved(numbers=x.features) if self.is_in_place and self.saves.input else self.saves

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[0]}", (), self.changed(*type(self).model_fields))


class Relu(Activation):
    """Rectifier: max(0, x)."""

    keyword: ClassVar[str] = "relu"
    torch_names: ClassVar[tuple[str, ...]] = ("ReLU",)
    examples: ClassVar[tuple[str, ...]] = ("relu",)
    saves: ClassVar[Saved] = Saved(output=True)

    inplace: Flag = False

    def bounds(self, x: Shape, taken: Range) -> Range:
        return POSITIVE.clip(taken)


class Sigmoid(Activation):
    """Logistic function: 1 / (1 + exp(-x))."""

    keyword: ClassVar[str] = "sigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("Sigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("sigmoid",)
    saves: ClassVar[Saved] = Saved(output=True)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return PROBABILITIES


class Tanh(Activation):
    """Hyperbolic tangent."""

    keyword: ClassVar[str] = "tanh"
    torch_names: ClassVar[tuple[str, ...]] = ("Tanh",)
    examples: ClassVar[tuple[str, ...]] = ("tanh",)
    saves: ClassVar[Saved] = Saved(output=True)

    def bounds(self, x: Shape, taken: Range) -> Range:
        return Range(math.tanh(taken.low), math.tanh(taken.high))


class Gelu(Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel, 2016): x * Phi(x); `approximate=tanh` for its cheap form."""

    keyword: ClassVar[str] = "gelu"
    torch_names: ClassVar[tuple[str, ...]] = ("GELU",)
    examples: ClassVar[tuple[str, ...]] = ("gelu", "gelu approximate=tanh")

    approximate: Annotated[Literal["none", "tanh"], Says("`none` or `tanh`")] = "none"


class Silu(Activation):
    """Sigmoid linear unit, also known as swish: x * sigmoid(x)."""

    keyword: ClassVar[str] = "silu"
    torch_names: ClassVar[tuple[str, ...]] = ("SiLU",)
    examples: ClassVar[tuple[str, ...]] = ("silu",)

    inplace: Flag = False
