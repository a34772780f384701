"""Tensors, arrays and torch data sets that a program hands over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from cnnspec.recipe.data_given import SHARE, Given
from cnnspec.recipe.loss import Loss
from cnnspec.training.data.collect import Pair, collect
from cnnspec.training.data.dense import as_array
from cnnspec.training.data.labels import ignored_label

Note: TypeAlias = Callable[[str], object]  # what is told meanwhile

_TAKEN = "a pair (inputs, targets) of tensors or arrays, or a torch Dataset with a length"


def given_data(data: Any, test: Any = None, share: float = SHARE, note: Note = lambda text: None, *, own: bool = True) -> Given:
    """Returns what `cnnspec.train` takes as data: a pair (inputs, targets) of tensors or arrays, or a torch Dataset.

    A Dataset is read once, into memory (`note` is told how far it is); where it has `classes`, as those of torchvision do, they
    are the names of the classes, and tell which of them are those of `test`. Without `test`, it is a `share` of the samples.
    `own`: what the program changes in its tensors afterwards has no part in the samples.
    Raises TypeError for anything else, ValueError for samples of different shapes, and TrainingError for too many of them.
    """
    verify_kind(data)
    if test is not None:
        verify_kind(test, "test_data")
    is_split = test is None and share > 0  # which copies them
    x, y = _pair(data, "data", note, is_split, own and not is_split)
    arrays = {"x": x, "y": y}
    if test is not None:
        arrays["x_test"], arrays["y_test"] = _pair(test, "test_data", note, is_split=False, own=own)
    return Given.of(arrays, _names(data), share, _names(test))


def _names(data: Any) -> tuple[str, ...] | None:
    """Returns what a Dataset calls its classes, None where it does not say."""
    names = getattr(data, "classes", None)
    if isinstance(names, Mapping):
        names = _by_number(names)
    if isinstance(names, np.ndarray) and names.ndim == 1:
        names = names.tolist()
    return tuple(map(str, names)) if isinstance(names, list | tuple) else None


def _by_number(names: Mapping[Any, Any]) -> list[Any] | None:
    """Returns names in the order of their numbers, from `{"cat": 0}` or `{0: "cat"}`; None where numbers from 0 are not all."""
    if all(isinstance(number, int) for number in names.values()):
        names = {number: name for name, number in names.items()}
    return [names[number] for number in range(len(names))] if names.keys() == set(range(len(names))) else None


def without_names(given: Given, loss: Loss) -> str | None:
    """Returns what to say of names that are fewer than the classes, so that none of them counts; None where all have one."""
    ignored = ignored_label(loss)
    for place, names in (("y", given.names), ("y_test", given.test_names)):
        labels = given.arrays.get(place)
        if names is None or labels is None or labels.dtype.kind not in "iu" or not (loss.compares_labels or labels.ndim == 1):
            continue
        counted = labels if ignored is None else labels[labels != ignored]
        if counted.size and counted.max() >= len(names):
            return (
                f"a Dataset has {len(names)} names in `classes`, but the label {counted.max()}: its classes go by their "
                "numbers (one name for each number from 0 on names them)"
            )
    return None


def verify_kind(data: Any, name: str = "data") -> None:
    """Raises TypeError for what is no data, before anything of it is read; `name` is that of the argument."""
    if _is_pair(data) or (isinstance(data, Dataset) and not isinstance(data, IterableDataset) and hasattr(data, "__len__")):
        return
    kind = type(data).__name__
    if isinstance(data, DataLoader):
        raise TypeError(
            f"{name} is the Dataset of a DataLoader, not the loader: hand over `{name}=loader.dataset`; how many samples a "
            "step takes, and in which order, is said by `batch` and `seed` of the recipe"
        )
    if isinstance(data, IterableDataset):
        raise TypeError(
            f"{name} is {_TAKEN}, not {kind}: an IterableDataset has no samples by number, which every epoch shuffles"
        )
    if isinstance(data, Iterator):
        raise TypeError(
            f"{name} is {_TAKEN}, not a {kind}, which gives its samples only once: put its batches together "
            "(`torch.cat`), or write a Dataset"
        )
    raise TypeError(f"{name} is {_TAKEN}, not {kind}{_advice(data, name)}")


def _advice(data: Any, name: str) -> str:
    if not isinstance(data, list | tuple):
        return ""
    if len(data) == 2 and all(map(_is_pair, data)) and name == "data":
        return ": of two pairs, hand over the second as `test_data`"
    if len(data) == 2 and all(isinstance(part, Dataset) for part in data) and name == "data":
        return ": of two data sets, hand over the second as `test_data`"
    if len(data) == 2 and all(isinstance(part, DataLoader) for part in data) and name == "data":
        return ": of two loaders, hand over `data=first.dataset, test_data=second.dataset`"
    if data and all(map(_is_pair, data)):
        return " of pairs: put them together (`torch.cat` for batches, `torch.stack` for samples)"
    kinds = " and ".join(dict.fromkeys(type(part).__name__ for part in data[:3]))
    return f" of {len(data)}" + (f" ({kinds})" if kinds else "")


def _is_pair(data: Any) -> bool:
    return (
        isinstance(data, tuple | list) and len(data) == 2 and all(isinstance(part, torch.Tensor | np.ndarray) for part in data)
    )


def _pair(data: Any, name: str, note: Note, is_split: bool, own: bool) -> Pair:
    if isinstance(data, TensorDataset) and len(data.tensors) == 2:
        data = data.tensors
    if not _is_pair(data):
        return collect(data, name, note, is_split)
    x, y = as_array(data[0], f"the inputs of {name}"), as_array(data[1], f"the targets of {name}")
    return (_own(x), _own(y)) if own else (x, y)


def _own(values: np.ndarray) -> np.ndarray:
    """Returns a copy of what a program may change; a file that numpy maps to be read is not brought into memory."""
    return values.copy() if values.flags.writeable else values
