"""Arrays of numpy as tensors of torch."""

from __future__ import annotations

import warnings

import numpy as np
import torch


def tensor_of(array: np.ndarray) -> torch.Tensor:
    """Returns a tensor that shares its memory with an array, of which nothing is ever written."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")  # such as files that numpy maps
        return torch.from_numpy(array)
