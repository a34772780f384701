"""What a trained network says about images: classes with probabilities, a class for each pixel, or numbers."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.ending import ending
from cnnspec.network.network import Network
from cnnspec.recipe.activation_problems import NotProbabilities, activation_problems
from cnnspec.training.data.places import File
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision
from cnnspec.training.heap import heap_for
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.image_form import image_form
from cnnspec.training.results.inputs import Sample, read_sample
from cnnspec.training.results.masks import as_large_as, write_mask
from cnnspec.training.results.predictions import Answer, Measure, Prediction, Result, Unreadable
from cnnspec.training.results.probabilities import of_each, probabilities
from cnnspec.training.results.spared import verify_data_spared, verify_spared
from cnnspec.training.results.trained import Subject, Trained, trained_of
from cnnspec.training.task import Task

AT_ONCE = 64  # images in a batch
_NUMBERS = 1 << 27  # and of the largest layer output this many numbers, half a gigabyte


@dataclass(frozen=True)
class PredictOptions:
    """`top` is how many classes are named for each image. `masks` are files for the classes of pixels, one for each source."""

    top: int = 3
    device: str = "auto"
    precision: str | None = None
    masks: Sequence[Path] | None = None


@dataclass(frozen=True)
class _Loaded:
    source: File
    sample: Sample
    mask: Path | None


def predict(subject: Subject | Trained, sources: Iterable[File], options: PredictOptions | None = None) -> Iterator[Result]:
    """Yields what a trained network says about each file, in their order; raises TrainingError, UsageError or OSError.

    Images get the channels and the size that the network takes, by the same resizing as training data with `resize`. They and
    arrays (.npy) are scaled as the training data was, in whose units other numbers than bytes are. A few batches are in memory
    at a time: threads decode the next while one is computed.
    """
    options = options or PredictOptions()
    trained = trained_of(subject)
    _verify(trained)
    precision = trained.precision(options.precision, options.device)
    model, scaling = trained.model(precision), trained.scaling
    form = image_form(trained.network, trained.recipe)

    def load(source: File, mask: Path | None) -> _Loaded | Unreadable:
        try:
            return _Loaded(source, read_sample(source, trained.network.input, form, precision.dtype), mask)
        except (TrainingError, UsageError) as error:
            return Unreadable(source, str(error))

    if options.masks is not None:
        sources = list(sources)
        verify_spared(options.masks, sources)
        verify_data_spared(options.masks, trained.recipe.data, trained.locate)
    masks = iter(options.masks or ())
    tasks = ((source, next(masks, None)) for source in sources)
    size = batch_size(trained.network)
    with heap_for(trained.network, size):
        for group in _loaded_ahead(tasks, load, size):
            samples = [entry.sample for entry in group if isinstance(entry, _Loaded)]
            outputs = iter(_outputs(model, samples, scaling, precision))
            for entry in group:
                yield entry if isinstance(entry, Unreadable) else _result(entry, next(outputs), trained, options.top)


def _verify(trained: Trained) -> None:
    """Raises UsageError for what is not trained, or answers neither with classes nor with a few numbers; TrainingError for a
    spec whose loss takes outputs for probabilities that they are not."""
    network, name = trained.network, trained.name
    if len(network.inputs) > 1 or len(network.outputs) > 1:
        count = len(network.inputs)
        ends = f"takes {count} inputs" if count > 1 else f"gives {len(network.outputs)} outputs"
        raise UsageError(f"{name} {ends}, and `predict` is for one input and one output: `cnnspec run` has several")
    trained.verify_learned()
    trained.verify_sizes()
    if network.output.rank > 1 and trained.classes is None and not _is_binary_mask(trained):
        advice = f"`cnnspec run {name} IMAGE -o PATH` writes them"
        if isinstance(trained.subject, Network) and trained.subject.recipe is None:
            advice += "; where they are scores of classes, add `--set train.loss=cross_entropy`"
        raise UsageError(f"{name}: the output is {network.output}, and these are numbers, not classes: {advice}")
    if isinstance(trained.subject, Network):  # a run was refused such a loss before it began
        found = activation_problems(trained.recipe.loss, network.output, ending(network))
        mistaken = [problem for problem in found if isinstance(problem, NotProbabilities)]
        if mistaken:
            raise TrainingError(*mistaken)


def _is_binary_mask(trained: Trained) -> bool:
    """Returns whether the output says of each position whether something is there: class 1, or else 0."""
    return trained.network.output.channels == 1 and trained.has_labels


def _loaded_ahead(
    tasks: Iterable[tuple[File, Path | None]], load: Callable[[File, Path | None], _Loaded | Unreadable], size: int
) -> Iterator[list[_Loaded | Unreadable]]:
    """Yields files loaded `size` at a time, of which the next ones are decoded meanwhile: pillow lets other threads run."""
    remaining = iter(tasks)
    ahead: deque[list[Future[_Loaded | Unreadable]]] = deque()
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        while True:
            ahead.append([pool.submit(load, *task) for task in islice(remaining, size)])
            if len(ahead) > 1:
                yield [future.result() for future in ahead.popleft()]
            if not ahead[-1]:
                return


def batch_size(network: Network) -> int:
    """Returns how many images make a batch: fewer where a layer gives so much that memory might not hold it."""
    return max(1, min(AT_ONCE, _NUMBERS // network.largest))


@torch.inference_mode()
def _outputs(model: nn.Module, samples: Sequence[Sample], scaling: Scaling, precision: Precision) -> torch.Tensor:
    """Returns outputs [N, C, ...] on the CPU; bytes, and other numbers, are scaled as one batch, as in training."""
    if not samples:
        return torch.empty(0)
    device, dtype = precision.device, precision.dtype
    kinds = [sample.values.dtype for sample in samples]
    scaled = {}
    for kind in set(kinds):
        values = _stacked([sample.values for sample in samples if sample.values.dtype == kind])
        stored = values.to(device, kind if kind == torch.uint8 else dtype)  # bytes are sent as bytes
        scaled[kind] = scaling.of(kind).on(device, dtype).apply(stored)
    rows = scaled[kinds[0]]
    if len(scaled) > 1:
        places = {kind: iter(values) for kind, values in scaled.items()}
        rows = _stacked([next(places[kind]) for kind in kinds])
    with precision.forward():
        outputs: torch.Tensor = model(rows)
    return outputs.to("cpu", torch.float64 if outputs.dim() == 2 else dtype)


def _stacked(values: Sequence[torch.Tensor]) -> torch.Tensor:
    """Returns inputs [N, ...], images with their channels last in memory, as they are decoded and convolutions like them."""
    if values[0].dim() != 3:
        return torch.stack(tuple(values))
    return torch.stack([value.movedim(0, -1) for value in values]).movedim(-1, 1)


def _result(loaded: _Loaded, output: torch.Tensor, trained: Trained, top: int) -> Result:
    """Returns what the network says, unless that is no number: inputs or weights are so large then that it overflows."""
    if bool((output.isnan() | output.isposinf()).any()):  # -inf may be the logarithm of a probability
        return Unreadable(
            loaded.source, f"{loaded.source}: the outputs are infinite or not a number: its numbers are too large"
        )
    return _prediction(loaded, output, trained, top)


def _prediction(loaded: _Loaded, output: torch.Tensor, trained: Trained, top: int) -> Prediction:
    form = image_form(trained.network, trained.recipe)
    size = loaded.sample.size
    resized_from = size if form and size != form[1:] else None
    names, loss = trained.classes, trained.recipe.loss
    if output.dim() > 1:
        return _class_of_each_position(loaded, output, trained, top, resized_from)
    if trained.has_labels:
        return Prediction(loaded.source, (), (), resized_from, labels=_labels(output, trained))
    if names is None:
        return Prediction(loaded.source, (), tuple(output.tolist()), resized_from)
    known = probabilities(output.unsqueeze(0), trained.network, loss)
    scores = output if known is None else known[0]
    measure: Measure = "score" if known is None else "probability"
    answers = tuple(Answer(index, _name(index, names), score, measure) for index, score in enumerate(scores.tolist()))
    return Prediction(loaded.source, _first(answers, top), (), resized_from)


def _labels(output: torch.Tensor, trained: Trained) -> tuple[Answer, ...]:
    """Returns all labels in their order, whose names are their places."""
    known = of_each(output.unsqueeze(0), trained.network, trained.recipe.loss)
    assert known is not None  # only binary losses have labels, and these are about probabilities
    return tuple(Answer(place, str(place), score, "probability") for place, score in enumerate(known[0].tolist()))


def _class_of_each_position(
    loaded: _Loaded, output: torch.Tensor, trained: Trained, top: int, resized_from: tuple[int, int] | None
) -> Prediction:
    """Returns the shares of the classes, after writing the mask where one is wanted."""
    names = trained.classes or ()
    labels = Task(trained.recipe.loss, classes=True).predicted(output.unsqueeze(0))[0]
    labels = as_large_as(labels, resized_from, trained.network.input.spatial)
    counts = torch.bincount(labels.flatten(), minlength=max(len(names), len(output), 2))
    shares = tuple(
        Answer(index, _name(index, names), count / labels.numel(), "share") for index, count in enumerate(counts.tolist())
    )
    if loaded.mask is not None:
        write_mask(labels, len(counts), loaded.mask)
    return Prediction(loaded.source, _first(shares, top), (), resized_from, shares, loaded.mask)


def _first(answers: tuple[Answer, ...], count: int) -> tuple[Answer, ...]:
    """Returns the answers with the highest scores, equal ones in the order of the classes; what is no number comes first."""
    return tuple(sorted(answers, key=lambda answer: -answer.score if answer.score == answer.score else -math.inf)[:count])


def _name(index: int, names: Sequence[str]) -> str:
    """Returns the name of a class; outputs beyond the classes of the data have only their numbers."""
    return names[index] if index < len(names) else str(index)
