"""What the numbers of a tensor are like."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from cnnspec.training.weights.weight_report import kind_of

_LARGEST = 1000  # as a power of two; float64 holds its inverse as well


@dataclass(frozen=True)
class TensorFacts:
    """Shape, kind and statistics of one tensor.

    `least`, `most`, `mean` and `std` (of the whole population) are of the finite numbers, None where there are none, and of
    complex numbers, which have no order; `zeros` is the share of zeros in all numbers.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    count: int
    bytes: int
    least: float | None
    most: float | None
    mean: float | None
    std: float | None
    zeros: float
    nans: int
    infinities: int


def tensor_facts(name: str, tensor: torch.Tensor) -> TensorFacts:
    """Returns the facts of a tensor of any kind and shape."""
    values = tensor if tensor.is_complex() else tensor.to(torch.float64)
    finite = values.isfinite()
    nans = int(values.isnan().sum())
    known = values if bool(finite.all()) else values[finite]
    has_order = known.numel() and not known.is_complex()
    least, most, mean, std = _statistics(known) if has_order else (None, None, None, None)
    zeros = int((values == 0).sum()) / values.numel() if values.numel() else 0.0
    return TensorFacts(
        name,
        tuple(tensor.shape),
        kind_of(tensor),
        tensor.numel(),
        tensor.nbytes,
        least,
        most,
        mean,
        std,
        zeros,
        nans,
        int((~finite).sum()) - nans,
    )


def in_order(tensors: Mapping[str, torch.Tensor], names: Iterable[str] = ()) -> dict[str, torch.Tensor]:
    """Returns tensors in the order of `names`, and all others behind them, as people sort: `layer2` before `layer10`."""
    first = [name for name in names if name in tensors]
    others = sorted(tensors.keys() - set(first), key=_as_people_sort)
    return {name: tensors[name] for name in (*first, *others)}


def _statistics(values: torch.Tensor) -> tuple[float, float, float, float]:
    """Returns least, greatest, mean and deviation of float64 numbers, none of which is -0.

    They are brought near 1 by a power of two, which is exact: the squares of others may be larger or smaller than any float.
    """
    least, most = values.min().item(), values.max().item()
    peak = max(-least, most)
    scale = 2.0 ** min(max(math.frexp(peak)[1], -_LARGEST), _LARGEST)
    scaled = values / scale
    mean, std = scaled.mean().item() * scale, scaled.std(correction=0).item() * scale
    return least + 0.0, most + 0.0, mean + 0.0, min(std, peak)


def _as_people_sort(name: str) -> list[tuple[int, str]]:
    """Returns a key in which runs of digits count as numbers."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
