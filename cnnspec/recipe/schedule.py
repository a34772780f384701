"""How the learning rate changes while a network is trained: the curves of torch.optim.lr_scheduler, with its arguments.

The optimizer's `lr` is the rate that a curve begins with, and `one_cycle`'s highest. What torch counts in calls of its
schedulers is counted here in epochs; curves that bend (`cosine`, `polynomial`, `one_cycle`) are followed at every step, those
that jump (`step`, `multistep`, `exponential`) at the beginning of an epoch. `warmup` epochs, of which there may be a part,
raise the rate in equal steps from next to nothing (Goyal et al. 2017); `step` and its like count epochs from the beginning of
the run all the same, and the others run from the end of the warm-up to the end of the run.
"""

from typing import Annotated, ClassVar, Literal

from annotated_types import MinLen

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import Flag, Fraction, NonNegativeNumber, Positive, PositiveNumber, Says
from cnnspec.recipe.table import Table

Milestones = Annotated[tuple[Positive, ...], MinLen(1), Says("epochs such as `[30, 60, 90]`")]
Anneal = Annotated[Literal["cos", "linear"], Says("`cos` or `linear`")]


class Schedule(Declaration):
    """Base of all schedules. `torch_name` is the class in torch.optim.lr_scheduler."""

    torch_name: ClassVar[str]
    named_only: ClassVar[frozenset[str]] = frozenset({"warmup"})

    warmup: NonNegativeNumber = 0.0


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


class Polynomial(Schedule):
    """Down to 0 at the end of the run: in a straight line, or with another `power` of what is left of it."""

    keyword: ClassVar[str] = "polynomial"
    torch_name: ClassVar[str] = "PolynomialLR"
    examples: ClassVar[tuple[str, ...]] = ("schedule polynomial, power=0.9", "schedule polynomial, warmup=2")

    power: NonNegativeNumber = 1.0


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


SCHEDULES: Table[Schedule] = Table(
    {"schedule": ("constant", "step", "multistep", "exponential", "cosine", "polynomial", "one_cycle")}
)
