"""What a run may be given when it goes on: another number of epochs, and the data that a program handed over. No torch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.diagnostics.problem import UsageError
from cnnspec.layers.problems import counted
from cnnspec.network.recipes import unfit, with_recipe
from cnnspec.recipe.data_given import Given
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.data.content import content_sum
from cnnspec.training.problems import RunBroken, TrainingError
from cnnspec.training.run_folder.names import LAST
from cnnspec.training.run_folder.stored_run import StoredRun

if TYPE_CHECKING:
    from cnnspec.training.state import State


def with_data(stored: StoredRun, data: Given) -> StoredRun:
    """Returns a run with the data that it was given in Python; raises UsageError where it was given none, and TrainingError
    where its contents are others."""
    if stored.recipe.data is not None:
        raise UsageError(f"{stored.path} was trained on data that its settings name: `data` is left out")
    if content_sum(data.arrays) != stored.given:
        text = f"the data is not what {stored.path} was trained on: numbers, kinds or shapes of the arrays differ"
        raise TrainingError(RunBroken(text, "hand over the same samples in the same order, or begin a new run"))
    return _with_recipe(stored, stored.recipe.model_copy(update={"data": data}))


def with_epochs(stored: StoredRun, epochs: int) -> StoredRun:
    """Returns a run that is trained to so many epochs in all; raises TrainingError where the recipe does not go with so few."""
    longer = _with_recipe(stored, stored.recipe.model_copy(update={"epochs": epochs}))
    errors = [problem for problem in unfit(longer.network, longer.recipe) if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    return longer


def want_more(state: State, stored: StoredRun) -> None:
    """Lets a run train to the epochs of its recipe, also where somebody had enough; raises UsageError where none are left."""
    done = len(state.history)
    if done >= stored.recipe.epochs:
        raise UsageError(f"{stored.path} has trained {counted(done, 'epoch')}: name more than that to train it further")
    state.is_enough = False
    if state.is_finished(stored.recipe):
        assert state.best is not None
        raise UsageError(
            f"{stored.path} was ended by `early_stopping {stored.recipe.early_stopping}`, epoch {state.best.epoch} being the "
            f"best: to train on all the same, begin a new run with `--weights {stored.path / LAST}`"
        )


def _with_recipe(stored: StoredRun, recipe: Recipe) -> StoredRun:
    return replace(stored, recipe=recipe, network=with_recipe(stored.network, recipe))
