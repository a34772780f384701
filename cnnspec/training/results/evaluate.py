"""How well a network does with what it learned: on its own data, or on other data of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnspec.network.ending import ending
from cnnspec.recipe.data import Data
from cnnspec.recipe.data_given import Given
from cnnspec.recipe.fit import end_problems, problems
from cnnspec.recipe.problems import OutputNotFlat, RecipeProblem, TooFewOutputs
from cnnspec.recipe.sample_problems import NoImages, SampleDiffers
from cnnspec.training.batches.batches import Batches
from cnnspec.training.data.dataset import AnyPart, Dataset, Request
from cnnspec.training.data.labels import by_name, listed
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision
from cnnspec.training.heap import heap_for
from cnnspec.training.known_data import changed, known_data
from cnnspec.training.measure import EVALUATED, measure
from cnnspec.training.problems import LabelOutOfRange, NoData, TargetDiffers, TrainingError
from cnnspec.training.results.confusion import LARGEST_TABLE
from cnnspec.training.results.evaluation import Evaluation
from cnnspec.training.results.scores import ClassCount, LabelCount, NumberCount
from cnnspec.training.results.trained import Subject, Trained, trained_of
from cnnspec.training.run_folder.stored_run import NOT_HELD, StoredRun
from cnnspec.training.task import Task


@dataclass(frozen=True)
class EvaluateOptions:
    """`base` is where relative paths of other data begin, None for the current folder."""

    device: str = "auto"
    precision: str | None = None
    base: Path | None = None


def evaluate(subject: Subject | Trained, data: Data | None = None, options: EvaluateOptions | None = None) -> Evaluation:
    """Returns the score on the test part of the data that the recipe names, or of `data`; on all of it without a test part.

    Inputs of a run are scaled by the constants of its own training data, and classes are told by their names, so that other
    data may have a part of them. For a spec with weights the data itself says both. Raises TrainingError, or UsageError or
    OSError for options.
    """
    options = options or EvaluateOptions()
    trained = trained_of(subject)
    chosen = data or trained.recipe.data
    if chosen is None:
        raise TrainingError(_no_data(trained))
    _verify(trained)
    precision = trained.precision(options.precision, options.device)
    model = trained.model(precision)
    base = trained.base if data is None else options.base or Path.cwd()
    ends = trained.network.input, trained.network.output
    try:
        dataset, scaling = read(chosen, Request(*ends, trained.recipe.loss, base, precision.dtype, trained.columns))
    except TrainingError as error:
        raise TrainingError(*(_as_learned(problem, trained) for problem in error.problems)) from None
    part = dataset.train if dataset.test is None else dataset.test
    name = "train" if dataset.test is None and data is None else "test"  # nobody trained on data from elsewhere
    names = dataset.classes
    different = None
    if isinstance(trained.subject, StoredRun):
        different = None if data is not None else _different(trained.subject, dataset, scaling, precision)
        scaling = trained.scaling.of_data(dataset)
        names = trained.classes
        if names is not None and dataset.classes is not None:
            part = renumbered(part, dataset, names)
    task = Task.of(trained.recipe.loss, dataset)
    size = max(EVALUATED, trained.recipe.batch)
    batches = Batches(part, scaling, precision.device, precision.dtype).in_order(size)
    kind, count = _count(task, dataset, names, precision)
    with heap_for(trained.network, size):
        score = measure(model, batches, task, precision, *([] if count is None else [count]))
    tables: dict[str, Any] = {} if count is None else {kind: count.scores()}
    is_unasked = _source(chosen, base) != _source(trained.recipe.data, trained.base) and _is_unasked_share(chosen, dataset)
    whole = len(dataset.train) + len(part) if is_unasked else None
    facts = dataset.name, name, len(part), score.loss, task.measure, score.measure
    return Evaluation(*facts, **tables, different=different, whole=whole)


def _source(data: Data | None, base: Path) -> tuple[str, Path | None] | None:
    """Returns the kind of data and the place that it is read from, None of what comes with the package or is made."""
    if data is None:
        return None
    path = getattr(data, "path", getattr(data, "inputs", None))
    return data.keyword, None if path is None else base / path


def _is_unasked_share(data: Data, dataset: Dataset) -> bool:
    """Returns whether samples were set apart by the usual share, with no word of `test` in the line."""
    return dataset.test is not None and not dataset.own_test and "test" not in data.model_fields_set


def _different(run: StoredRun, dataset: Dataset, scaling: Scaling, precision: Precision) -> str | None:
    """Returns how a run's data, read again, differs from that of its training; None where it is the same."""
    before, now = run.manifest.get("data", {}), known_data(dataset, scaling)
    if not now.keys() - {"content", "columns", "white"} <= before.keys():
        return None
    if dataset.has_floats and precision.dtype != Precision(run.options.precision, precision.device).dtype:
        del now["content"]  # the same numbers, rounded otherwise
    how = changed(before, now)
    return None if how is None else f"`{dataset.name}` is not what {run.path} was trained with: {how}"


def _count(
    task: Task, dataset: Dataset, names: tuple[str, ...] | None, precision: Precision
) -> tuple[str, LabelCount | NumberCount | ClassCount | None]:
    """Returns what is counted beside loss and measure, with its name in an Evaluation; None for too many classes."""
    if task.labels:
        return "labels", LabelCount(task)
    if dataset.classes is None:
        return "numbers", NumberCount()
    known = names or ()
    known += dataset.classes[len(known) :]  # labels of outputs that training had no class for
    return "classes", ClassCount(known, task, precision.device) if len(known) <= LARGEST_TABLE else None


def _no_data(trained: Trained) -> NoData:
    if isinstance(trained.subject, StoredRun):
        return NoData(NOT_HELD, "give one with --data")
    return NoData("nothing to evaluate on: no data set is named", "give one with --data, or write it in `train`")


def _verify(trained: Trained) -> None:
    """Raises UsageError for a spec without weights, and TrainingError where a loss has not one input and one output for it."""
    trained.verify_learned()
    if isinstance(trained.subject, StoredRun):
        return
    trained.verify_sizes()
    network, recipe = trained.network, trained.recipe
    found = end_problems(len(network.inputs), len(network.outputs)) or problems(
        recipe, network.input, network.output, ending(network)
    )
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)


def _as_learned(problem: RecipeProblem, trained: Trained) -> RecipeProblem:
    """Returns a problem of data with what can be done for a run, whose network is what it is."""
    if not isinstance(trained.subject, StoredRun):
        return problem
    if isinstance(problem, SampleDiffers):
        return SampleDiffers(problem.data, problem.sample, problem.input, problem.can_resize, is_trained=True)
    if isinstance(problem, NoImages):
        return NoImages(problem.input, is_trained=True)
    if isinstance(problem, OutputNotFlat):
        text = f"the data has one class for each sample, and the network gives {problem.output}"
        return TargetDiffers(text, "name data with such targets as those of its training")
    if not isinstance(problem, TooFewOutputs):
        return problem
    names = trained.classes
    if names is None:
        text = f"the targets of `{problem.data}` are classes, and the run learned numbers"
        return TargetDiffers(text, "name data whose targets are numbers")
    text = f"`{problem.data}` has {problem.classes} classes, and the run did not learn as many"
    return LabelOutOfRange(text, _learned(names))


def _learned(names: tuple[str, ...]) -> str:
    return f"it learned {listed(names)}"


def renumbered(part: AnyPart, dataset: Dataset, names: tuple[str, ...]) -> AnyPart:
    """Returns samples of other data with the numbers that their classes had in training; raises TrainingError for new classes.

    Classes that are only numbers are those numbers, and so are the labels of pixels; folders and words are names. Labels that
    the loss ignores are no class, and stay as they are. Where only one of a run and the data of a program has names, as many
    classes go by their numbers.
    """
    given = dataset.classes or ()
    numbers = tuple(map(str, range(len(given))))
    is_numbered = given == numbers and not dataset.named
    if given == names[: len(given)] or is_numbered or part.targets.dim() > 1:
        return part
    are_as_many = dataset.name == Given.keyword and len(given) == len(names)
    if are_as_many and numbers in (given, names) and not set(given) <= set(names):
        return part
    text = f"`{dataset.name}` has classes that the run did not learn"
    return by_name(part, given, names, text, _learned(names))
