"""How well a finished run does: on its own data, or on other data of the same shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import nn

from cnnspec.backends.torch_module import build
from cnnspec.recipe.data import Data
from cnnspec.training.batches.batches import Batches
from cnnspec.training.data.dataset import AnyPart, Dataset, Request
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision, select_device
from cnnspec.training.finish import LARGEST_TABLE
from cnnspec.training.measure import EVALUATED, measure
from cnnspec.training.problems import LabelOutOfRange, NoData, RunBroken, TrainingError
from cnnspec.training.results.evaluation import Evaluation
from cnnspec.training.results.scores import ClassCount, NumberCount
from cnnspec.training.run_folder.folder import BEST, StoredRun
from cnnspec.training.task import Task
from cnnspec.training.weights.weights import load_weights


@dataclass(frozen=True)
class EvaluateOptions:
    """`best` takes the weights of the best epoch, not the last ones. `base` is where relative paths of other data begin."""

    device: str = "auto"
    precision: str = "fp32"
    best: bool = False
    base: Path | None = None


def evaluate(stored: StoredRun, data: Data | None = None, options: EvaluateOptions | None = None) -> Evaluation:
    """Returns the score of a run on the test part of its data, or of `data`; on all of it without a test part.

    Inputs are scaled by the constants of the run's own training data, and classes are told by their names, so that other data
    may have a part of them. Raises TrainingError, or UsageError for options.
    """
    options = options or EvaluateOptions()
    chosen = data or stored.recipe.data
    if chosen is None:
        raise TrainingError(
            NoData("the data of this run was handed over in Python, and its folder does not hold it", "give one with --data")
        )
    precision = Precision.select(options.precision, select_device(options.device))
    precision.prepare()
    base = stored.base if data is None else (options.base or Path.cwd())
    request = Request(stored.network.input, stored.network.output, stored.recipe.loss, base)
    dataset, _ = read(chosen, request)
    scaling = replace(stored_scaling(stored), levels=dataset.levels)
    part, name = (dataset.train, "train") if dataset.test is None else (dataset.test, "test")
    names = class_names(stored)
    if data is not None and names is not None and dataset.classes is not None:
        part = renumbered(part, dataset, names)
    task = Task(stored.recipe.loss, dataset.classes is not None)
    model = load_model(stored, precision, best=options.best)
    batches = Batches(part, scaling, precision.device, precision.dtype).in_order(max(EVALUATED, stored.recipe.batch))
    if dataset.classes is None:
        numbers = NumberCount()
        score = measure(model, batches, task, precision, numbers)
        return Evaluation(dataset.name, name, len(part), score.loss, task.measure, score.measure, numbers=numbers.scores())
    known = names or ()
    known += dataset.classes[len(known) :]  # labels of outputs that training had no class for
    classes = ClassCount(known, task, precision.device)
    counts = (classes,) if len(known) <= LARGEST_TABLE else ()
    score = measure(model, batches, task, precision, *counts)
    found = classes.scores() if counts else None
    return Evaluation(dataset.name, name, len(part), score.loss, task.measure, score.measure, found)


def renumbered(part: AnyPart, dataset: Dataset, names: tuple[str, ...]) -> AnyPart:
    """Returns samples of other data with the numbers that their classes had in training; raises TrainingError for new classes.

    Classes that are only numbers are those numbers, and so are the labels of pixels.
    """
    given = dataset.classes or ()
    numbers = tuple(map(str, range(len(given))))
    if given in (names[: len(given)], numbers) or part.targets.dim() > 1:
        return part
    unknown = [name for name in given if name not in names]
    if unknown:
        text = f"`{dataset.name}` has classes that the run did not learn: {', '.join(unknown[:5])}"
        raise TrainingError(LabelOutOfRange(text, f"it learned {', '.join(names[:10])}{', ...' if len(names) > 10 else ''}"))
    return replace(part, targets=torch.tensor([names.index(name) for name in given])[part.targets])


def class_names(stored: StoredRun) -> tuple[str, ...] | None:
    """Returns the names of the classes that a run was trained on; None where its targets were numbers."""
    names = stored.manifest.get("data", {}).get("classes")
    return None if names is None else tuple(map(str, names))


def load_model(stored: StoredRun, precision: Precision, best: bool = False) -> nn.Module:
    """Returns the network of a run with its weights, in evaluation mode; raises TrainingError."""
    model = build(stored.network)
    path = stored.path / BEST if best else stored.weights
    try:
        load_weights(model, path)
    except (OSError, ValueError) as error:
        raise TrainingError(RunBroken(str(error))) from None
    return model.to(precision.device, precision.dtype).eval()


def stored_scaling(stored: StoredRun) -> Scaling:
    """Returns the constants that scaled the training data of a run; raises TrainingError where the manifest has none."""
    try:
        data = stored.manifest["data"]
        mean, std = (torch.tensor(data[name], dtype=torch.float64) for name in ("mean", "std"))
        return Scaling(float(data["levels"]), mean, std)
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(RunBroken(f"the manifest of {stored.path} does not say how its data was scaled: {error}")) from None
