"""Do the targets that were read suit loss and outputs? Classes that are not there, masks as images, numbers out of reach."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from cnnspec.network.ending import activation
from cnnspec.network.network import Network
from cnnspec.recipe.data import is_shared
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.recipe.loss import BceWithLogits
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.data.dataset import AnyPart, Dataset
from cnnspec.training.data.labels import ignored_label
from cnnspec.training.problems import ClassWithoutSamples, ClassWithoutTests
from cnnspec.training.target_problems import DarkTargets, NothingCounts, OutOfReach
from cnnspec.values.ranges import Range

_AT_ONCE = 1 << 22  # labels
_WHITE = 255
_DARK = 50  # of 255: images are brighter somewhere, and so many classes are rare
_ROUNDING = 0.01  # of fractions of 255
_NEARLY = 1e-3  # of the largest target, which rounding and resizing may lie outside of bounds


def target_problems(network: Network, recipe: Recipe, dataset: Dataset) -> Iterator[RecipeProblem]:
    """Yields what is to be said of the targets, which are all of kinds that the loss takes."""
    if dataset.classes is None:
        yield from _dark_targets(recipe, dataset)
        yield from _out_of_reach(network, recipe, dataset)
        return
    ignored = ignored_label(recipe.loss)
    if ignored is not None and all(bool((labels == ignored).all()) for labels in _chunks(dataset.train)):
        yield NothingCounts(recipe.loss.keyword, ignored, len(dataset.classes))
    else:
        yield from _absent_classes(recipe, dataset, dataset.classes)


def _absent_classes(recipe: Recipe, dataset: Dataset, names: tuple[str, ...]) -> Iterator[RecipeProblem]:
    """Yields what is to be said of classes that no sample for training, or none for testing, has."""
    unit = {0: "sample", 2: "pixel"}.get(len(dataset.target), "position")
    absent = _absent(dataset.train, names)
    without_tests = names if dataset.test is None else _absent(dataset.test, names)
    if absent:
        are_tested = not set(absent) & set(without_tests)
        is_share = dataset.test is not None and is_shared(recipe.data, len(dataset.train), len(dataset.test))
        are_last = absent == names[-len(absent) :] and set(absent) <= set(without_tests)
        yield ClassWithoutSamples(absent, len(names), absent == names[:1], dataset.name, are_tested, is_share, are_last, unit)
    untested = tuple(name for name in without_tests if name not in absent)
    if untested and dataset.test is not None:
        yield ClassWithoutTests(untested, len(names), dataset.name, unit)


def _absent(part: AnyPart, names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the names of the classes that no label of a part is; no more labels are read than it takes to find all."""
    found = torch.zeros(len(names), dtype=torch.bool)
    for labels in _chunks(part):
        found |= torch.bincount(labels[(labels >= 0) & (labels < len(names))], minlength=len(names)) > 0
        if bool(found.all()):
            break
    return tuple(name for name, is_there in zip(names, found.tolist(), strict=True) if not is_there)


def _chunks(part: AnyPart) -> Iterator[torch.Tensor]:
    """Yields all labels, int64 [M], some samples at a time."""
    for samples in torch.split(part.targets, max(1, _AT_ONCE * len(part) // part.targets.numel())):
        yield samples.flatten().to(torch.int64)


def _dark_targets(recipe: Recipe, dataset: Dataset) -> Iterator[RecipeProblem]:
    """Yields what is to be said of nearly black images as targets, as masks are whose pixels are numbers of classes."""
    if len(dataset.target) != 3 or (isinstance(recipe.data, Pairs) and recipe.data.targets is None):
        return
    targets = dataset.train.targets
    white = _WHITE if targets.dtype == torch.uint8 else 1
    largest = float(targets.max()) * _WHITE / white
    if float(targets.min()) < 0 or not 1 < round(largest) <= _DARK:
        return
    levels = targets if white == _WHITE else targets * _WHITE  # bytes of arrays are fractions of 255 by now
    if bool(((levels - levels.round()).abs() < _ROUNDING).all()):
        yield DarkTargets(dataset.name, round(largest))


def _out_of_reach(network: Network, recipe: Recipe, dataset: Dataset) -> Iterator[RecipeProblem]:
    """Yields what is to be said of numbers beyond the bounds of the outputs, which all losses but one compare as they are."""
    if isinstance(recipe.loss, BceWithLogits):
        return
    part, outputs = dataset.train, network.ranges[network.returns[0]]
    white = _WHITE if part.targets.dtype == torch.uint8 else 1
    targets = Range(float(part.targets.min()) / white, float(part.targets.max()) / white)
    slack = _NEARLY * max(abs(targets.low), abs(targets.high))
    if not Range(outputs.low - slack, outputs.high + slack).covers(targets):
        last = activation(network, network.returns[0])
        layer, keyword = (None, None) if last is None else (last.name, last.keyword)
        yield OutOfReach(dataset.name, targets, outputs, layer, keyword)
