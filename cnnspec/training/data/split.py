"""The split of data that comes without one: the same samples every time, whatever the seed of the recipe."""

from __future__ import annotations

import numpy as np
import torch

from cnnspec.recipe.data import shared
from cnnspec.training.data.dataset import AnyPart


def split(whole: AnyPart, share: float) -> tuple[AnyPart, AnyPart | None]:
    """Returns the training and the test part; the latter has `share` of the samples, rounded, and is None where that is none.

    Both keep the order of the source. Which samples are for testing depends on their number and positions only.
    """
    order = fixed_order(len(whole))
    _, count = shared(len(whole), share)
    if count == 0:
        return whole, None
    train, test = np.sort(order[:-count]), np.sort(order[-count:])
    return whole.take(torch.from_numpy(train)), whole.take(torch.from_numpy(test))


def fixed_order(count: int) -> np.ndarray:
    """Returns the numbers 0..count-1 in an order that looks random and never changes, int64.

    Sorted by the finaliser of splitmix64 (Steele, Lea, Flood 2014) rather than drawn: the streams of random number generators
    may differ between versions of the libraries that have them.
    """
    keys = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    order: np.ndarray = np.argsort(keys ^ (keys >> np.uint64(31)), kind="stable")
    return order
