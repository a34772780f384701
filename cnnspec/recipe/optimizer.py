"""The optimizers, with the arguments and defaults of torch.optim (a test compares them).

Left out are torch's arguments that change only how a step is computed: `foreach`, `fused`, `capturable`, `differentiable`.
"""

import math
from typing import Annotated, ClassVar

from annotated_types import Ge, Lt

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import Flag, NonNegativeNumber, Says
from cnnspec.recipe.table import Table

Kept = Annotated[float, Ge(0), Lt(1), Says("a number from 0 to below 1")]
Betas = Annotated[tuple[Kept, Kept], Says("two numbers from 0 to below 1, such as `(0.9, 0.999)`")]
Dampening = Annotated[float, Lt(1), Says("a number below 1")]


class Optimizer(Declaration):
    """Base of all optimizers. `torch_name` is the class in torch.optim.

    `fused` are the kinds of devices on which torch can do a step in one pass. `matrices_only`: it takes no other weights.
    """

    torch_name: ClassVar[str]
    fused: ClassVar[frozenset[str]] = frozenset()
    matrices_only: ClassVar[bool] = False

    lr: NonNegativeNumber = 1e-3

    @property
    def decay(self) -> float:
        """Returns the share of a weight that a step takes away, whatever its gradient is."""
        return 0.0

    @property
    def state_tensors(self) -> int:
        """Returns how many tensors in the shape of a weight are kept for it, besides the weight and its gradient."""
        raise NotImplementedError

    def state_numbers(self, weight: tuple[int, ...]) -> int:
        """Returns how many numbers are kept for a weight of a shape; counters, one number for each weight, are left out."""
        return self.state_tensors * math.prod(weight)


class Sgd(Optimizer):
    """Stochastic gradient descent, with momentum where it is given."""

    keyword: ClassVar[str] = "sgd"
    torch_name: ClassVar[str] = "SGD"
    fused: ClassVar[frozenset[str]] = frozenset({"cpu", "cuda"})
    examples: ClassVar[tuple[str, ...]] = (
        "optimizer sgd, lr=0.9",
        "optimizer sgd, lr=0.1, momentum=0.9, nesterov=true, weight_decay=5e-4",
    )

    momentum: Kept = 0.0
    dampening: Dampening = 0.0
    weight_decay: NonNegativeNumber = 0.0
    nesterov: Flag = False
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay

    @property
    def state_tensors(self) -> int:
        return 1 if self.momentum else 0


class Adam(Optimizer):
    """Adam (Kingma and Ba 2014)."""

    keyword: ClassVar[str] = "adam"
    torch_name: ClassVar[str] = "Adam"
    fused: ClassVar[frozenset[str]] = frozenset({"cpu", "cuda"})
    examples: ClassVar[tuple[str, ...]] = ("optimizer adam", "optimizer adam, lr=3e-4, betas=(0.9, 0.99)")

    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 0.0
    amsgrad: Flag = False
    maximize: Flag = False
    decoupled_weight_decay: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize", "decoupled_weight_decay"})

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay if self.decoupled_weight_decay else 0.0

    @property
    def state_tensors(self) -> int:
        return 3 if self.amsgrad else 2


class AdamW(Optimizer):
    """Adam with weight decay that does not pass through the moments (Loshchilov and Hutter 2017)."""

    keyword: ClassVar[str] = "adamw"
    torch_name: ClassVar[str] = "AdamW"
    fused: ClassVar[frozenset[str]] = frozenset({"cpu", "cuda"})
    examples: ClassVar[tuple[str, ...]] = ("optimizer adamw, lr=1e-3, weight_decay=0.05",)

    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 1e-2
    amsgrad: Flag = False
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay

    @property
    def state_tensors(self) -> int:
        return 3 if self.amsgrad else 2


OPTIMIZERS: Table[Optimizer] = Table(
    {
        "optimizer": ("sgd", "adam", "adamw"),
        "optimizer_adam": ("nadam", "radam", "adamax"),
        "optimizer_adaptive": ("adagrad", "adadelta", "rmsprop", "adafactor"),
        "optimizer_directions": ("rprop", "asgd", "muon"),
    }
)

# What torch.optim has besides, and why a recipe cannot name it.
LEFT_OUT = {
    "sparse_adam": "it is for sparse gradients, which no layer of a network has; `adam` does the same for all weights",
    "lbfgs": "it computes the loss of a batch several times a step, which training does once",
}
