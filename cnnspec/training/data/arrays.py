"""Arrays that numpy.savez has written. Arrays of objects are pickles, which can run anything: they are never read."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from cnnspec.diagnostics.nearest import nearest
from cnnspec.recipe.data_arrays import Npz
from cnnspec.recipe.data_given import Given
from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.labels import class_names, largest_label, verify_labels
from cnnspec.training.data.split import split
from cnnspec.training.problems import (
    DataBroken,
    DataMissing,
    NoSuchArray,
    NotANumber,
    TargetDiffers,
    TargetOutOfRange,
    TooLittleData,
    TrainingError,
)
from cnnspec.values.shapes import Shape

_NO_ARRAYS = "it does not begin as one"
_OF_OBJECTS = "holds Python objects, which are pickles and can run anything; they are never read"
_WRITTEN_SO = "write it with `numpy.savez(path, x=x, y=y)`"


def read_arrays(data: Npz, request: Request) -> Dataset:
    """Returns samples and targets as `Request` asks for them, bytes as uint8 and all else as floats; raises TrainingError."""
    with _opened(request.locate(data.path)) as arrays:
        x, y = arrays.name(data.x, ("x", "x_train")), arrays.name(data.y, ("y", "y_train"))
        return _dataset(data, arrays, x, y, request)


def read_given(data: Given, request: Request) -> Dataset:
    """Returns arrays from Python as `read_arrays` does those of a file, their classes by name; raises TrainingError."""
    found = _dataset(data, _Arrays("the given data", data.arrays), "x", "y", request)
    if data.names is None or found.classes is None:
        return found
    parts = [part for part in (found.train, found.test) if part is not None]
    largest = max(largest_label(part.targets, request.loss) for part in parts)
    return replace(found, classes=data.names) if largest < len(data.names) else found


def _dataset(data: Npz | Given, arrays: _Arrays, x: str, y: str, request: Request) -> Dataset:
    whole, test = _parts(arrays, x, y, request)
    classes = None if whole.targets.is_floating_point() else class_names(request)
    levels = 255.0 if whole.inputs.dtype == torch.uint8 else 1.0
    if test is not None:
        return Dataset(data.keyword, whole, test, levels, classes)
    return Dataset(data.keyword, *split(whole, data.test), levels, classes)


def _parts(arrays: _Arrays, x: str, y: str, request: Request) -> tuple[Part, Part | None]:
    """Returns the training part, and the test part where there is one."""
    train = arrays.part(x, y, request)
    x_test, y_test = _of_the_test(x), _of_the_test(y)
    if (x_test in arrays.names) != (y_test in arrays.names):
        present, absent = (x_test, y_test) if x_test in arrays.names else (y_test, x_test)
        raise TrainingError(NoSuchArray(f"{arrays.path} has the array `{present}`, but no `{absent}` with it"))
    if x_test not in arrays.names:
        return train, None
    test = arrays.part(x_test, y_test, request, not train.targets.is_floating_point())
    if test.sample != train.sample:
        sizes = f"{Shape(train.sample)}, one of `{x_test}` {Shape(test.sample)}"
        raise TrainingError(DataBroken(f"{arrays.path}: a sample of `{x}` is {sizes}"))
    return train, test


def _of_the_test(name: str) -> str:
    return f"{name.removesuffix('_train')}_test"


@contextmanager
def _opened(path: Path) -> Iterator[_Arrays]:
    """Returns the arrays of a file; raises TrainingError."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise TrainingError(DataMissing(f"there is no file {path}")) from None
    except OSError as error:
        raise TrainingError(DataMissing(f"{path} cannot be read: {error.strerror}")) from None
    with file:
        try:
            arrays = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            cause = _NO_ARRAYS if isinstance(error, ValueError) else str(error)  # numpy's own words recommend pickles
            raise TrainingError(DataBroken(f"{path} is no file of arrays: {cause}", _WRITTEN_SO)) from None
        if not isinstance(arrays, Mapping):
            raise TrainingError(DataBroken(f"{path} holds one array without a name", _WRITTEN_SO))
        yield _Arrays(path, arrays)


class _Arrays:
    """The arrays of a file; each is read when it is asked for."""

    def __init__(self, path: Path | str, arrays: Mapping[str, Any]) -> None:
        self.path = path
        self._arrays = arrays
        self.names = list(arrays)

    def name(self, given: str | None, usual: tuple[str, ...]) -> str:
        """Returns the name of an array that is there: what a line says, or the first of the usual ones."""
        wanted = usual if given is None else (given,)
        for name in wanted:
            if name in self.names:
                return name
        guess = nearest(wanted[0], self.names)
        advice = f"did you mean `{guess}`?" if guess else f"its arrays: {', '.join(self.names) or 'none'}"
        raise TrainingError(NoSuchArray(f"{self.path} has no array `{wanted[0]}`", advice))

    def part(self, x: str, y: str, request: Request, labelled: bool | None = None) -> Part:
        """Returns samples and targets; `labelled` says whether the targets are labels, None finds out."""
        inputs, targets = self._numbers(x), self._numbers(y)
        if len(inputs) != len(targets):
            raise TrainingError(DataBroken(f"{self.path}: `{x}` has {len(inputs):,} samples, but `{y}` has {len(targets):,}"))
        if len(inputs) == 0:
            raise TrainingError(TooLittleData(f"{self.path}: `{x}` has no samples"))
        samples = arranged(_tensor(inputs), request.input)
        stored = samples if samples.dtype == torch.uint8 else samples.to(request.dtype)
        is_labels = _are_labels(targets, request) if labelled is None else labelled
        return Part(stored, self._labels(targets, y, request) if is_labels else self._values(targets, y, request))

    def _numbers(self, name: str) -> np.ndarray:
        """Returns an array of finite numbers with at least one axis."""
        try:
            array = self._arrays[name]
        except (ValueError, OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            text = _OF_OBJECTS if "allow_pickle" in str(error) else f"cannot be read: {error}"
            raise TrainingError(DataBroken(f"{self.path}: the array `{name}` {text}")) from None
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            shape = "x".join(map(str, array.shape)) or "a single value"
            advice = (
                "number the classes from 0: `numpy.unique(y, return_inverse=True)[1]`" if array.dtype.kind in "US" else None
            )
            text = f"{self.path}: the array `{name}` ({array.dtype}, {shape}) is no list of numbers"
            raise TrainingError(DataBroken(text, advice))
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            place = np.unravel_index(int(np.argmin(np.isfinite(array))), array.shape)
            within = f" at [{', '.join(map(str, place[1:]))}]" if len(place) > 1 else ""
            text = f"{self.path}: sample {place[0]} of `{name}` is {array[place]}{within}, which is no finite number"
            raise TrainingError(NotANumber(text, "leave such samples out, or fill the gaps (`numpy.nan_to_num`)"))
        if array.dtype in (np.uint8, np.float32):
            kept: np.ndarray = array
            return kept
        wider: np.ndarray = array.astype(np.float64 if array.dtype.kind == "f" else np.int64)
        return wider

    def _labels(self, targets: np.ndarray, name: str, request: Request) -> torch.Tensor:
        positions = tuple(request.output.spatial)
        if targets.dtype.kind == "f" and not _is_one_hot(targets, positions):
            text = f"`{request.loss.keyword}` compares class numbers, but `{name}` of {self.path} holds {targets.dtype}"
            raise TrainingError(TargetOutOfRange(text, _as_integers(targets)))
        if targets.shape[1:] != positions:
            raise TrainingError(self._differs(name, targets, Shape(positions) if positions else None, request))
        labels = _tensor(targets)
        verify_labels(labels.to(torch.int64), request, lambda sample: f"{self.path}: sample {sample} of `{name}`")
        return labels if labels.dim() in (2, 3) else labels.to(torch.int64)  # bytes with four axes are images

    def _values(self, targets: np.ndarray, name: str, request: Request) -> torch.Tensor:
        sizes = request.output.sizes
        fits = targets.shape[1:] == sizes or (sizes[0] == 1 and targets.shape[1:] == sizes[1:])
        if not fits:
            raise TrainingError(self._differs(name, targets, request.output, request))
        values = _tensor(targets).to(request.dtype).reshape(-1, *sizes)
        if targets.dtype == np.uint8 and values.dim() == 4:
            values = values / 255
        if isinstance(request.loss, Bce | BceWithLogits) and (values.min() < 0 or values.max() > 1):
            text = f"`{request.loss.keyword}` needs targets from 0 to 1, but `{name}` of {self.path} goes beyond them"
            raise TrainingError(TargetOutOfRange(text))
        return values

    def _differs(self, name: str, targets: np.ndarray, expected: Shape | None, request: Request) -> TargetDiffers:
        found = f"has the shape {Shape(targets.shape[1:])}" if targets.ndim > 1 else "is one number"
        wanted = f"{expected}" if expected is not None else "one label"
        text = f"a target in `{name}` of {self.path} {found}, but the network's output of {request.output} asks for {wanted}"
        advice = None
        if expected is None and targets.shape[1:] == (1,):
            advice = f"store them without the last axis: `{name}[:, 0]`"
        elif request.loss.compares_labels and _is_one_hot(targets, tuple(request.output.spatial)):
            advice = f"these are one-hot: the numbers of the classes are `{name}.argmax(1)`"
        return TargetDiffers(text, advice)


def _tensor(array: np.ndarray) -> torch.Tensor:
    """Returns a tensor that shares its memory with an array, of which nothing is ever written."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")  # such as files that numpy maps
        return torch.from_numpy(array)


def _is_one_hot(targets: np.ndarray, positions: tuple[int, ...]) -> bool:
    """Returns whether targets [N, C, ...] are 1 for one class of each sample or pixel, and 0 for the others."""
    if targets.ndim != 2 + len(positions) or targets.shape[2:] != positions or targets.shape[1] < 2:
        return False
    return bool(((targets == 0) | (targets == 1)).all()) and bool((targets.sum(1) == 1).all())


def _as_integers(targets: np.ndarray) -> str:
    """Returns what to do about targets that are not stored as integers."""
    if (targets == np.floor(targets)).all():
        return "they are whole numbers: store them as integers (numpy: `y.astype(int)`, torch: `y.long()`)"
    return "store integers from 0 on; to predict numbers, write `loss mse`"


def arranged(samples: torch.Tensor, given: Shape) -> torch.Tensor:
    """Returns samples in the shape of an input where only the axis of the channels is missing, or last."""
    sample, sizes = tuple(samples.shape[1:]), given.sizes
    if sizes[0] == 1 and sample == sizes[1:]:
        return samples.unsqueeze(1)
    if given.rank > 1 and sample == (*sizes[1:], sizes[0]) and sample != sizes:
        return samples.movedim(-1, 1)
    return samples


def _are_labels(targets: np.ndarray, request: Request) -> bool:
    """Returns whether targets are class numbers: the loss compares them, or they are integers, one where outputs are several.

    For a single output they are, if all are 0 or 1.
    """
    if request.loss.compares_labels:
        return True
    if targets.dtype.kind == "f" or targets.shape[1:] != tuple(request.output.spatial):
        return False
    return request.output.channels > 1 or bool(((targets == 0) | (targets == 1)).all())
