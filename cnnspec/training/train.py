"""Trains a network as its recipe says and leaves a run folder behind.

This module imports no torch: the run folder, with spec and settings in it, exists before torch is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.recipe.fit import problems
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.folder import RunFolder
from cnnspec.training.problems import NoData, TrainingError
from cnnspec.training.report import EpochReport, Reporter, Silent

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainOptions:
    """What is decided outside the spec. `out` None is `runs/<network>-<n>`; `base` is where relative paths of data begin, None
    the folder of the spec."""

    device: str = "auto"
    precision: str = "fp32"
    out: Path | None = None
    base: Path | None = None


@dataclass(frozen=True)
class RunResult:
    """What came of a run; the model has the last weights.

    `examples_per_second`: training samples by the wall time of the training part of the epochs, batching included, evaluation
    and start excluded.
    """

    path: Path
    device: str
    history: tuple[EpochReport, ...]
    best_epoch: int
    examples_per_second: float
    model: torch.nn.Module

    @property
    def last(self) -> EpochReport:
        return self.history[-1]

    def lines(self) -> tuple[str, str]:
        """Returns the two lines that end a run."""
        return self.last.scores, f"{self.examples_per_second:.1f} examples/sec on {self.device}"


def train(network: Network, recipe: Recipe, options: TrainOptions | None = None, report: Reporter | None = None) -> RunResult:
    """Returns the result of a whole run; raises TrainingError (data, recipe) or UsageError (options), before or while it runs.

    A run that fails before its first step leaves no folder.
    """
    options, report = options or TrainOptions(), report or Silent()
    if recipe.data is None:
        raise TrainingError(
            NoData("nothing to train on: no data set is named", "write `data digits` in `train`, or give --data")
        )
    last = network.nodes[-1].layer.keyword if network.nodes else None
    errors = [problem for problem in problems(recipe, network.input, network.output, last) if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    base = (options.base or Path(network.source.name).parent).absolute()
    settings = {"device": options.device, "precision": options.precision}
    folder = RunFolder.create(options.out, network, recipe, settings, base)
    # Importing torch takes a second and more, and may fail; by now the folder says what was meant to run.
    from cnnspec.training.device import own_random_numbers
    from cnnspec.training.loop import prepare, run

    with own_random_numbers():
        try:
            session = prepare(network, recipe, recipe.data, options, base)
        except (TrainingError, UsageError):
            folder.discard()
            raise
        return run(session, folder, report)
