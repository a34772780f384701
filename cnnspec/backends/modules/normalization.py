"""Normalization over axes that torch's modules do not offer."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn


class ChannelLayerNorm(nn.LayerNorm):
    """Layer normalization over the channels of each position, channels first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.layer_norm(
            x.movedim(1, -1), self.normalized_shape, self.weight, self.bias, self.eps
        )
        return x.movedim(-1, 1)
