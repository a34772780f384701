"""The recipe: everything that `train { }` says, validated, and the table of its settings."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from annotated_types import Lt
from pydantic import InstanceOf

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import Fraction, NonNegative, Positive, PositiveNumber, Says, Text
from cnnspec.recipe.augment import AUGMENTATIONS, Augmentation
from cnnspec.recipe.data import DATA, Data
from cnnspec.recipe.init import INITS, Init
from cnnspec.recipe.loss import LOSSES, CrossEntropy, Loss
from cnnspec.recipe.optimizer import OPTIMIZERS, Adam, Optimizer
from cnnspec.recipe.schedule import SCHEDULES, Schedule

Seed = Annotated[NonNegative, Lt(2**63), Says("an integer from 0 to below 2**63")]


class Recipe(Declaration):
    """How a network is trained.

    `data`: what on; None where nothing was named, which training refuses. `schedule`: how the learning rate changes; None keeps
    it. `augment`: how training images are changed, in this order. `init`: how weights begin; None is torch's default. `freeze`:
    the parts of the network, by label or dotted path, that stay as they are.
    `batch`: samples per step; the last step of an epoch takes what is left, a single one goes with the batch before. `epochs`:
    how often all training samples are seen. `seed`: what weights, the order of samples and dropout are drawn from; equal seeds
    give equal runs.
    `accumulate`: batches whose gradients make one step. `clip_norm`: the largest length of the gradient of all weights, None
    leaves it. `ema`: the share that the moving average of the weights, which is then tested and saved, keeps at each step.
    `early_stopping`: after so many epochs without a better one the run ends.
    The defaults train a small network well: cross entropy, Adam at torch's learning rate, 64 samples a step, 10 epochs.
    """

    keyword: ClassVar[str] = "train"

    data: InstanceOf[Data] | None = None
    loss: InstanceOf[Loss] = CrossEntropy.model_construct()  # valid, and validators are made only for what a file names
    optimizer: InstanceOf[Optimizer] = Adam.model_construct()
    schedule: InstanceOf[Schedule] | None = None
    augment: tuple[InstanceOf[Augmentation], ...] = ()
    init: InstanceOf[Init] | None = None
    freeze: Annotated[tuple[Text, ...], Says('labels such as `features`, or paths such as `"features.0"`')] = ()
    batch: Positive = 64
    epochs: Positive = 10
    seed: Seed = 0
    accumulate: Positive = 1
    clip_norm: PositiveNumber | None = None
    ema: Fraction | None = None
    early_stopping: Positive | None = None


# Settings of which there may be several lines, one after the other.
REPEATED = frozenset({"augment", "freeze"})

# What a line begins with, and what it takes: a kind of a table with arguments, or (None) one value that `Recipe` validates.
SETTINGS: dict[str, Mapping[str, type[Declaration]] | None] = {
    "data": DATA,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "augment": AUGMENTATIONS,
    "init": INITS,
    "freeze": None,
    "batch": None,
    "epochs": None,
    "seed": None,
    "accumulate": None,
    "clip_norm": None,
    "ema": None,
    "early_stopping": None,
}
