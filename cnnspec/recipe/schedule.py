"""How the learning rate changes while a network is trained: the curves of torch.optim.lr_scheduler, with its arguments.

The optimizer's `lr` is the rate that a curve begins with, and `one_cycle`'s highest. What torch counts in calls of its
schedulers is counted here in epochs; curves that bend (`cosine`, `polynomial`, `one_cycle`) are followed at every step, those
that jump (`step`, `multistep`, `exponential`) at the beginning of an epoch. `warmup` epochs, of which there may be a part,
raise the rate in equal steps from next to nothing (Goyal et al. 2017); `step` and its like count epochs from the beginning of
the run all the same, and the others run from the end of the warm-up to the end of the run.
"""

from typing import ClassVar

from cnnspec.declarations.declaration import Declaration
from cnnspec.declarations.types import NonNegativeNumber
from cnnspec.recipe.table import Table


class Schedule(Declaration):
    """Base of all schedules. `torch_name` is the class in torch.optim.lr_scheduler."""

    torch_name: ClassVar[str]
    named_only: ClassVar[frozenset[str]] = frozenset({"warmup"})

    warmup: NonNegativeNumber = 0.0


SCHEDULES: Table[Schedule] = Table(
    {"schedule_curves": ("constant", "step", "multistep", "exponential", "cosine", "polynomial", "one_cycle")}
)
