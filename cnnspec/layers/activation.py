"""Element-wise functions."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.declarations.types import Flag
from cnnspec.layers.base import Layer
from cnnspec.values.call import Call
from cnnspec.values.shapes import Shape


class _Activation(Layer):
    """A function applied to each number; the call lists the arguments that differ from torch's defaults."""

    family: ClassVar[str] = "activation"

    def torch(self, x: Shape) -> Call:
        fields = type(self).model_fields
        named = ((name, getattr(self, name)) for name, field in fields.items() if getattr(self, name) != field.default)
        return Call(f"nn.{self.torch_names[0]}", (), tuple(named))


class Relu(_Activation):
    """Rectifier: max(0, x)."""

    keyword: ClassVar[str] = "relu"
    torch_names: ClassVar[tuple[str, ...]] = ("ReLU",)
    examples: ClassVar[tuple[str, ...]] = ("relu",)

    inplace: Flag = False


class Sigmoid(_Activation):
    """Logistic function: 1 / (1 + exp(-x))."""

    keyword: ClassVar[str] = "sigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("Sigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("sigmoid",)
