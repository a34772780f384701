"""The recipe: everything that `train { }` says, validated, and the table of its settings."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from annotated_types import Lt
from pydantic import InstanceOf

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import NonNegative, Positive, Says
from cnnspec.recipe.data import DATA, Data
from cnnspec.recipe.init import INITS, Init
from cnnspec.recipe.loss import LOSSES, CrossEntropy, Loss
from cnnspec.recipe.optimizer import OPTIMIZERS, Adam, Optimizer

Seed = Annotated[NonNegative, Lt(2**63), Says("an integer from 0 to below 2**63")]


class Recipe(Declaration):
    """How a network is trained.

    `data`: what on; None where nothing was named, which training refuses. `init`: how weights begin; None is torch's default.
    `batch`: samples per step; the last step of an epoch takes what is left, however few. `epochs`: how often all training
    samples are seen. `seed`: what weights, the order of samples and dropout are drawn from; equal seeds give equal runs.
    The defaults train a small network well: cross entropy, Adam at torch's learning rate, 64 samples a step, 10 epochs.
    """

    keyword: ClassVar[str] = "train"

    data: InstanceOf[Data] | None = None
    loss: InstanceOf[Loss] = CrossEntropy.model_construct()  # valid, and validators are made only for what a file names
    optimizer: InstanceOf[Optimizer] = Adam.model_construct()
    init: InstanceOf[Init] | None = None
    batch: Positive = 64
    epochs: Positive = 10
    seed: Seed = 0


# What a line begins with, and what it takes: a kind of a table with arguments, or (None) one value that `Recipe` validates.
SETTINGS: dict[str, Mapping[str, type[Declaration]] | None] = {
    "data": DATA,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "init": INITS,
    "batch": None,
    "epochs": None,
    "seed": None,
}
