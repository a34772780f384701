"""The optimizer of torch.optim that a recipe names."""

from __future__ import annotations

import torch
from torch import nn

from cnnspec.recipe.optimizer import Optimizer
from cnnspec.training.problems import NothingToLearn, TrainingError


def build_optimizer(optimizer: Optimizer, model: nn.Module) -> torch.optim.Optimizer:
    """Returns the optimizer of torch.optim for all weights that are not frozen; raises TrainingError where there are none."""
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not weights:
        raise TrainingError(NothingToLearn("the network has no weights to learn: it has none, or all are frozen"))
    kind: type[torch.optim.Optimizer] = getattr(torch.optim, optimizer.torch_name)
    # fused: all weights in one pass, which is the same arithmetic with less overhead. Where torch has none, it takes the next
    # best by itself: on a GPU `foreach`, one pass for each operation.
    fused = {"fused": True} if weights[0].device.type in optimizer.fused else {}
    return kind(weights, **optimizer.model_dump(), **fused)  # type: ignore[arg-type]
