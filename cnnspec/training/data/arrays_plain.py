"""Arrays of numpy as tensors of torch."""

from __future__ import annotations

import warnings

import numpy as np
import torch

BEYOND = 2**63  # the first number that int64 does not hold


def plain(array: np.ndarray) -> np.ndarray:
    """Returns an array of numbers as uint8, float32, float64 or int64, which is what torch has, too.

    Integers that int64 does not hold become floats, and floats that float64 does not hold are infinite.
    """
    if array.dtype in (np.uint8, np.float32):
        return array
    if array.dtype.kind != "f" and not (array.dtype == np.uint64 and array.max(initial=0) > BEYOND - 1):
        return array.astype(np.int64)
    with np.errstate(over="ignore"):
        return array.astype(np.float64)


def tensor_of(array: np.ndarray) -> torch.Tensor:
    """Returns a tensor that shares its memory with an array, of which nothing is ever written.

    What is read backwards (`images[..., ::-1]`, to turn BGR into RGB) is copied: torch has no negative strides.
    """
    if any(stride < 0 for stride in array.strides):
        array = array.copy()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")  # such as files that numpy maps
        return torch.from_numpy(array)
