"""Does the data that was read suit the network and the recipe? What the shapes do not tell, before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import torch

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.normalization import BatchNorm
from cnnspec.network.analyses.learned import is_below, keeps_statistics, learned_weights
from cnnspec.network.network import Network
from cnnspec.recipe.fit import class_problems
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.sense import amount_problems
from cnnspec.recipe.value_problems import counted_samples
from cnnspec.training.data.dataset import Dataset, FilePart
from cnnspec.training.freezing import refusing_one_answer, refusing_one_sample
from cnnspec.training.lone_problems import LoneRest, LoneSample, LoneTest
from cnnspec.training.problems import (
    ConstantInputs,
    FrozenUntrained,
    TrainingError,
)
from cnnspec.training.targets import target_problems

_FEW = 100  # samples, of which nearly all data tells that it is not constant


def verify_fitness(network: Network, recipe: Recipe, dataset: Dataset) -> list[Diagnostic]:
    """Returns warnings, at their lines of the spec; raises TrainingError for what would stop the first epoch."""
    samples = len(dataset.train)
    found: list[RecipeProblem] = [*dataset.remarks]
    found += [*_lone_sample(network, recipe, samples), *_lone_test(network, dataset), *_lone_rest(network, recipe, samples)]
    found += _amounts(recipe, dataset)
    found += [*_outputs(network, recipe, dataset), *target_problems(network, recipe, dataset)]
    found += _constant_inputs(recipe, dataset)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    return TrainingError(*found).diagnostics(network) if found else []


def frozen_untrained(network: Network, recipe: Recipe) -> list[Diagnostic]:
    """Returns the warning of a recipe that freezes weights, for a run that begins with none from a file."""
    known = [name for name, _ in learned_weights(network, Recipe())]
    paths = tuple(path for path in recipe.freeze if any(is_below(name, [path]) for name in known))
    return TrainingError(FrozenUntrained(paths)).diagnostics(network) if paths else []


def _lone_sample(network: Network, recipe: Recipe, samples: int) -> Iterator[RecipeProblem]:
    """Batches have at least two samples (one left over goes with the batch before), unless one is all that is asked for."""
    if samples > 1 and recipe.batch > 1:
        return
    for node in islice(refusing_one_sample(network, recipe.freeze), 1):
        yield LoneSample(counted_samples(samples), node.name, node.keyword)


def _lone_test(network: Network, dataset: Dataset) -> Iterator[RecipeProblem]:
    """Returns what is wrong with a single sample for testing, where a layer normalizes over the batch then, too."""
    if dataset.test is not None and len(dataset.test) == 1:
        for node in islice(refusing_one_answer(network), 1):
            yield LoneTest(node.name, node.keyword)


def _lone_rest(network: Network, recipe: Recipe, samples: int) -> Iterator[RecipeProblem]:
    """Returns what becomes of a single sample that is left over, where a layer normalizes over the batch."""
    batch = recipe.batch
    if batch == 1 or samples <= batch or samples % batch != 1:
        return
    for node in network.layers:
        if isinstance(node.layer, BatchNorm) and not keeps_statistics(node, recipe.freeze):
            yield LoneRest(samples, batch, _better_batch(samples, batch), node.name, node.keyword)
            return


def _better_batch(samples: int, batch: int) -> tuple[int, int]:
    """Returns a size of batches that leaves no single sample, and how many samples the last batch has.

    It is the one up to a quarter away whose last batch is the fullest, or, where all of these leave one, the nearest.
    """
    near = range(max(2, batch - batch // 4), min(batch + max(1, batch // 4), samples) + 1)
    farther = (size for away in range(1, samples) for size in (batch + away, batch - away) if 2 <= size <= samples)
    last = {size: samples % size or size for size in near if samples % size != 1}
    if last:
        best = min(last, key=lambda size: (-last[size] / size, abs(size - batch)))
    else:
        best = next(size for size in farther if samples % size != 1)  # at the latest that of all samples
    return best, samples % best or best


def _amounts(recipe: Recipe, dataset: Dataset) -> list[RecipeProblem]:
    """Returns what is wrong with the recipe for so many samples, where `check` did not know how many there are."""
    found = (len(dataset.train), 0 if dataset.test is None else len(dataset.test))
    known = None if recipe.data is None else recipe.data.parts()
    return [] if found == known else amount_problems(recipe, *found)


def _outputs(network: Network, recipe: Recipe, dataset: Dataset) -> list[RecipeProblem]:
    """Returns what the classes that were read say about the outputs, where `check` could not know them."""
    if recipe.data is None or recipe.data.classes is not None or dataset.classes is None:
        return []
    return class_problems(recipe.data, len(dataset.classes), network.output, maps=dataset.labels_positions)


def _constant_inputs(recipe: Recipe, dataset: Dataset) -> Iterator[RecipeProblem]:
    """Returns inputs that are one number in all samples for training, or in a channel of them; files are not read for that."""
    part = dataset.train
    if isinstance(part, FilePart) or len(part) < 2 or not any(_constant_channels(part.inputs[:_FEW])):
        return
    constant = _constant_channels(part.inputs)
    if all(constant):
        yield ConstantInputs((), len(constant), dataset.name)
    elif any(constant) and getattr(recipe.data, "normalize", False) is True and part.inputs.dim() > 2:
        yield ConstantInputs(tuple(channel for channel, is_one in enumerate(constant) if is_one), len(constant), dataset.name)


def _constant_channels(inputs: torch.Tensor) -> list[bool]:
    """Returns of each channel of inputs [N, C, ...] whether it is the same number throughout."""
    others = [axis for axis in range(inputs.dim()) if axis != 1]
    smallest, largest = inputs.amin(others), inputs.amax(others)
    if inputs.dim() == 2:  # a table: what is one number in a column differs from column to column
        return [bool(smallest.min() == largest.max())] * len(smallest)
    found: list[bool] = (smallest == largest).tolist()
    return found
