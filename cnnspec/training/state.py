"""Where a run is. With the learner and torch's random numbers this is what a run goes on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple

import torch

from cnnspec.recipe.recipe import Recipe
from cnnspec.training.report import EpochReport
from cnnspec.training.task import NO_SUMS, Sums, Tally
from cnnspec.training.weights.weights import all_finite


class Best(NamedTuple):
    """The best epoch so far, how good it was (more is better), and its weights, on the CPU."""

    epoch: int
    rank: float
    weights: Mapping[str, torch.Tensor]


class NotFinite(Exception):
    """The loss became infinite or not a number in the epoch under way."""


class Stopwatch:
    """Adds up the wall time between `start` and `stop`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self._sum = seconds
        self._began: float | None = None

    def start(self) -> None:
        self._began = perf_counter()

    def stop(self) -> None:
        self._sum, self._began = self.seconds, None

    @property
    def seconds(self) -> float:
        return self._sum + (0.0 if self._began is None else perf_counter() - self._began)


@dataclass
class State:
    """The epoch under way (counted from 1) and how far it is, and what came of those before.

    `steps` are steps of the optimizer in this epoch; `tally` and `watch` are about its training part. `logged` is what the
    tally said when metrics.jsonl got its last line of this epoch. `seconds` are those of all finished training parts,
    `samples` are those seen in them. `is_enough`: whoever looks on wants no more epochs.
    """

    tally: Tally
    epoch: int = 1
    steps: int = 0
    watch: Stopwatch = field(default_factory=Stopwatch)
    logged: Sums = NO_SUMS
    history: list[EpochReport] = field(default_factory=list)
    best: Best | None = None
    seconds: float = 0.0
    samples: int = 0
    is_enough: bool = False

    def verify_finite(self, weights: Iterable[torch.Tensor] = ()) -> None:
        """Raises NotFinite where a loss of this epoch or one of the weights is infinite or not a number; waits for the device.

        The loss of the last step is that before its update, of which only the weights tell.
        """
        if not (self.tally.is_finite() and all_finite(weights)):
            raise NotFinite

    def close_epoch(self, report: EpochReport, rank: float, weights: Mapping[str, torch.Tensor]) -> None:
        """Adds what the epoch came to, keeps a copy of its weights if they are the best so far, and goes on to the next."""
        self.history.append(report)
        if self.best is None or rank > self.best.rank:
            copies = {name: tensor.detach().to("cpu", copy=True) for name, tensor in weights.items()}
            self.best = Best(self.epoch, rank, copies)
        self.samples += self.tally.count
        self.seconds += self.watch.seconds
        self.epoch, self.steps, self.logged = self.epoch + 1, 0, NO_SUMS
        self.tally.restart()
        self.watch = Stopwatch()

    def is_finished(self, recipe: Recipe) -> bool:
        """Returns whether all epochs are done, or the last ones brought so little that the recipe stops early."""
        done = len(self.history)
        if done >= recipe.epochs or self.is_enough:
            return True
        return recipe.early_stopping is not None and self.best is not None and done - self.best.epoch >= recipe.early_stopping
