"""The optimizer of torch.optim that a recipe names."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

from cnnspec.recipe.optimizer import Optimizer
from cnnspec.recipe.problems import NothingToLearn
from cnnspec.training.problems import TrainingError


def build_optimizer(optimizer: Optimizer, model: nn.Module) -> torch.optim.Optimizer:
    """Returns the optimizer of torch.optim for all weights that are not frozen; raises TrainingError where there are none."""
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not weights:
        raise TrainingError(NothingToLearn(freezes=False))
    kind: type[torch.optim.Optimizer] = getattr(torch.optim, optimizer.torch_name)
    return kind(weights, **{**optimizer.model_dump(), **_manner(optimizer, kind, weights[0].device)})


def is_capturable(optimizer: torch.optim.Optimizer) -> bool:
    """Returns whether a step can be recorded once and repeated with other learning rates: all it needs is on the device."""
    return all(isinstance(group["lr"], torch.Tensor) for group in optimizer.param_groups)


def set_learning_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Gives all weights the rate of the next step, without waiting for the device."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr


def _manner(optimizer: Optimizer, kind: type[torch.optim.Optimizer], device: torch.device) -> dict[str, Any]:
    """Returns the arguments that decide how a step is computed, and not what.

    `fused`: all weights in one pass, which is the same arithmetic with less overhead. Where torch has none, it takes the next
    best by itself: on a GPU `foreach`, one pass for each operation. `capturable`: counts and rates stay on the GPU.
    """
    manner: dict[str, Any] = {"fused": True} if device.type in optimizer.fused else {}
    if device.type == "cuda":
        if "capturable" in inspect.signature(kind).parameters:
            manner["capturable"] = True
        if manner:
            manner["lr"] = torch.tensor(optimizer.lr, device=device)
    return manner
