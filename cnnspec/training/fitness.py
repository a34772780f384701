"""Does the data that was read suit the network and the recipe? What the shapes do not tell, before the first step."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.learned import is_below
from cnnspec.network.network import Network
from cnnspec.recipe.fit import class_problems
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.problems import BatchExceedsData, ClassWithoutSamples, LoneSample, TrainingError


def verify_fitness(network: Network, recipe: Recipe, dataset: Dataset) -> list[Diagnostic]:
    """Returns warnings, at their lines of the spec; raises TrainingError for what would stop the first epoch."""
    found = [*_lone_sample(network, recipe, len(dataset.train)), *_small(recipe, dataset), *_outputs(network, recipe, dataset)]
    found += _absent_classes(dataset)
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    return TrainingError(*found).diagnostics(network) if found else []


def _lone_sample(network: Network, recipe: Recipe, samples: int) -> Iterator[RecipeProblem]:
    """Batches have at least two samples (one left over goes with the batch before), unless one is all that is asked for."""
    if samples > 1 and (recipe.batch > 1 or samples == 2):
        return
    for node in network.layers:
        if node.layer.has_single_values(node.input) and not is_below(node.name, recipe.freeze):
            yield LoneSample(counted_samples(samples), node.name, node.keyword)
            return


def _small(recipe: Recipe, dataset: Dataset) -> Iterator[RecipeProblem]:
    samples = len(dataset.train)
    if samples < recipe.batch:
        yield BatchExceedsData(counted_samples(samples), recipe.batch)


def _outputs(network: Network, recipe: Recipe, dataset: Dataset) -> list[RecipeProblem]:
    """Returns what the classes that were read say about the outputs, where `check` could not know them."""
    if recipe.data is None or recipe.data.classes is not None or dataset.classes is None:
        return []
    return class_problems(recipe.data, len(dataset.classes), network.output, maps=len(dataset.target) > 1)


def _absent_classes(dataset: Dataset) -> Iterator[RecipeProblem]:
    """Returns classes that no sample for training has; labels of pixels are not searched."""
    labels, names = dataset.train.targets, dataset.classes
    if names is None or labels.dim() != 1:
        return
    counts = torch.bincount(labels[labels >= 0], minlength=len(names))
    absent = tuple(name for name, count in zip(names, counts.tolist(), strict=False) if count == 0)
    if absent:
        yield ClassWithoutSamples(absent, len(names), bool(counts[0] == 0) and len(absent) == 1)


def counted_samples(samples: int) -> str:
    """Returns `1 sample`, `1,438 samples`."""
    return "1 sample" if samples == 1 else f"{samples:,} samples"
