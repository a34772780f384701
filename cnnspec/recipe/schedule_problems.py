"""Schedules that make no sense, or hardly any: facts without a place."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.recipe.problems import RecipeProblem


class ScheduleBeyondRun(RecipeProblem):
    """A schedule of which the run, or a part of it, sees nothing; `name` is the argument that says when."""

    name: str
    text: str
    advice: str
    setting: ClassVar[str] = "schedule"
    code: ClassVar[str] = "W0505"
    severity: ClassVar[str] = "warning"

    @property
    def place(self) -> str:
        return f"{self.setting}.{self.name}"

    @property
    def message(self) -> str:
        return self.text

    @property
    def help(self) -> str:
        return self.advice


class RateRises(RecipeProblem):
    """A schedule whose end is above its beginning."""

    lr: float
    end: float
    setting: ClassVar[str] = "schedule"
    argument: ClassVar[str | None] = "eta_min"
    code: ClassVar[str] = "W0533"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"the learning rate rises from {self.lr:g} to `eta_min`, {self.end:g}"

    @property
    def help(self) -> str:
        return "`eta_min` is what the rate falls to; it is below the optimizer's `lr`"


class RateGrows(RecipeProblem):
    """A factor of the learning rate that makes it larger again and again."""

    schedule: str
    gamma: float
    setting: ClassVar[str] = "schedule"
    argument: ClassVar[str | None] = "gamma"
    code: ClassVar[str] = "W0537"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"`{self.schedule}` multiplies the learning rate by {self.gamma:g} each time, so that it only grows"

    @property
    def help(self) -> str:
        return f"a rate that falls has a `gamma` below 1, such as {1 / self.gamma:.2g}"


class SecondWarmup(RecipeProblem):
    """A warm-up before a schedule that begins with one; `pct_start` is how much of the run that takes."""

    pct_start: float
    setting: ClassVar[str] = "schedule"
    argument: ClassVar[str | None] = "warmup"
    code: ClassVar[str] = "W0538"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return "after this warm-up, `one_cycle` lets the learning rate fall far down, and rise once more"

    @property
    def help(self) -> str:
        return f"leave `warmup` out: `one_cycle` rises in the first {100 * self.pct_start:g} % of the run, its `pct_start`"
