"""Networks that take images with their channels last."""

from __future__ import annotations

import torch
from torch import nn


def put_channels_last(model: nn.Module) -> None:
    """Gives the kernels of two-dimensional convolutions the layout that `Batches` gives images; values stay."""
    for parameter in model.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
