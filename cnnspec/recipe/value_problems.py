"""Values of a recipe that make no sense, or hardly any (codes E044x, W050x, W053x): facts without a place."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import StatedProblem
from cnnspec.recipe.problems import RecipeProblem


class DecayExceedsWeight(RecipeProblem):
    """Weight decay that takes all of a weight away in one step; `times` is how often."""

    optimizer: str
    times: float
    setting: ClassVar[str] = "optimizer"
    argument: ClassVar[str | None] = "weight_decay"
    code: ClassVar[str] = "E0440"

    @property
    def message(self) -> str:
        return f"weight decay and `lr` of `{self.optimizer}` take {self.times:g} times the weight away in each step"

    @property
    def help(self) -> str:
        return "a step takes `lr` times `weight_decay` of a weight, which must be far below 1: 0.0001 is usual"


class NoClassCounts(RecipeProblem):
    """Weights of classes that are all 0."""

    loss: str
    setting: ClassVar[str] = "loss"
    argument: ClassVar[str | None] = "weight"
    code: ClassVar[str] = "E0441"

    @property
    def message(self) -> str:
        return f"`weight` of `{self.loss}` is 0 for all classes, so that no sample counts"

    @property
    def help(self) -> str:
        return "give each class that is to be learned a number above 0, or leave `weight` out"


class WrongMaskValues(StatedProblem, RecipeProblem):
    """Values of masks where there are no masks, or one value for two classes."""

    setting: ClassVar[str] = "data"
    argument: ClassVar[str | None] = "mask_values"
    code: ClassVar[str] = "E0443"


class ReversedSteps(RecipeProblem):
    """Bounds for the steps of an optimizer, the lower above the upper."""

    low: float
    high: float
    setting: ClassVar[str] = "optimizer"
    argument: ClassVar[str | None] = "step_sizes"
    code: ClassVar[str] = "E0416"

    @property
    def message(self) -> str:
        return f"`step_sizes` keeps steps between {self.low:g} and {self.high:g}, which is an empty range"

    @property
    def help(self) -> str:
        return f"the smallest step comes first: `step_sizes=({self.high:g}, {self.low:g})`"


class IgnoredClass(RecipeProblem):
    """A label that does not count, and is one of the classes."""

    left_out: int
    classes: int
    setting: ClassVar[str] = "loss"
    argument: ClassVar[str | None] = "ignore_index"
    code: ClassVar[str] = "W0506"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        number = self.left_out
        return f"`ignore_index={number}` leaves out class {number} of {self.classes}: nothing teaches its output"

    @property
    def help(self) -> str:
        return "give what does not count a label that is no class, such as 255"


class NeverStopsEarly(RecipeProblem):
    """Patience for more epochs than there are."""

    patience: int
    epochs: int
    setting: ClassVar[str] = "early_stopping"
    code: ClassVar[str] = "W0507"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"
        return f"`early_stopping {self.patience}` never ends a run of {epochs}"

    @property
    def help(self) -> str:
        return "a smaller number ends the run after so many epochs without a better one; otherwise leave the line out"


class BatchExceedsData(RecipeProblem):
    """Fewer samples than a batch has room for; `tested` is how many are for testing, where these would have filled it."""

    samples: str
    batch: int
    tested: int | None = None
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0503"
    severity: ClassVar[str] = "warning"

    @property
    def place(self) -> str:
        """Returns the line `batch` (where there is none, it is the data that has too little), or the share for testing."""
        return "batch" if self.tested is None else "data.test"

    @property
    def message(self) -> str:
        return f"{self.samples} for training, but batches of {self.batch:,}: each epoch is a single step"

    @property
    def help(self) -> str:
        if self.tested is not None:
            return f"lower `test`, which keeps {counted_samples(self.tested)} for testing"
        return "a smaller `batch` takes more steps"


class AccumulateExceedsEpoch(RecipeProblem):
    """More batches for a step than an epoch has."""

    accumulate: int
    batches: int
    setting: ClassVar[str] = "accumulate"
    code: ClassVar[str] = "W0508"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        has = "1 batch" if self.batches == 1 else f"{self.batches:,} batches"
        return f"a step takes {self.accumulate:,} batches, but an epoch has {has}: each epoch is a single step"

    @property
    def help(self) -> str:
        return "a smaller `accumulate` takes more steps"


class NothingFrozen(RecipeProblem):
    """A part to freeze that has no weights."""

    path: str
    position: int
    setting: ClassVar[str] = "freeze"
    code: ClassVar[str] = "W0509"
    severity: ClassVar[str] = "warning"

    @property
    def place(self) -> str:
        return f"{self.setting}.{self.position}"

    @property
    def message(self) -> str:
        return f"`{self.path}` has no weights, so there is nothing to freeze in it"

    @property
    def help(self) -> str:
        return "name a part that has weights, or leave it out"


class EmptyTestPart(RecipeProblem):
    """A share for testing of so few samples that it comes to none; `is_given`: of data that no line names."""

    share: float
    samples: int
    is_given: bool
    setting: ClassVar[str] = "data"
    argument: ClassVar[str | None] = "test"
    code: ClassVar[str] = "W0531"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        samples = "1 sample" if self.samples == 1 else f"{self.samples:,} samples"
        return f"{self.share:g} of {samples} is none: the network is not tested on anything"

    @property
    def help(self) -> str:
        if self.is_given:
            return "hand over `test_data`; `--set train.data.test=0` says that there is to be no test"
        return "raise `test`; `test=0` says that there is to be no test"


class LearningRateZero(RecipeProblem):
    """A learning rate with which no weight ever changes."""

    setting: ClassVar[str] = "optimizer"
    argument: ClassVar[str | None] = "lr"
    code: ClassVar[str] = "W0532"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return "with a learning rate of 0 no weight ever changes"

    @property
    def help(self) -> str:
        return "begin with `lr=0.001` for `adam` and its like, and with `lr=0.1` for `sgd`"


class AverageTooSlow(RecipeProblem):
    """A moving average that is mostly what the weights were after the first step; `kept` is the share of that."""

    ema: float
    steps: int
    kept: float
    setting: ClassVar[str] = "ema"
    code: ClassVar[str] = "W0534"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"after {self.steps:,} steps, {100 * self.kept:.0f} % of the average are still the weights after the first one"

    @property
    def help(self) -> str:
        if self.steps < 10:
            return "train for more epochs, or leave `ema` out"
        return f"write `ema {1 - 10 / self.steps:.2g}`, which looks back over a tenth of the run, or train for more epochs"


def counted_samples(samples: int) -> str:
    """Returns `1 sample`, `1,438 samples`."""
    return "1 sample" if samples == 1 else f"{samples:,} samples"
