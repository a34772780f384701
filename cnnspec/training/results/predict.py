"""What a finished run says about images: classes with probabilities, or numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import torch

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.data.images import ENDINGS, MODES, read_image, size_of_image
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.device import Precision, select_device
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import class_names, load_model, stored_scaling
from cnnspec.training.results.forward import read_input
from cnnspec.training.results.probabilities import probabilities
from cnnspec.training.run_folder.folder import StoredRun
from cnnspec.values.shapes import Shape

AT_ONCE = 64  # images in memory


@dataclass(frozen=True)
class PredictOptions:
    """`top` is how many classes are named for each image; the others as in `EvaluateOptions`."""

    top: int = 3
    device: str = "auto"
    precision: str = "fp32"
    best: bool = False


@dataclass(frozen=True)
class Answer:
    """A class by number and name. `score` is its probability, or its output where outputs are no probabilities."""

    index: int
    name: str
    score: float
    is_probability: bool


@dataclass(frozen=True)
class Prediction:
    """What the network says about one file: the likeliest classes, or, of a regression, `values`.

    `resized_from` is height and width of an image that had another size than the network takes.
    """

    source: Path
    answers: tuple[Answer, ...]
    values: tuple[float, ...]
    resized_from: tuple[int, int] | None


@dataclass(frozen=True)
class Unreadable:
    """A file that is no image, or does not fit."""

    source: Path
    reason: str


Result: TypeAlias = Prediction | Unreadable
Loaded: TypeAlias = tuple[Path, torch.Tensor, tuple[int, int] | None]


def predict(stored: StoredRun, sources: Iterable[Path], options: PredictOptions | None = None) -> Iterator[Result]:
    """Yields what a run says about each file, in their order; raises TrainingError, or UsageError for options and networks.

    Images get the channels and the size that the network takes, by the same resizing as training data with `resize`, and are
    scaled as the training data was. Arrays (.npy) go in as they are.
    """
    options = options or PredictOptions()
    _verify(stored)
    precision = Precision.select(options.precision, select_device(options.device))
    precision.prepare()
    model, scaling = load_model(stored, precision, options.best), stored_scaling(stored)
    remaining = iter(sources)
    while group := list(islice(remaining, AT_ONCE)):
        loaded = [_loaded(source, stored, scaling) for source in group]
        inputs = [entry[1] for entry in loaded if not isinstance(entry, Unreadable)]
        rows = iter(_outputs(model, inputs, precision))
        for entry in loaded:
            yield entry if isinstance(entry, Unreadable) else _prediction(entry, next(rows), stored, options.top)


def images_in(places: Sequence[Path]) -> list[Path]:
    """Returns files as they are, and of folders all images in them and below, sorted; raises UsageError for none."""
    found: list[Path] = []
    for place in places:
        if not place.is_dir():
            found.append(place)
            continue
        inside = [path for path in sorted(place.rglob("*")) if path.suffix.lower() in ENDINGS and not _is_hidden(path, place)]
        if not inside:
            raise UsageError(f"{place} holds no images ({', '.join(sorted(ENDINGS))})")
        found += inside
    return found


def _is_hidden(path: Path, place: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(place).parts)


def _verify(stored: StoredRun) -> None:
    """Raises UsageError for a network that gives something else than classes or a few numbers."""
    output = stored.network.output
    if output.rank > 1:
        advice = f"`cnnspec run {stored.path} IMAGE -o PATH` writes what it gives"
        raise UsageError(f"{stored.path}: the output is {output}, an answer for each position: {advice}")


def _loaded(source: Path, stored: StoredRun, scaling: Scaling) -> Loaded | Unreadable:
    """Returns a file as an input, or why it is none."""
    try:
        if source.suffix == ".npy":
            return source, read_input(source, stored.network.input), None
        return _image(source, stored, scaling)
    except (TrainingError, UsageError) as error:
        return Unreadable(source, str(error))


def _image(source: Path, stored: StoredRun, scaling: Scaling) -> Loaded:
    """Returns an image as an input, and its size where that is another one than the network's; raises as `read_input` does."""
    form = _form(stored)
    size = size_of_image(source)
    if form is None or form[1:] == size or form[0] not in MODES:
        return source, read_input(source, stored.network.input, scaling), None
    values = read_image(source, form[0], form[1:]).to(torch.float64).reshape(stored.network.input.sizes)
    return source, Scaling(255.0, scaling.mean, scaling.std).apply(values, torch.float64), size


def _form(stored: StoredRun) -> tuple[int, int, int] | None:
    """Returns channels, height and width of the images that a network takes; None where it takes a list of numbers whose form
    the recipe does not tell."""
    given = stored.network.input
    sample = None if stored.recipe.data is None else stored.recipe.data.sample()
    sizes = given.sizes if given.rank == 3 else sample
    if sizes is None or len(sizes) != 3 or Shape(sizes).features != given.features:
        return None
    channels, height, width = sizes
    return channels, height, width


@torch.inference_mode()
def _outputs(model: torch.nn.Module, inputs: Sequence[torch.Tensor], precision: Precision) -> torch.Tensor:
    """Returns outputs [N, C] on the CPU, float64."""
    if not inputs:
        return torch.empty(0, 1)
    batch = torch.stack(tuple(inputs)).to(precision.device, precision.dtype)
    with precision.forward():
        outputs: torch.Tensor = model(batch)
    return outputs.to("cpu", torch.float64)


def _prediction(loaded: Loaded, output: torch.Tensor, stored: StoredRun, top: int) -> Prediction:
    source, _, resized_from = loaded
    names = class_names(stored)
    if names is None:
        return Prediction(source, (), tuple(output.tolist()), resized_from)
    known = probabilities(output.unsqueeze(0), stored.network, stored.recipe.loss)
    scores = output if known is None else known[0]
    order = scores.argsort(descending=True, stable=True)[:top].tolist()
    answers = (Answer(index, _name(index, names), scores[index].item(), known is not None) for index in order)
    return Prediction(source, tuple(answers), (), resized_from)


def _name(index: int, names: Sequence[str]) -> str:
    """Returns the name of a class; outputs beyond the classes of the data have only their numbers."""
    return names[index] if index < len(names) else str(index)
