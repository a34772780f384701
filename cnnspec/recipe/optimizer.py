"""The optimizers, with the arguments and defaults of torch.optim (a test compares them).

Left out are torch's arguments that change only how a step is computed: `foreach`, `fused`, `capturable`, `differentiable`.
"""

from typing import Annotated, ClassVar

from annotated_types import Ge, Lt

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import Flag, NonNegativeNumber, Number, Says

_Decay = Annotated[float, Ge(0), Lt(1)]
Betas = Annotated[tuple[_Decay, _Decay], Says("two numbers from 0 to below 1, such as `(0.9, 0.999)`")]


class Optimizer(Declaration):
    """Base of all optimizers. `torch_name` is the class in torch.optim."""

    torch_name: ClassVar[str]

    lr: NonNegativeNumber = 1e-3


class Sgd(Optimizer):
    """Stochastic gradient descent, with momentum where it is given."""

    keyword: ClassVar[str] = "sgd"
    torch_name: ClassVar[str] = "SGD"
    examples: ClassVar[tuple[str, ...]] = (
        "optimizer sgd, lr=0.9",
        "optimizer sgd, lr=0.1, momentum=0.9, nesterov=true, weight_decay=5e-4",
    )

    momentum: NonNegativeNumber = 0.0
    dampening: Number = 0.0
    weight_decay: NonNegativeNumber = 0.0
    nesterov: Flag = False
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})


class Adam(Optimizer):
    """Adam (Kingma and Ba 2014)."""

    keyword: ClassVar[str] = "adam"
    torch_name: ClassVar[str] = "Adam"
    examples: ClassVar[tuple[str, ...]] = ("optimizer adam", "optimizer adam, lr=3e-4, betas=(0.9, 0.99)")

    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 0.0
    amsgrad: Flag = False
    maximize: Flag = False
    decoupled_weight_decay: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize", "decoupled_weight_decay"})


class AdamW(Optimizer):
    """Adam with weight decay that does not pass through the moments (Loshchilov and Hutter 2017)."""

    keyword: ClassVar[str] = "adamw"
    torch_name: ClassVar[str] = "AdamW"
    examples: ClassVar[tuple[str, ...]] = ("optimizer adamw, lr=1e-3, weight_decay=0.05",)

    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 1e-2
    amsgrad: Flag = False
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})


OPTIMIZERS: dict[str, type[Optimizer]] = {kind.keyword: kind for kind in (Sgd, Adam, AdamW)}
