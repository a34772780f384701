"""What keeps targets from being what a loss is for: facts without a place, as in `problems.py`. No torch."""

from __future__ import annotations

import math
from typing import ClassVar

from cnnspec.recipe.problems import RecipeProblem
from cnnspec.values.ranges import Range


class NothingCounts(RecipeProblem):
    """Labels for training that the loss leaves out, all of them."""

    loss: str
    ignored: int
    classes: int
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0504"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"all labels for training are {self.ignored}, which `{self.loss}` leaves out, so that there is nothing to learn"

    @property
    def help(self) -> str:
        return (
            f"the numbers of the classes are 0 to {self.classes - 1}, and `ignore_index` of the loss is what is left out: "
            "look whether the right array or files are read"
        )


class DarkTargets(RecipeProblem):
    """Images to be predicted that are nearly black; `largest` is their brightest number, of 255."""

    data: str
    largest: int
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0545"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"the targets of `{self.data}` are taken as images of 0 to 255 and reach only {self.largest}: {self.share} of 1"

    @property
    def share(self) -> str:
        """Returns the largest target as the loss sees it."""
        return f"{self.largest / 255:.3f}"

    @property
    def help(self) -> str:
        return (
            f"where they are the numbers of classes, write `loss cross_entropy` and end the network with {self.largest + 1} "
            "outputs; masks of one class have 0 and 1, or 0 and 255"
        )


class OutOfReach(RecipeProblem):
    """Numbers to be predicted that no output can be; `outputs` are all that it can, and `layer` is what sees to that.

    `layer` and `keyword` are None where several layers do so together.
    """

    data: str
    targets: Range
    outputs: Range
    layer: str | None
    keyword: str | None
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0546"
    severity: ClassVar[str] = "warning"

    @property
    def at_layer(self) -> str:
        """Returns what is written at the layer."""
        return f"numbers {_written(self.outputs)}"

    @property
    def message(self) -> str:
        behind = f"behind `{self.keyword}` " if self.keyword else ""
        low, high = (f"{bound:.6g}" for bound in self.targets)
        targets = f"are all {low}" if low == high else f"go from {low} to {high}"
        return f"the targets of `{self.data}` {targets}, but {behind}an output is a number {_written(self.outputs)} always"

    @property
    def help(self) -> str:
        bring = f"bring the targets there, numbers {_written(self.outputs)}"
        return f"end the network without `{self.keyword}`, or {bring}" if self.keyword else bring


def _written(found: Range) -> str:
    """Returns `from 0 to 1`, `from 0 on` or `up to 0`."""
    if math.isinf(found.high):
        return f"from {found.low:g} on"
    return f"up to {found.high:g}" if math.isinf(found.low) else f"from {found.low:g} to {found.high:g}"
