"""Relatives of Adam, with the arguments and defaults of torch.optim."""

from typing import ClassVar

from cnnspec.declarations.types import Flag, NonNegativeNumber
from cnnspec.recipe.optimizer import Betas, Optimizer


class _TwoMoments(Optimizer):
    """Base of those that keep two running means for each weight."""

    @property
    def state_tensors(self) -> int:
        return 2


class NAdam(_TwoMoments):
    """Adam with Nesterov momentum (Dozat 2016)."""

    keyword: ClassVar[str] = "nadam"
    torch_name: ClassVar[str] = "NAdam"
    examples: ClassVar[tuple[str, ...]] = ("optimizer nadam, lr=2e-3",)

    lr: NonNegativeNumber = 2e-3
    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 0.0
    momentum_decay: NonNegativeNumber = 4e-3
    decoupled_weight_decay: Flag = False
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay if self.decoupled_weight_decay else 0.0


class RAdam(_TwoMoments):
    """Adam that waits with its adaptive step until the second moment is known well enough (Liu et al. 2019)."""

    keyword: ClassVar[str] = "radam"
    torch_name: ClassVar[str] = "RAdam"
    examples: ClassVar[tuple[str, ...]] = ("optimizer radam, lr=1e-3",)

    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 0.0
    decoupled_weight_decay: Flag = False
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})

    @property
    def decay(self) -> float:
        return self.lr * self.weight_decay if self.decoupled_weight_decay else 0.0


class Adamax(_TwoMoments):
    """Adam with the largest gradient in the place of the second moment (Kingma and Ba 2014)."""

    keyword: ClassVar[str] = "adamax"
    torch_name: ClassVar[str] = "Adamax"
    examples: ClassVar[tuple[str, ...]] = ("optimizer adamax, lr=2e-3",)

    lr: NonNegativeNumber = 2e-3
    betas: Betas = (0.9, 0.999)
    eps: NonNegativeNumber = 1e-8
    weight_decay: NonNegativeNumber = 0.0
    maximize: Flag = False

    named_only: ClassVar[frozenset[str]] = frozenset({"maximize"})
