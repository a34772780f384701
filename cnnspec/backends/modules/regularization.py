"""Regularization that torch does not have."""

from __future__ import annotations

import torch
from torch import nn


class DropPath(nn.Module):
    """Stochastic depth (Huang et al., 2016): zero whole samples with probability `p`.

    The others are scaled by 1/(1-p).
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        size = (x.shape[0],) + (1,) * (x.ndim - 1)
        keep = torch.empty(size, dtype=x.dtype, device=x.device).bernoulli_(1 - self.p)
        return x * keep if self.p == 1 else x * keep.div_(1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"
