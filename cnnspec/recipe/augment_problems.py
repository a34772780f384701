"""Lines `augment` that make no sense, or hardly any: facts without a place."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import StatedProblem
from cnnspec.recipe.problems import RecipeProblem


class AugmentProblem(RecipeProblem):
    """Base of what is wrong with a line `augment`; `position` counts these lines from 0, `name` is the argument."""

    position: int
    name: str
    setting: ClassVar[str] = "augment"

    @property
    def place(self) -> str:
        return f"{self.setting}.{self.position}.{self.name}"


class AugmentDoesNotFit(StatedProblem, AugmentProblem):
    """A change of images that is not defined for their size, or that leaves nothing of them."""

    code: ClassVar[str] = "E0442"


class ReversedRange(AugmentProblem):
    """A range of an augmentation whose smallest value is above its largest."""

    keyword: str
    low: float
    high: float
    code: ClassVar[str] = "E0416"

    @property
    def message(self) -> str:
        return f"`{self.name}` of `{self.keyword}` is drawn from {self.low:g} to {self.high:g}, which is an empty range"

    @property
    def help(self) -> str:
        return f"the smallest value comes first: `{self.name}=({self.high:g}, {self.low:g})`"


class AugmentHidesImage(StatedProblem, AugmentProblem):
    """A change that may leave nothing of an image to be seen."""

    severity: ClassVar[str] = "warning"
    code: ClassVar[str] = "W0530"


class BeyondFullTurn(AugmentProblem):
    """Angles of more than a whole turn."""

    keyword: str
    degrees: float
    severity: ClassVar[str] = "warning"
    code: ClassVar[str] = "W0539"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` turns by up to {self.degrees:g} degrees either way, which is more than a whole turn"

    @property
    def help(self) -> str:
        return "`degrees=180` turns by any angle, and 15 by a little"


class AugmentWithoutEffect(StatedProblem, AugmentProblem):
    """A change of images that leaves each as it is."""

    severity: ClassVar[str] = "warning"
    code: ClassVar[str] = "W0544"
