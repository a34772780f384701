"""Layers whose numbers can be written into the file: `weight=`, `bias_value=`, `frozen=`, `init=`."""

from typing import Any, ClassVar

from cnnspec.declarations.types import Flag, InitName, Numbers, numbers_shape
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import InvalidArgument, WrongWeightShape


class Weighted(Layer):
    """A layer with a `weight` and a `bias`: the base of convolutions and linear layers.

    `weight` may leave out leading axes: a 3x3 kernel serves all pairs of channels.
    """

    weight: Numbers | None = None
    bias_value: Numbers | None = None
    frozen: Flag = False
    init: InitName | None = None

    named_only: ClassVar[frozenset[str]] = frozenset({"weight", "bias_value", "frozen", "init"})

    @property
    def is_frozen(self) -> bool:
        return self.frozen

    def verify_numbers(self, weight: tuple[int, ...], has_bias: bool, bias: tuple[int, ...]) -> None:
        """Raises where the written numbers do not fit weights of these shapes."""
        if self.weight is not None:
            given = numbers_shape(self.weight)
            if given != weight[len(weight) - len(given) :]:
                raise WrongWeightShape("weight", given, weight)
        if self.bias_value is not None:
            if not has_bias:
                raise InvalidArgument("bias_value", "`bias_value` is given, but `bias=false` says that there is no bias")
            if numbers_shape(self.bias_value) not in ((), bias):
                raise WrongWeightShape("bias_value", numbers_shape(self.bias_value), bias)

    @property
    def fixed_numbers(self) -> dict[str, Any]:
        """Returns the numbers written in the file, by parameter name."""
        written = {"weight": self.weight, "bias": self.bias_value}
        return {name: value for name, value in written.items() if value is not None}
