"""A finished run as Python sees it: what came of it, and what it says about other data."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.api import arguments
from cnnspec.api.load import single
from cnnspec.api.told import told_in_python, told_of_files
from cnnspec.api.words import python_words
from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.result import RunResult

if TYPE_CHECKING:
    import torch

    from cnnspec.recipe.data import Data
    from cnnspec.training.results.evaluation import Evaluation
    from cnnspec.training.results.trained import Trained
    from cnnspec.training.run_folder.stored_run import StoredRun


@dataclass(frozen=True, repr=False)
class Run(RunResult):
    """A run that is finished: `model` (with the last weights), `history`, `best_epoch`, `path`, `plot()`, and more.

    A relative `path` begins at `base`, wherever the program goes meanwhile. Where its folder is trained further, `model` stays
    as it is, and is what `evaluate` and `predict` ask.
    """

    base: Path = field(default_factory=Path.cwd)

    def evaluate(self, data: Any = None, *, best: bool = False) -> Evaluation:
        """Returns loss, accuracy and more on the test part of the run's own data, or on all of the samples of other data.

        `data` is what `train` takes: a line as in a spec, whose test part is taken, a pair (inputs, targets), or a Dataset.
        `best` takes the weights of the best epoch. Raises SpecError for data that does not fit, ValueError where there is none,
        and UsageError where the files of the run are not as it left them. Where its own data is no longer what it was trained
        with, that is a SpecWarning.
        """
        from cnnspec.diagnostics.python_warnings import SpecWarning
        from cnnspec.recipe.data_given import Given
        from cnnspec.training.data.given import without_names
        from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
        from cnnspec.training.run_folder.stored_run import read_run
        from cnnspec.training.usual_torch import usual_torch

        with told_of_files():
            stored = read_run(self.base / self.path)
        if data is None and stored.recipe.data is None:
            raise ValueError("the data of this run was handed over in Python: hand some over again, `run.evaluate((x, y))`")
        with told_in_python(stored.network), usual_torch():
            trained = self._with_weights(stored, best)
            chosen = None if data is None else _to_test_on(stored, data)
            if isinstance(chosen, Given) and (text := without_names(chosen, stored.recipe.loss)):
                warnings.warn(text, SpecWarning, stacklevel=2)
            found = evaluate(trained, chosen, EvaluateOptions(self.device))
        if found.different is not None:
            warnings.warn(found.different, SpecWarning, stacklevel=2)
        return found

    def predict(self, inputs: Any, *, best: bool = False) -> torch.Tensor:
        """Returns the probability of each class [N, classes] for inputs [N, *input], a tensor or an array; on the CPU.

        Where a sample may have several labels, it is that of each label [N, labels]. Where outputs are no probabilities
        (numbers, images, a class for each pixel), they are returned as they are. Inputs are scaled as the training data was,
        bytes being 0 to 1. Raises TypeError and ValueError for other inputs, UsageError where the files of the run are not as
        it left them.
        """
        import numpy as np
        import torch

        from cnnspec.training.data.arrays_plain import plain, tensor_of
        from cnnspec.training.data.dense import verify_dense
        from cnnspec.training.results.answers import answers
        from cnnspec.training.run_folder.stored_run import read_run
        from cnnspec.training.usual_torch import usual_torch

        if not isinstance(inputs, torch.Tensor | np.ndarray):
            raise TypeError(
                f"inputs are a tensor or an array, not {type(inputs).__name__}; `cnnspec predict` reads image files"
            )
        if isinstance(inputs, np.ndarray) and inputs.dtype.kind not in "biuf":
            raise TypeError(f"inputs are numbers, not an array of {inputs.dtype}")
        if isinstance(inputs, torch.Tensor) and inputs.is_complex():
            raise TypeError(f"inputs are real numbers, not a tensor of {inputs.dtype}")
        verify_dense(inputs, "inputs")
        with told_of_files():
            stored = read_run(self.base / self.path)
        with told_in_python(stored.network), usual_torch():
            samples = tensor_of(plain(inputs)) if isinstance(inputs, np.ndarray) else inputs
            trained = self._with_weights(stored, best)
            precision = trained.precision(None, self.device)
            return answers(trained, samples, precision)

    def _with_weights(self, stored: StoredRun, best: bool) -> Trained:
        """Returns the run with the weights of `model`, or with the best ones, which its folder has.

        Raises UsageError where that has been trained further since, and has better ones.
        """
        from cnnspec.training.results.trained import Trained

        trained = Trained.of(stored, best=arguments.switch("best", best))
        if not best:
            return replace(trained, held=self.model)
        better = stored.manifest["result"]["best_epoch"]
        if better != self.best_epoch:
            raise UsageError(
                f"{self.path} has been trained further since: its best epoch is {better} now, and was {self.best_epoch}; "
                "`cnnspec.resume` gave the run that has these weights"
            )
        return trained


def _to_test_on(stored: StoredRun, data: Any) -> Data:
    """Returns a data set whose test part is to be taken: of what a program holds, all of it."""
    from cnnspec.recipe.data_given import Given
    from cnnspec.training.data.given import given_data
    from cnnspec.training.results.other_data import on_other_data

    if isinstance(data, str):
        with python_words():
            found = on_other_data(stored.network, data)
        recipe = single(found, stored.network.source).checked.recipe
        assert recipe is not None
        assert recipe.data is not None
        return recipe.data
    given = given_data(data, share=0.0, own=False)
    x, y = given.arrays["x"], given.arrays["y"]
    return Given.of({"x": x, "y": y, "x_test": x, "y_test": y}, given.names)
