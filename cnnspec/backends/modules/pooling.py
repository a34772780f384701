"""Pools that torch does not have."""

from __future__ import annotations

import torch
from torch import nn


class StochasticPool(nn.Module):
    """Stochastic pooling (Zeiler and Fergus, 2013): one value of each window.

    It is drawn with probability x / sum(x); in evaluation the mean under these
    probabilities. Negative values count as 0; a window without positive values is drawn
    from evenly. `kernel_size` and `stride` have one number for each spatial axis.
    """

    def __init__(self, kernel_size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        moves = zip(self.kernel_size, self.stride, strict=True)
        for axis, (size, step) in enumerate(moves, start=2):
            x = x.unfold(axis, size, step)
        windows = x.flatten(-len(self.kernel_size))
        chances = windows.detach().clamp(min=0)
        total = chances.sum(-1, keepdim=True)
        evenly = torch.ones_like(chances) / chances.shape[-1]
        chances = torch.where(total > 0, chances / total.clamp(min=1e-30), evenly)
        if not self.training:
            return (windows * chances).sum(-1)
        drawn = torch.multinomial(chances.flatten(0, -2), 1)
        drawn = drawn.view(*windows.shape[:-1], 1)
        return windows.gather(-1, drawn).squeeze(-1)

    def extra_repr(self) -> str:
        return f"{self.kernel_size}, stride={self.stride}"
