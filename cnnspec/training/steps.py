"""How the steps of an epoch are taken: one after the other, or as a recording that is played again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

import torch

from cnnspec.training.batches.batches import Batch
from cnnspec.training.session import Session
from cnnspec.training.step import take_step
from cnnspec.training.task import Tally

Group = TypeVar("Group")
Item = TypeVar("Item")


class Steps(Protocol[Group]):
    """Makes the batches of an epoch, a group for each step, and takes the steps."""

    def groups(self, order: torch.Generator, skip: int) -> Iterator[Group]:
        """Returns what each step of an epoch takes; the first `skip` batches are left out."""
        ...

    def take(self, group: Group, tally: Tally, samples: int) -> None:
        """Takes a step; all processes together have so many samples."""
        ...

    def stream(self) -> AbstractContextManager[Any]:
        """Returns the context in which the whole run happens."""
        ...


@dataclass(frozen=True)
class PlainSteps:
    """One operation after the other."""

    session: Session

    def groups(self, order: torch.Generator, skip: int) -> Iterator[tuple[Batch, ...]]:
        """Returns the batches of each step."""
        recipe = self.session.recipe
        return grouped(self.session.train.shuffled(recipe.batch, order, skip, self.session.ranks), recipe.accumulate)

    def take(self, group: tuple[Batch, ...], tally: Tally, samples: int) -> None:
        """Takes a step."""
        take_step(self.session, group, tally, samples)

    def stream(self) -> AbstractContextManager[Any]:
        """Returns no context."""
        return nullcontext()


def grouped(items: Iterator[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """Returns `size` items at a time; the last group has what is left."""
    return iter(lambda: tuple(islice(items, size)), ())
