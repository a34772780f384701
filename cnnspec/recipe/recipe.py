"""The recipe: everything that `train { }` says, validated, and the table of its settings."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from annotated_types import Lt
from pydantic import Field, InstanceOf

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
    """How a network is trained; what each setting means stands with it, and is what `cnnspec explain` says.

    The defaults train a small network well: cross entropy, Adam at torch's learning rate, 64 samples a step, 10 epochs.
    """

    keyword: ClassVar[str] = "train"

    data: InstanceOf[Data] | None = Field(
        None,
        description="What the network is trained on, how that is scaled and split. Training needs it, here or with `--data`.",
    )
    loss: InstanceOf[Loss] = Field(
        CrossEntropy.model_construct(),  # valid, and validators are made only for what a file names
        description="What training makes small, and so what outputs stand for. Without it: `cross_entropy`.",
    )
    optimizer: InstanceOf[Optimizer] = Field(
        Adam.model_construct(), description="How gradients change the weights, with its learning rate `lr`. Without it: `adam`."
    )
    schedule: InstanceOf[Schedule] | None = Field(
        None, description="How the learning rate changes over the run. Without it: not at all."
    )
    augment: tuple[InstanceOf[Augmentation], ...] = Field(
        (), description="How training images are changed at random each time they are seen, line after line. Without it: not."
    )
    init: InstanceOf[Init] | None = Field(
        None, description="How the weights of convolutions and linear layers begin. Without it: as in PyTorch."
    )
    freeze: Annotated[tuple[Text, ...], Says('labels such as `features`, or paths such as `"features.0"`')] = Field(
        (),
        description="Parts of the network that stay as they are: their weights get no gradients, and their running statistics "
        "do not change. It is for weights that were learned before (`train --weights FILE`).",
        examples=["freeze features", 'freeze stem, "features.0"'],
    )
    batch: Positive = Field(
        64,
        description="How many samples make a batch, and so one step of the optimizer. The last batch of an epoch has what is "
        "left; a single sample goes with the batch before.",
        examples=["batch 256"],
    )
    epochs: Positive = Field(
        10,
        description="How often all training samples are seen; `cnnspec train --epochs N`, too.",
        examples=["epochs 30"],
    )
    seed: Seed = Field(
        0,
        description="What weights, the order of samples, augmentations and dropout are drawn from: equal seeds, equal runs. "
        "`cnnspec train --seed N`, too.",
        examples=["seed 1"],
    )
    accumulate: Positive = Field(
        1,
        description="How many batches give their gradients to one step: that of one large batch, in the memory of a small one. "
        "Each batch is normalised by itself.",
        examples=["accumulate 4"],
    )
    clip_norm: PositiveNumber | None = Field(
        None,
        description="The largest length of the gradient of all weights together: a longer one is shortened to it before the "
        "step, which keeps a loss from growing without bounds. Without it: no limit.",
        examples=["clip_norm 1.0"],
    )
    ema: Fraction | None = Field(
        None,
        description="The share that the moving average of the weights (and running statistics) keeps at each step. The average "
        "is then what is tested and saved. Without it: no average.",
        examples=["ema 0.999"],
    )
    early_stopping: Positive | None = Field(
        None,
        description="After so many epochs without a better one the run ends. Better is a higher accuracy on the test part, for "
        "a regression a lower loss on it; without a test part a lower loss in training. Without it: all epochs are trained.",
        examples=["early_stopping 5"],
    )


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
