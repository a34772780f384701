"""What keeps layers that normalize over a batch from single samples: facts without a place, as in `problems.py`. No torch."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.recipe.problems import RecipeProblem


class LoneSample(RecipeProblem):
    """A batch of one sample in front of a norm that would have a single value for each of its statistics."""

    samples: str
    layer: str
    keyword: str
    at_layer: ClassVar[str] = "one value for each mean and deviation"
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "E0436"

    @property
    def place(self) -> str:
        """Returns the line `batch`; where there is none, it is the data that has too little."""
        return "batch"

    @property
    def message(self) -> str:
        batches = f"batches of one sample with a single value each ({self.samples} for training)"
        return f"`{self.keyword}` cannot be trained on {batches}"

    @property
    def help(self) -> str:
        return "train with `batch 2` or more and at least two samples, or write `layernorm` or `groupnorm 1`"


class LoneTest(RecipeProblem):
    """One sample for testing in front of a norm that keeps no statistics, and would have a single value for each."""

    layer: str
    keyword: str
    at_layer: ClassVar[str] = "one value for each mean and deviation"
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "E0436"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` without running statistics cannot be tested on one sample with a single value each"

    @property
    def help(self) -> str:
        return "leave out `track_running_stats=false`, or test on two samples at least"


class LoneRest(RecipeProblem):
    """One sample that is left over at the end of an epoch, where `layer` normalizes over the batch.

    `better` is another size of batches and how many samples the last one has then.
    """

    samples: int
    batch: int
    better: tuple[int, int]
    layer: str
    keyword: str
    at_layer: ClassVar[str] = "mean and deviation over a batch"
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0540"
    severity: ClassVar[str] = "warning"

    @property
    def place(self) -> str:
        """Returns the line `batch`; where there is none, it is the data."""
        return "batch"

    @property
    def message(self) -> str:
        return (
            f"{self.samples:,} samples in batches of {self.batch:,} leave one, of which `{self.keyword}` has no deviation: "
            f"it goes with the batch before, of {self.batch + 1:,}"
        )

    @property
    def help(self) -> str:
        batch, last = self.better
        return f"`batch {batch}` leaves no rest" if last == batch else f"`batch {batch}` leaves {last:,} for the last one"
