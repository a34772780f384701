"""Trains a network as its recipe says and leaves a run folder behind; goes on with a run that was interrupted.

This module imports no torch: the run folder, with spec and settings in it, exists before torch is imported.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.ending import ending
from cnnspec.network.network import Network
from cnnspec.network.recipes import unfit
from cnnspec.recipe.data_given import Given
from cnnspec.recipe.problems import TrainedAlone
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.stored import to_json
from cnnspec.training.options import TrainOptions
from cnnspec.training.packages import has_tensorboard
from cnnspec.training.problems import InputSizesOpen, NoData, TrainingError
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.report import Reporter, Silent
from cnnspec.training.result import RunResult
from cnnspec.training.resumed import with_data, with_epochs
from cnnspec.training.run_folder.claim import claimed
from cnnspec.training.run_folder.folder import RunFolder
from cnnspec.training.run_folder.lock import alone_in
from cnnspec.training.run_folder.names import is_finished, is_run
from cnnspec.training.run_folder.stored_run import StoredRun, read_started
from cnnspec.values.sizes import Size


def train(network: Network, recipe: Recipe, options: TrainOptions | None = None, report: Reporter | None = None) -> RunResult:
    """Returns the result of a whole run; raises TrainingError (data, recipe) or UsageError (options), before or while it runs.

    A run that fails before its first step leaves no folder; one that is interrupted raises Interrupted and can be resumed.
    """
    options, report, ranks = options or TrainOptions(), report or Silent(), Ranks.here()
    _verify_packages(options)
    if ranks.is_first and (going := _restarted(network, recipe, options, ranks)) is not None:
        return resume(going, report=report, data=recipe.data if isinstance(recipe.data, Given) else None)
    found = unfit(network, recipe, is_run=True)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    if recipe.data is None:
        from cnnspec.recipe.data_advice import data_advice  # runs that have data do without

        advice = data_advice(recipe, network.input, network.output, ending(network))
        untold = found if network.recipe is None else []  # what a recipe says has been checked before
        alone = [problem for problem in untold if isinstance(problem, TrainedAlone)]
        raise TrainingError(NoData("nothing to train on: no data set is named", advice), *alone)
    if any(isinstance(size, Size) for given in network.inputs for size in given.shape.sizes):
        raise TrainingError(InputSizesOpen(network.input, recipe.data.sample()))
    if recipe.batch < ranks.count:
        raise UsageError(
            f"a batch of {recipe.batch} cannot be shared by {ranks.count} processes: start fewer, or raise `batch`"
        )
    base = (options.base or Path(network.source.name).parent).absolute()
    if not ranks.is_first:
        return _follow(StoredRun(Path(), network, recipe, {}, base, options), ranks)
    with claimed(options.out, network.name) as path:
        folder = RunFolder.create(path, network, recipe, options, base, ranks.launch)
        return _run(StoredRun(path, network, recipe, {}, base, options), folder, report, ranks, is_new=True)


def resume(
    path: Path,
    device: str | None = None,
    report: Reporter | None = None,
    epochs: int | None = None,
    data: Given | None = None,
) -> RunResult:
    """Returns the result of a run that was interrupted, as if it had not been; raises as `train` does.

    On the machine that it began on, with as many threads, it ends with the same bytes; else the reporter says what differs.
    With `epochs` it is trained to so many in all, also where it is finished: the schedule follows that number from here on.
    `data` is what the run was given in Python. Nothing in the folder changes before all is ready for the next step.
    """
    begun = read_started(path)
    stored = begun if data is None else with_data(begun, data)
    stored.data()
    before = None
    if epochs is not None and (epochs != begun.recipe.epochs or is_finished(path)):
        stored, before = with_epochs(stored, epochs), begun.recipe.epochs
    _verify_packages(stored.options)
    if device is not None:
        stored = replace(stored, options=replace(stored.options, device=device))
    ranks = Ranks.here()
    if not ranks.is_first:
        return _follow(stored, ranks, before is not None)
    with alone_in(path):
        return _run(stored, RunFolder.reopen(stored), report or Silent(), ranks, is_new=False, before=before)


def _restarted(network: Network, recipe: Recipe, options: TrainOptions, ranks: Ranks) -> Path | None:
    """Returns the run to go on with after the launcher has begun anew, None where it has not, or the run had not begun.

    A launcher does not count that it begins anew where machines come and go; then its name tells. Raises UsageError where
    nobody can tell which run it is, or where another one has the folder.
    """
    if options.out is None and ranks.restarts:
        raise UsageError("a run that is started again after a failure needs a name, to go on from its last checkpoint: --out")
    if options.out is None or not (ranks.restarts or ranks.launch) or not is_run(options.out):
        return None
    begun = read_started(options.out)
    is_same = begun.launch == ranks.launch
    if not is_same and not ranks.restarts:
        return None
    is_same &= begun.network.source.text == network.source.text and begun.network.settings == network.settings
    if not is_same or _stored(begun.recipe) != _stored(recipe) or begun.options.as_json() != options.as_json():
        raise UsageError(f"{options.out} holds another run: name another folder with --out")
    return options.out


def _stored(recipe: Recipe) -> dict[str, Any]:
    """Returns a recipe as a folder holds it; data from Python it cannot hold."""
    return to_json(recipe.model_copy(update={"data": None}) if isinstance(recipe.data, Given) else recipe)


def _verify_packages(options: TrainOptions) -> None:
    """Raises UsageError where an option needs a package that is not installed."""
    if options.tensorboard and not has_tensorboard():
        raise UsageError("--tensorboard needs TensorBoard: pip install tensorboard")


def _run(
    stored: StoredRun, folder: RunFolder, report: Reporter, ranks: Ranks, is_new: bool, before: int | None = None
) -> RunResult:
    """Returns the result of a run; `before` is the number of epochs that it had, where it gets another one."""
    is_ready = False
    try:
        # Importing torch takes a second and more, and may fail; by now the folder says what was meant to run.
        from cnnspec.training.course import Course
        from cnnspec.training.environment import environment

        with environment(stored, ranks):
            course = Course.prepare(stored, folder, report, ranks, is_new, before is not None)
            is_ready = True
            if before is not None:
                course.extend(before)
            return course.run()
    except BaseException:
        if is_new and not is_ready:
            folder.discard()
        raise


def _follow(stored: StoredRun, ranks: Ranks, wants_more: bool = False) -> RunResult:
    from cnnspec.training.environment import environment
    from cnnspec.training.follower import follow

    with environment(stored, ranks):
        return follow(stored, ranks, wants_more)
