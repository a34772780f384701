"""Arrays of numpy as samples and targets: those that numpy.savez has written, and those that a program holds."""

from __future__ import annotations

from dataclasses import replace

import torch

from cnnspec.recipe.data_arrays import Npz
from cnnspec.recipe.data_given import Given
from cnnspec.training.data.arrays_file import Arrays, Named, opened
from cnnspec.training.data.arrays_plain import tensor_of
from cnnspec.training.data.arrays_targets import read_targets
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.labels import by_name, class_names, largest_label, listed
from cnnspec.training.data.scaling import white_beside
from cnnspec.training.data.split import split
from cnnspec.training.problems import DataBroken, NoSuchArray, TooLittleData, TrainingError
from cnnspec.values.shapes import Shape


def read_arrays(data: Npz, request: Request) -> Dataset:
    """Returns samples and targets as `Request` asks for them, bytes as uint8 and all else as floats; raises TrainingError."""
    with opened(request.locate(data.path)) as arrays:
        x, y = arrays.name("x", data.x, ("x", "x_train")), arrays.name("y", data.y, ("y", "y_train"))
        return _dataset(data, arrays, x, y, request)


def read_given(data: Given, request: Request) -> Dataset:
    """Returns arrays from Python as `read_arrays` does those of a file, their classes by name; raises TrainingError."""
    found = _dataset(data, Arrays("the given data", data.arrays), "x", "y", request)
    if data.names is None or found.classes is None:
        return found
    named = _tested_by_name(found, data.names, data.test_names, request)
    parts = [part for part in (named.train, named.test) if part is not None]
    largest = max(largest_label(part.targets, request.loss) for part in parts)
    return replace(named, classes=data.names, named=True) if largest < len(data.names) else found


def _tested_by_name(found: Dataset, names: tuple[str, ...], given: tuple[str, ...] | None, request: Request) -> Dataset:
    """Returns the data with the classes of the test part, which are called `given`, numbered as those for training are."""
    test = found.test
    if test is None or given is None or test.targets.dim() > 1 or given == names[: len(given)]:
        return found
    named = ((found.train, names), (test, given))
    if any(largest_label(part.targets, request.loss) >= len(known) for part, known in named):
        return found  # there are labels without a name
    text = "the Dataset for testing has classes that the one for training does not have"
    return replace(found, test=by_name(test, given, names, text, f"this one has {listed(names)}"))


def _dataset(data: Npz | Given, arrays: Arrays, x: str, y: str, request: Request) -> Dataset:
    pairs = [_pair(arrays, *names, request) for names in _names_of_parts(arrays, x, y)]
    samples = _samples([inputs for inputs, _ in pairs], request)
    targets = read_targets([targets for _, targets in pairs], request)
    train, *tests = (Part(*both) for both in zip(samples, targets, strict=True))
    classes = None if train.targets.is_floating_point() else class_names(request)
    levels = 255.0 if train.inputs.dtype == torch.uint8 else 1.0
    parts = (train, tests[0]) if tests else split(train, data.test)
    return Dataset(data.keyword, *parts, levels, classes, own_test=bool(tests))


def _names_of_parts(arrays: Arrays, x: str, y: str) -> list[tuple[str, str]]:
    """Returns the names of inputs and targets for training, and those for testing where these are there."""
    test = _of_the_test(x), _of_the_test(y)
    absent = [name for name in test if name not in arrays.names]
    if len(absent) == 1:
        (present,) = set(test) - set(absent)
        raise TrainingError(NoSuchArray(f"{arrays.path} has the array `{present}`, but no `{absent[0]}` with it"))
    return [(x, y)] if absent else [(x, y), test]


def _of_the_test(name: str) -> str:
    return f"{name.removesuffix('_train')}_test"


def _pair(arrays: Arrays, x: str, y: str, request: Request) -> tuple[Named, Named]:
    """Returns inputs and as many targets."""
    inputs, targets = arrays.numbers(x, request.dtype), arrays.numbers(y, request.dtype)
    counts = len(inputs.values), len(targets.values)
    if counts[0] != counts[1]:
        text = f"{arrays.path}: `{x}` has {counts[0]:,} samples, but `{y}` has {counts[1]:,}"
        raise TrainingError(DataBroken(text))
    if counts[0] == 0:
        raise TrainingError(TooLittleData(f"{arrays.path}: `{x}` has no samples"))
    return inputs, targets


def _samples(parts: list[Named], request: Request) -> list[torch.Tensor]:
    """Returns the inputs of each part, [N, *sample]: uint8 where all are bytes, otherwise floats, those of bytes on one scale
    with the others."""
    found = [arranged(tensor_of(part.values), request.input) for part in parts]
    first, sample = parts[0], tuple(found[0].shape[1:])
    for part, samples in zip(parts, found, strict=True):
        if tuple(samples.shape[1:]) != sample:
            sizes = f"{Shape(sample)}, one of `{part.name}` {Shape(tuple(samples.shape[1:]))}"
            raise TrainingError(DataBroken(f"{part.path}: a sample of `{first.name}` is {sizes}"))
    if all(part.is_bytes for part in parts):
        return found
    white = white_beside(found[0])
    return [
        samples.to(request.dtype) / white if part.is_bytes else samples.to(request.dtype)
        for part, samples in zip(parts, found, strict=True)
    ]


def arranged(samples: torch.Tensor, given: Shape) -> torch.Tensor:
    """Returns samples in the shape of an input where only the axis of the channels is missing, or last."""
    sample, sizes = tuple(samples.shape[1:]), given.sizes
    if sizes[0] == 1 and sample == sizes[1:]:
        return samples.unsqueeze(1)
    if given.rank > 1 and sample == (*sizes[1:], sizes[0]) and sample != sizes:
        return samples.movedim(-1, 1)
    return samples
