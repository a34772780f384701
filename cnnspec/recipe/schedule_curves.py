"""The curves that a learning rate can follow, with torch's arguments and defaults (a test compares them).

Where torch's first argument is a number of steps, or a rate, which the run and the optimizer say here, none has a place: the 3
of `cosine, 3` would be something else than it is in torch.
"""

from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen

from cnnspec.declarations.types import Flag, Fraction, NonNegativeNumber, Positive, PositiveNumber, Says
from cnnspec.recipe.schedule import Schedule

Milestones = Annotated[tuple[Positive, ...], MinLen(1), Says("epochs such as `[30, 60, 90]`")]
Anneal = Annotated[Literal["cos", "linear"], Says("`cos` or `linear`")]


class Constant(Schedule):
    """The same rate at every step, after the warm-up."""

    keyword: ClassVar[str] = "constant"
    torch_name: ClassVar[str] = "ConstantLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule constant, warmup=5",)


class Step(Schedule):
    """`gamma` times the rate after every `step_size` epochs."""

    keyword: ClassVar[str] = "step"
    torch_name: ClassVar[str] = "StepLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule step, 30", "schedule step, 30, gamma=0.2, warmup=5")

    step_size: Positive
    gamma: PositiveNumber = 0.1


class MultiStep(Schedule):
    """`gamma` times the rate after each of some numbers of epochs."""

    keyword: ClassVar[str] = "multistep"
    torch_name: ClassVar[str] = "MultiStepLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule multistep, [82, 123]", "schedule multistep, [30, 60, 80], warmup=5")

    milestones: Milestones
    gamma: PositiveNumber = 0.1


class Exponential(Schedule):
    """`gamma` times the rate after every epoch."""

    keyword: ClassVar[str] = "exponential"
    torch_name: ClassVar[str] = "ExponentialLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule exponential, 0.95",)

    gamma: PositiveNumber


class Cosine(Schedule):
    """Half a wave of the cosine, down to `eta_min` at the end of the run (Loshchilov and Hutter 2016, without restarts)."""

    keyword: ClassVar[str] = "cosine"
    torch_name: ClassVar[str] = "CosineAnnealingLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule cosine", "schedule cosine, warmup=2, eta_min=1e-5")

    eta_min: NonNegativeNumber = 0.0

    named_only: ClassVar[frozenset[str]] = Schedule.named_only | {"eta_min"}


class Polynomial(Schedule):
    """Down to 0 at the end of the run: in a straight line, or with another `power` of what is left of it."""

    keyword: ClassVar[str] = "polynomial"
    torch_name: ClassVar[str] = "PolynomialLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule polynomial, power=0.9", "schedule polynomial, warmup=2")

    power: NonNegativeNumber = 1.0

    named_only: ClassVar[frozenset[str]] = Schedule.named_only | {"power"}


class OneCycle(Schedule):
    """Up from lr / `div_factor` to lr in the share `pct_start` of the run, and down again (Smith and Topin 2018).

    The end is `final_div_factor` below the beginning. Momentum stays as the optimizer has it: torch's `cycle_momentum=False`.
    """

    keyword: ClassVar[str] = "one_cycle"
    torch_name: ClassVar[str] = "OneCycleLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule one_cycle", "schedule one_cycle, pct_start=0.2, anneal_strategy=linear")

    pct_start: Fraction = 0.3
    anneal_strategy: Anneal = "cos"
    div_factor: PositiveNumber = 25.0
    final_div_factor: PositiveNumber = 1e4
    three_phase: Flag = False

    named_only: ClassVar[frozenset[str]] = Schedule.named_only | {
        "pct_start", "anneal_strategy", "div_factor", "final_div_factor", "three_phase",
    }  # fmt: skip
