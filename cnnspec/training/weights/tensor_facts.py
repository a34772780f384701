"""What the numbers of a tensor are like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch

from cnnspec.training.weights.weight_report import kind_of


@dataclass(frozen=True)
class TensorFacts:
    """Shape, kind and statistics of one tensor.

    `least`, `most`, `mean` and `std` (of the whole population) are of the finite numbers, None where there are none;
    `zeros` is the share of zeros in all numbers.
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
    # float32 holds what shorter floats hold; integers may need more digits than it has.
    values = tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.to(torch.float64)
    finite = values.isfinite()
    nans = int(values.isnan().sum())
    known = values if bool(finite.all()) else values[finite]
    least, most, mean, std = _statistics(known) if known.numel() else (None, None, None, None)
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
    mean = values.sum(dtype=torch.float64) / values.numel()
    return values.min().item(), values.max().item(), mean.item(), values.std(correction=0).item()


def _as_people_sort(name: str) -> list[tuple[int, str]]:
    """Returns a key in which runs of digits count as numbers."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
