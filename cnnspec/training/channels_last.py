"""Networks that take images with their channels last."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


def put_channels_last(model: nn.Module) -> None:
    """Gives the kernels of two-dimensional convolutions the layout that `Batches` gives images; values stay."""
    for parameter in model.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


def protect_group_norms(model: nn.Module) -> None:
    """Keeps inputs that need no gradients from group norms with their channels last.

    On a CPU the backward pass of torch (2.13) writes to the gradient of such an input, which is not there: the process would
    end by SIGSEGV. Data is such an input, and what comes from frozen weights.
    """
    for module in model.modules():
        if isinstance(module, nn.GroupNorm):
            module.register_forward_pre_hook(_contiguous)


def _contiguous(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Returns the input of a layer as its backward pass can have it; None where it may stay as it is."""
    (x,) = inputs
    return (x.contiguous(),) if torch.is_grad_enabled() and not x.requires_grad else None
