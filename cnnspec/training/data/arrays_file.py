"""Arrays by their names, those of a file of numpy.savez or of a program. Arrays of objects are pickles: never read."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any, NamedTuple

import numpy as np
import torch

from cnnspec.diagnostics.nearest import nearest
from cnnspec.training.data.arrays_plain import plain
from cnnspec.training.data.finite import beyond
from cnnspec.training.problems import DataBroken, DataMissing, NoSuchArray, NotANumber, TrainingError

_OFTEN = {  # what arrays are called elsewhere
    "x": ("images", "image", "data", "inputs", "input", "X", "X_train", "train_images", "features", "samples", "imgs"),
    "y": ("labels", "label", "targets", "target", "Y", "Y_train", "y_train", "train_labels", "masks", "mask", "classes"),
}
_NO_ARRAYS = "it does not begin as one"
_LONGEST = 160  # characters of a reason
_OF_OBJECTS = "holds Python objects, which are pickles and can run anything; they are never read"
_WRITTEN_SO = "write it with `numpy.savez(path, x=x, y=y)`"

# What numpy and zipfile raise for files that are damaged, cut short, encrypted or packed by others; MemoryError where a
# header states more numbers than memory has room for.
UNREADABLE = (
    ValueError,
    TypeError,
    LookupError,
    OSError,
    EOFError,
    RuntimeError,
    MemoryError,
    OverflowError,
    SyntaxError,
    TokenError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


class Named(NamedTuple):
    """An array of finite numbers, [N, ...], its name, and where it is from."""

    values: np.ndarray
    name: str
    path: Path | str

    @property
    def is_bytes(self) -> bool:
        return bool(self.values.dtype == np.uint8)

    def __str__(self) -> str:
        return f"`{self.name}` of {self.path}"


class Arrays:
    """Arrays of one origin; each is read when it is asked for."""

    def __init__(self, path: Path | str, arrays: Mapping[str, Any]) -> None:
        self.path = path
        self._arrays = arrays
        self.names = list(arrays)

    def name(self, argument: str, given: str | None, usual: tuple[str, ...]) -> str:
        """Returns the name of an array that is there: what a line says as `argument`, or the first of the usual ones."""
        wanted = usual if given is None else (given,)
        for name in wanted:
            if name in self.names:
                return name
        text = f"{self.path} has no array `{wanted[0]}`"
        raise TrainingError(NoSuchArray(text, self._others(argument, wanted[0], is_stated=given is not None)))

    def _others(self, argument: str, wanted: str, is_stated: bool) -> str:
        """Returns which arrays there are, and how one of them is named."""
        guess = nearest(wanted, self.names) if is_stated else None
        if guess or not self.names:
            return f"did you mean `{guess}`?" if guess else "it holds none"
        usual = [name for name in self.names if name in _OFTEN[argument]]
        example = usual[0] if usual else self.names[0 if argument == "x" else -1]
        return f'its arrays: {", ".join(self.names)}; name the one that is meant, such as `{argument}="{example}"`'

    def numbers(self, name: str, dtype: torch.dtype) -> Named:
        """Returns an array of numbers that are finite as `dtype`, with at least one axis; raises TrainingError."""
        array = self._array(name)
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            shape = "x".join(map(str, array.shape)) or "a single value"
            advice = (
                "number the classes from 0: `numpy.unique(y, return_inverse=True)[1]`" if array.dtype.kind in "US" else None
            )
            text = f"{self.path}: the array `{name}` ({array.dtype}, {shape}) is no list of numbers"
            raise TrainingError(DataBroken(text, advice))
        if array.dtype.kind == "f":
            self._verify_finite(array, name, dtype)
        return Named(plain(array), name, self.path)

    def _verify_finite(self, array: np.ndarray, name: str, dtype: torch.dtype) -> None:
        limit = np.longdouble(torch.finfo(dtype).max)  # short floats could not be held against it
        if array.size == 0 or (array.min() >= -limit and array.max() <= limit):  # NaN is neither
            return
        place = np.unravel_index(int(np.argmin(np.abs(array) <= limit)), array.shape)
        within = f" at [{', '.join(map(str, place[1:]))}]" if len(place) > 1 else ""
        if np.isfinite(array[place]):
            raise TrainingError(beyond(f"{self.path}: {array[place]} in sample {place[0]} of `{name}`{within}", dtype))
        text = f"{self.path}: sample {place[0]} of `{name}` is {array[place]}{within}, which is no finite number"
        raise TrainingError(NotANumber(text, "leave such samples out, or fill the gaps (`numpy.nan_to_num`)"))

    def _array(self, name: str) -> np.ndarray:
        try:
            array = self._arrays[name]
        except UNREADABLE as error:
            text = _OF_OBJECTS if "allow_pickle" in str(error) else f"cannot be read: {reason(error)}"
            raise TrainingError(DataBroken(f"{self.path}: the array `{name}` {text}")) from None
        if not isinstance(array, np.ndarray):  # numpy gives the bytes of what does not begin as an array
            text = "is empty" if len(array) == 0 else "does not begin as an array of numpy"
            raise TrainingError(DataBroken(f"{self.path}: the array `{name}` {text}", f"write it anew: {_WRITTEN_SO}"))
        return array


def reason(error: Exception) -> str:
    """Returns why something cannot be read, in one line, also where the error says nothing, or shows the damaged bytes."""
    if isinstance(error, TokenError | SyntaxError):
        return "its header is damaged"
    said = str(error).partition("\n")[0]
    return said if 0 < len(said) < _LONGEST else "it is damaged"


@contextmanager
def opened(path: Path) -> Iterator[Arrays]:
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
        except UNREADABLE as error:
            cause = _NO_ARRAYS if isinstance(error, ValueError) else reason(error)  # numpy's own words recommend pickles
            raise TrainingError(DataBroken(f"{path} is no file of arrays: {cause}", _WRITTEN_SO)) from None
        if not isinstance(arrays, Mapping):
            raise TrainingError(DataBroken(f"{path} holds one array without a name", _WRITTEN_SO))
        yield Arrays(path, arrays)
