"""Optimizers that divide each gradient by how large it has been, with the arguments and defaults of torch.optim."""

import math
from typing import Annotated, ClassVar

from annotated_types import Ge, Le

from cnnspec.declarations.types import Flag, NonNegativeNumber, Probability, Says
from cnnspec.recipe.optimizer import Kept, Optimizer

Floors = Annotated[
    tuple[Probability | None, NonNegativeNumber],
    Says("two numbers such as `(1e-30, 1e-3)`, the first up to 1, or `none`"),
]
Exponent = Annotated[float, Le(0), Says("a number that is not positive")]
AtLeastOne = Annotated[float, Ge(1), Says("a number from 1")]


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far (Duchi, Hazan, Singer 2011)."""

    keyword: ClassVar[str] = "adagrad"
    torch_name: ClassVar[str] = "Adagrad"
    fused: ClassVar[frozenset[str]] = frozenset({"cpu"})
    examples: ClassVar[tuple[str, ...]] = ("optimizer adagrad, lr=0.01",)

    lr: NonNegativeNumber = 1e-2
    lr_decay: NonNegativeNumber = 0.0
    weight_decay: NonNegativeNumber = 0.0
    initial_accumulator_value: NonNegativeNumber = 0.0
    eps: NonNegativeNumber = 1e-10
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def state_tensors(self) -> int:
        return 1


class Adadelta(Optimizer):
    """Steps as large as those before, by running means of squares of steps and gradients (Zeiler 2012)."""

    keyword: ClassVar[str] = "adadelta"
    torch_name: ClassVar[str] = "Adadelta"
    examples: ClassVar[tuple[str, ...]] = ("optimizer adadelta, rho=0.95",)

    lr: NonNegativeNumber = 1.0
    rho: Probability = 0.9
    eps: NonNegativeNumber = 1e-6
    weight_decay: NonNegativeNumber = 0.0
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def state_tensors(self) -> int:
        return 2


class RmsProp(Optimizer):
    """Gradients divided by the root of a running mean of their squares (Hinton 2012)."""

    keyword: ClassVar[str] = "rmsprop"
    torch_name: ClassVar[str] = "RMSprop"
    examples: ClassVar[tuple[str, ...]] = ("optimizer rmsprop, lr=0.045, alpha=0.9, eps=1.0, momentum=0.9",)

    lr: NonNegativeNumber = 1e-2
    alpha: Kept = 0.99
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 0.0
    momentum: Kept = 0.0
    centered: Flag = False
    maximize: Flag = False

    @property
    def state_tensors(self) -> int:
        return 1 + bool(self.momentum) + self.centered


class Adafactor(Optimizer):
    """Adam without momentum that keeps sums of rows and columns in the place of squares (Shazeer and Stern 2018)."""

    keyword: ClassVar[str] = "adafactor"
    torch_name: ClassVar[str] = "Adafactor"
    examples: ClassVar[tuple[str, ...]] = ("optimizer adafactor, lr=0.01",)

    lr: NonNegativeNumber = 1e-2
    beta2_decay: Exponent = -0.8
    eps: Floors = (None, 1e-3)
    d: AtLeastOne = 1.0
    weight_decay: NonNegativeNumber = 0.0
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay

    @property
    def state_tensors(self) -> int:
        return 1  # of a weight with one axis; `state_numbers` says what the others have

    def state_numbers(self, weight: tuple[int, ...]) -> int:
        """Returns one number for each row and each column of the last two axes, or of a vector one for each number."""
        if len(weight) < 2:
            return math.prod(weight)
        *outer, rows, columns = weight
        return math.prod(outer) * (rows + columns)
