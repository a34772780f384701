"""The recipe: everything that `train { }` says, validated, and the table of its settings."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from annotated_types import Lt
from pydantic import InstanceOf

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import NonNegative, Positive, Says
from cnnspec.recipe.data import DATA, Data
from cnnspec.recipe.init import INITS, Init
from cnnspec.recipe.loss import LOSSES, CrossEntropy, Loss
from cnnspec.recipe.optimizer import OPTIMIZERS, Adam, Optimizer

SeedNumber = Annotated[NonNegative, Lt(2**63), Says("an integer from 0 to below 2**63")]


class Plain(Declaration):
    """Base of the settings that are one value instead of a kind with arguments: `batch 256`."""

    value: Any


class Batch(Plain):
    """Samples per step. The last step of an epoch takes the samples that are left, however few."""

    keyword: ClassVar[str] = "batch"
    examples: ClassVar[tuple[str, ...]] = ("batch 256",)

    value: Positive


class Epochs(Plain):
    """How often all training samples are seen."""

    keyword: ClassVar[str] = "epochs"
    examples: ClassVar[tuple[str, ...]] = ("epochs 10",)

    value: Positive


class Seed(Plain):
    """What weights, the order of samples and dropout are drawn from; equal seeds give equal runs."""

    keyword: ClassVar[str] = "seed"
    examples: ClassVar[tuple[str, ...]] = ("seed 1",)

    value: SeedNumber


class Recipe(Declaration):
    """How a network is trained.

    `data` None: nothing to train on was named, which training refuses. `init` None: torch's own initialisation.
    The defaults train a small network well: cross entropy, Adam at torch's learning rate, 64 samples a step, 10 epochs.
    """

    keyword: ClassVar[str] = "train"

    data: InstanceOf[Data] | None = None
    loss: InstanceOf[Loss] = CrossEntropy()
    optimizer: InstanceOf[Optimizer] = Adam()
    init: InstanceOf[Init] | None = None
    batch: Positive = 64
    epochs: Positive = 10
    seed: SeedNumber = 0


# What a line begins with, and what it takes: a kind of a table with arguments, or one value.
SETTINGS: dict[str, dict[str, type[Declaration]] | type[Plain]] = {
    "data": {**DATA},
    "loss": {**LOSSES},
    "optimizer": {**OPTIMIZERS},
    "init": {**INITS},
    "batch": Batch,
    "epochs": Epochs,
    "seed": Seed,
}
