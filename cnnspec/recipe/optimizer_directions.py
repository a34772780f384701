"""Optimizers that go by the direction of the gradient more than by its size, and averaged descent; as in torch.optim."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt

from cnnspec.declarations.types import Flag, NonNegativeNumber, Number, Positive, PositiveNumber, Says
from cnnspec.recipe.optimizer import Kept, Optimizer

Etas = Annotated[
    tuple[Annotated[float, Gt(0), Lt(1)], Annotated[float, Gt(1)]],
    Says("a number between 0 and 1 and one above 1, such as `(0.5, 1.2)`"),
]
StepSizes = Annotated[tuple[PositiveNumber, PositiveNumber], Says("the smallest and the largest step, such as `(1e-6, 50)`")]
Coefficients = Annotated[tuple[Number, Number, Number], Says("three numbers such as `(3.4445, -4.775, 2.0315)`")]
Power = Annotated[float, Ge(0), Le(10), Says("a number from 0 to 10")]
Iterations = Annotated[Positive, Lt(100), Says("an integer from 1 to 99")]
Adjustment = Annotated[Literal["original", "match_rms_adamw"], Says("`original` or `match_rms_adamw`")]


class Rprop(Optimizer):
    """Steps by the signs of gradients only (Riedmiller and Braun 1993). It needs the whole data as one batch."""

    keyword: ClassVar[str] = "rprop"
    torch_name: ClassVar[str] = "Rprop"
    examples: ClassVar[tuple[str, ...]] = ("optimizer rprop, lr=0.01",)

    lr: NonNegativeNumber = 1e-2
    etas: Etas = (0.5, 1.2)
    step_sizes: StepSizes = (1e-6, 50.0)
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def state_tensors(self) -> int:
        return 2


class Asgd(Optimizer):
    """Descent with a decreasing rate, as in averaged descent (Polyak and Juditsky 1992).

    torch keeps the averaged weights beside the others, which are the ones that a run stores.
    """

    keyword: ClassVar[str] = "asgd"
    torch_name: ClassVar[str] = "ASGD"
    examples: ClassVar[tuple[str, ...]] = ("optimizer asgd, lr=0.01, t0=1000",)

    lr: NonNegativeNumber = 1e-2
    lambd: NonNegativeNumber = 1e-4
    alpha: Power = 0.75
    t0: NonNegativeNumber = 1e6
    weight_decay: NonNegativeNumber = 0.0
    maximize: Flag = False

    @property
    def decay(self) -> float:
        return self.lr * (self.weight_decay + self.lambd)

    @property
    def state_tensors(self) -> int:
        return 1


class Muon(Optimizer):
    """Momentum made orthogonal (Jordan et al. 2024). It takes matrices only: linear layers without bias, no convolutions."""

    keyword: ClassVar[str] = "muon"
    torch_name: ClassVar[str] = "Muon"
    matrices_only: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("optimizer muon, lr=0.02, weight_decay=0.01",)

    weight_decay: NonNegativeNumber = 0.1
    momentum: Kept = 0.95
    nesterov: Flag = True
    ns_coefficients: Coefficients = (3.4445, -4.775, 2.0315)
    eps: NonNegativeNumber = 1e-7
    ns_steps: Iterations = 5
    adjust_lr_fn: Adjustment | None = None

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay

    @property
    def state_tensors(self) -> int:
        return 1
