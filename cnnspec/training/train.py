"""Trains a network as its recipe says and leaves a run folder behind.

This module imports no torch: the run folder, with spec and settings in it, exists before torch is imported.
"""

from __future__ import annotations

from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.network.recipes import unfit
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.folder import RunFolder
from cnnspec.training.job import RunResult, TrainOptions
from cnnspec.training.problems import NoData, TrainingError
from cnnspec.training.report import Reporter, Silent


def train(network: Network, recipe: Recipe, options: TrainOptions | None = None, report: Reporter | None = None) -> RunResult:
    """Returns the result of a whole run; raises TrainingError (data, recipe) or UsageError (options), before or while it runs.

    A run that fails before its first step leaves no folder.
    """
    options, report = options or TrainOptions(), report or Silent()
    if recipe.data is None:
        raise TrainingError(
            NoData("nothing to train on: no data set is named", "write `data digits` in `train`, or give --data")
        )
    errors = [problem for problem in unfit(network, recipe) if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    base = (options.base or Path(network.source.name).parent).absolute()
    weights = None if options.weights is None else str(options.weights.absolute())
    settings = {"device": options.device, "precision": options.precision, "weights": weights}
    folder = RunFolder.create(options.out, network, recipe, settings, base)
    # Importing torch takes a second and more, and may fail; by now the folder says what was meant to run.
    from cnnspec.training.device import own_random_numbers
    from cnnspec.training.loop import prepare, run
    from cnnspec.training.threads import threads_for

    with own_random_numbers(), threads_for(network.macs * recipe.batch):
        try:
            session = prepare(network, recipe, recipe.data, options, base)
        except (TrainingError, UsageError, OSError):
            folder.discard()
            raise
        return run(session, folder, report)
