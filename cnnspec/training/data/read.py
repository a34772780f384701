"""From a line such as `data mnist` to tensors that fit the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from cnnspec.recipe.data import Data, Folder
from cnnspec.recipe.fit import class_problems, sample_problems
from cnnspec.recipe.problems import RecipeProblem, TooFewOutputs
from cnnspec.training.data.arrays import read_arrays, read_given
from cnnspec.training.data.cifar import read_cifar
from cnnspec.training.data.dataset import Dataset, Request
from cnnspec.training.data.image_folder import read_folder
from cnnspec.training.data.image_pairs import read_pairs
from cnnspec.training.data.mnist import read_mnist
from cnnspec.training.data.scaling import Scaling, scaling
from cnnspec.training.data.synthetic import read_synthetic
from cnnspec.training.data.table import read_table
from cnnspec.training.data.uci_digits import read_digits
from cnnspec.training.problems import TooLittleData, TrainingError

READERS: dict[str, Callable[[Any, Request], Dataset]] = {
    "digits": read_digits,
    "mnist": read_mnist,
    "fashion_mnist": read_mnist,
    "kmnist": read_mnist,
    "cifar10": read_cifar,
    "cifar100": read_cifar,
    "folder": read_folder,
    "csv": read_table,
    "npz": read_arrays,
    "pairs": read_pairs,
    "synthetic": read_synthetic,
    "given": read_given,
}


def read(data: Data, request: Request) -> tuple[Dataset, Scaling]:
    """Returns a data set in the shape of the network's input, and how it is scaled; raises TrainingError.

    What files tell is held against the network by the same rules as what is known in advance.
    """
    dataset = READERS[data.keyword](data, request)
    if len(dataset.train) == 0:
        raise TrainingError(TooLittleData(f"`{data.keyword}` leaves no samples for training", "lower `test`"))
    found = sample_problems(data, dataset.sample, request.input)
    if dataset.classes is not None:
        found += class_problems(data, len(dataset.classes), request.output, maps=dataset.labels_positions)
        found = [_naming_empty(problem, dataset) for problem in found]
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise TrainingError(*errors)
    scale = scaling(dataset, getattr(data, "normalize", False))
    sizes = request.input.sizes
    if dataset.sample == sizes:
        return dataset, scale
    mean, std = (folded(value, dataset.sample, sizes) for value in (scale.mean, scale.std))
    return dataset.shaped(sizes), replace(scale, mean=mean, std=std)


def _naming_empty(problem: RecipeProblem, dataset: Dataset) -> RecipeProblem:
    """Returns the problem of more folders than outputs with those that hold no images."""
    if not isinstance(problem, TooFewOutputs) or dataset.name != Folder.keyword or dataset.classes is None:
        return problem
    labels = torch.cat([part.targets for part in (dataset.train, dataset.test) if part is not None])
    present = set(torch.unique(labels).tolist())
    empty = tuple(name for label, name in enumerate(dataset.classes) if label not in present)
    return TooFewOutputs(problem.data, problem.classes, problem.outputs, empty)


def folded(value: torch.Tensor, sample: tuple[int, ...], sizes: tuple[int, ...]) -> torch.Tensor:
    """Returns constants for samples of another shape: one for all where there is one channel, else one for each number."""
    return value.reshape(()) if value.numel() == 1 else value.expand(sample).reshape(sizes)
