"""Rearrangements that torch has as functions only."""

from __future__ import annotations

import torch
from torch import nn


class Permute(nn.Module):
    """Put the axes into another order; their numbers count the batch in front."""

    def __init__(self, *axes: int) -> None:
        super().__init__()
        self.axes = axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, *self.axes)

    def extra_repr(self) -> str:
        return ", ".join(map(str, self.axes))


class Slice(nn.Module):
    """Keep the channels from `start` to `stop`, which is excluded."""

    def __init__(self, start: int, stop: int) -> None:
        super().__init__()
        self.start = start
        self.stop = stop

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.start : self.stop]

    def extra_repr(self) -> str:
        return f"{self.start}, {self.stop}"
