"""The samples of a torch Dataset, whose items are made when they are asked for, as two arrays in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
from PIL.Image import Image

from cnnspec.backends.numbers import memory as shown
from cnnspec.training.data.dense import as_array
from cnnspec.training.data.memory import free_memory
from cnnspec.training.problems import TooMuchData, TrainingError

Pair: TypeAlias = tuple[np.ndarray, np.ndarray]

_SIDES = ("inputs", "targets")
_SMALLER = (
    "hand over bytes (uint8, 0 to 255) instead of floats, or fewer samples; `data folder` can leave images in their files"
)
PATIENCE = 2.0  # seconds after which it is told how far it is; then after twice as many, and so on


def collect(data: Any, name: str, note: Callable[[str], object], is_split: bool) -> Pair:
    """Returns inputs and targets of a Dataset, whose items are pairs (input, target) of tensors, arrays, images or numbers.

    `is_split` says whether a test part will be taken from it; `note` is told how far the reading is where it takes a while.
    Raises TypeError for other items, ValueError for shapes that differ and for bytes beside other numbers, and TrainingError
    where there is no room for so many.
    """
    count = len(data)
    if count == 0:
        return np.empty((0, 1)), np.empty(0)
    began, due = perf_counter(), PATIENCE
    first = _item(data, 0, name)
    _verify_room(first, count, name, is_split)
    columns = tuple(_Column(value, count, side, name) for value, side in zip(first, _SIDES, strict=True))
    for index in range(count):
        for column, value in zip(columns, _item(data, index, name) if index else first, strict=True):
            column.put(index, value)
        if (passed := perf_counter() - began) >= due:
            left = passed / (index + 1) * (count - index - 1)
            note(f"reading {name}: {index + 1:,} of {count:,} samples, about {left:,.0f} s to go")
            due *= 2
    return columns[0].values, columns[1].values


class _Column:
    """Inputs or targets, as many as there will be; the kind of number is the widest so far."""

    def __init__(self, first: np.ndarray, count: int, side: str, name: str) -> None:
        self.values = np.empty((count, *first.shape), first.dtype)
        self._side, self._name, self._first = side, name, first.dtype

    def put(self, index: int, value: np.ndarray) -> None:
        """Adds a sample; raises ValueError for another shape than that of the first, and for one of bytes beside others."""
        shape = self.values.shape[1:]
        if value.shape != shape:
            raise ValueError(f"the {self._side} of the Dataset have different shapes: {value.shape} at {index}, {shape} before")
        if self._is_on_another_scale(value):
            raise ValueError(
                f"the {self._side} of {self._name} are {value.dtype} at sample {index}, and {self._first} before: bytes "
                "(uint8) stand for 0 to 1, other numbers for themselves: let each sample be of the same kind"
            )
        if value.dtype != self.values.dtype:
            self.values = self.values.astype(np.result_type(self.values, value), copy=False)
        self.values[index] = value

    def _is_on_another_scale(self, value: np.ndarray) -> bool:
        """Returns whether a sample is bytes and the first is not, or the other way round.

        Labels and numbers to predict mean the same as bytes; floats beside bytes do not where targets are images.
        """
        if (value.dtype == np.uint8) == (self._first == np.uint8):
            return False
        return self._side == "inputs" or (value.ndim > 1 and "f" in (value.dtype.kind, self._first.kind))


def _item(data: Any, index: int, name: str) -> Pair:
    """Returns a sample; raises TypeError for what is no pair of them. Errors of the Dataset say which one it was."""
    try:
        item = data[index]
    except Exception as error:
        error.add_note(f"while sample {index} of the Dataset was read")
        raise
    if not isinstance(item, tuple | list) or len(item) != 2:
        raise TypeError(f"an item of a Dataset is a pair (input, target): sample {index} of {name} is {_described(item)}")
    return _numbers(_coloured(item[0]), f"the input of sample {index} of {name}"), _numbers(
        item[1], f"the target of sample {index} of {name}"
    )


def _numbers(value: Any, what: str) -> np.ndarray:
    """Returns an input or a target as an array; raises TypeError for what holds no numbers."""
    found = as_array(value, what)
    if found.dtype.kind == "O":
        raise TypeError(f"{what} is {_described(value)}, not a tensor, an array, an image or a number")
    return found


def _coloured(value: Any) -> Any:
    """Returns an image with a palette in the colours that its numbers stand for; as a target they are classes."""
    if not isinstance(value, Image) or value.mode not in ("P", "PA"):
        return value
    return value.convert("RGBA").convert("RGB")  # at once, pillow warns where some of the colours are transparent


def _described(item: Any) -> str:
    """Returns what an item is: `None`, `a dict (image, label)`, `a tuple of 3 (Tensor, int, int)`."""
    if item is None:
        return "None"
    kind = type(item).__name__
    inside = ", ".join(map(str, list(item)[:5])) if isinstance(item, Mapping) else ""
    if isinstance(item, tuple | list):
        return f"a {kind} of {len(item)} ({', '.join(type(part).__name__ for part in item[:5])})"
    return f"a {kind} ({inside})" if inside else f"a {kind}"


def _verify_room(item: Pair, count: int, name: str, is_split: bool) -> None:
    """Raises TrainingError where memory has no room for so many items, and for the copies of them until the first step.

    They are copied when they are split, and images of several channels once more, to have these last.
    """
    inputs, targets = item
    each = inputs.nbytes + targets.nbytes
    copies = 1 + is_split + (inputs.ndim == 3 and len(inputs) > 1)
    needed, free = copies * count * each, free_memory()
    if needed > free:
        text = (
            f"{name}: {count:,} samples of {shown(each)} need {shown(needed)} until training begins, but {shown(free)} are free"
        )
        raise TrainingError(TooMuchData(text, _SMALLER))
