"""Tensors, arrays and torch data sets that a program hands over."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import torch
from torch.utils.data import Dataset, TensorDataset

from cnnspec.recipe.data_given import Given

Array: TypeAlias = torch.Tensor | np.ndarray
Pair: TypeAlias = tuple[np.ndarray, np.ndarray]


def given_data(data: Any, test: Any = None) -> Given:
    """Returns what `cnnspec.train` takes as data: a pair (inputs, targets) of tensors or arrays, or a torch Dataset.

    A Dataset is read once, into memory; where it has `classes`, as those of torchvision do, they are the names of the classes.
    Raises TypeError for anything else, and ValueError for samples of different shapes.
    """
    x, y = _pair(data)
    arrays = {"x": x, "y": y}
    if test is not None:
        arrays["x_test"], arrays["y_test"] = _pair(test)
    names = getattr(data, "classes", None)
    return Given.of(arrays, tuple(map(str, names)) if isinstance(names, list | tuple) else None)


def _pair(data: Any) -> Pair:
    if isinstance(data, tuple | list) and len(data) == 2 and all(isinstance(part, torch.Tensor | np.ndarray) for part in data):
        return _array(data[0]), _array(data[1])
    if isinstance(data, TensorDataset) and len(data.tensors) == 2:
        return _array(data.tensors[0]), _array(data.tensors[1])
    if isinstance(data, Dataset) and hasattr(data, "__len__"):
        return _read(data)
    what = "a line as in a spec (a string), a pair (inputs, targets) of tensors or arrays, or a torch Dataset with a length"
    raise TypeError(f"data is {what}, not {type(data).__name__}")


def _read(data: Any) -> Pair:
    """Returns the samples and targets of a Dataset; its items are (input, target)."""
    items = [data[index] for index in range(len(data))]
    if not all(isinstance(item, tuple | list) and len(item) == 2 for item in items):
        raise TypeError("an item of a Dataset is a pair (input, target)")
    x, y = ([_array(item[side]) for item in items] for side in (0, 1))
    for arrays, what in ((x, "inputs"), (y, "targets")):
        shapes = {array.shape for array in arrays}
        if len(shapes) > 1:
            raise ValueError(f"the {what} of the Dataset have different shapes: {', '.join(map(str, sorted(shapes)[:3]))}")
    return (np.stack(x), np.stack(y)) if items else (np.empty((0, 1)), np.empty(0))


def _array(values: Any) -> np.ndarray:
    """Returns a tensor, an image or a number as an array."""
    if not isinstance(values, torch.Tensor):
        return np.asarray(values)
    plain = values.detach().cpu()
    short = plain.is_floating_point() and plain.dtype != torch.float64  # numpy has no bfloat16
    found: np.ndarray = (plain.to(torch.float32) if short else plain).numpy()
    return found
