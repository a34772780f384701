"""What keeps targets from being what a loss is for: facts without a place, as in `problems.py`. No torch."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.recipe.problems import RecipeProblem


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
