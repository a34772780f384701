"""How well a network does, without learning."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import torch
from torch import nn

from cnnspec.training.batches.batches import Batch
from cnnspec.training.device import Precision
from cnnspec.training.processes.ranks import ALONE, Ranks
from cnnspec.training.task import Score, Tally, Task

EVALUATED = 256  # samples at a time, or the recipe's batch where that is larger


class Count(Protocol):
    """What looks at outputs and targets of each batch as well."""

    def add(self, outputs: torch.Tensor, targets: torch.Tensor) -> None: ...


@torch.inference_mode()
def measure(
    model: nn.Module, batches: Iterable[Batch], task: Task, precision: Precision, *counts: Count, ranks: Ranks = ALONE
) -> Score:
    """Returns how well a network does on batches, in evaluation mode; on those of all processes where there are several."""
    model.eval()
    tally = Tally(task, precision.device)
    for inputs, targets in batches:
        with precision.forward():
            outputs = model(inputs)
        outputs = outputs.to(precision.dtype)
        tally.add(task.losses(outputs, targets), outputs, targets)
        for count in counts:
            count.add(outputs, targets)
    tally.gather(ranks)
    return tally.score()
