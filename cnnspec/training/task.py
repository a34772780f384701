"""What a loss compares, and how well a network does: one object for class labels and for numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from cnnspec.recipe.loss import BceWithLogits, CrossEntropy, Loss

LOSSES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "cross_entropy": functional.cross_entropy,
    "mse": functional.mse_loss,
    "bce": functional.binary_cross_entropy,
    "bce_with_logits": functional.binary_cross_entropy_with_logits,
}


@dataclass(frozen=True)
class Task:
    """A loss for targets that are class labels (`classes` true) or numbers."""

    loss: Loss
    classes: bool

    @property
    def measure(self) -> str:
        """Returns the name of what is reported beside the loss: `acc`, the share of right answers, or `rmse`."""
        return "acc" if self.classes else "rmse"

    def comparable(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns what the loss compares outputs [N, ...] with: labels, one-hot vectors [N, C], or numbers like the outputs.

        Labels 0 and 1 for a single output are numbers [N, 1].
        """
        if isinstance(self.loss, CrossEntropy):
            return targets
        if not self.classes:
            return targets.to(outputs.dtype)
        if outputs.shape[1] == 1:
            return targets.to(outputs.dtype).unsqueeze(1)
        # Not functional.one_hot: it looks at the labels, for which a GPU would have to finish first.
        return torch.zeros_like(outputs).scatter_(1, targets.unsqueeze(1), 1.0)

    def losses(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns the mean loss of a batch, a single number."""
        return LOSSES[self.loss.keyword](outputs, self.comparable(outputs, targets))

    def tally(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns the number of right answers in a batch, or the sum over its samples of the mean squared error."""
        if not self.classes:
            return ((outputs - targets) ** 2).flatten(1).mean(1).sum()
        if outputs.shape[1] == 1:
            threshold = 0.0 if isinstance(self.loss, BceWithLogits) else 0.5
            return ((outputs[:, 0] > threshold) == (targets == 1)).sum()
        return (outputs.argmax(1) == targets).sum()


@dataclass(frozen=True)
class Score:
    """Mean loss per sample, and `acc` or `rmse`."""

    loss: float
    measure: float


class Tally:
    """Sums over batches, kept on the device so that no step waits for one."""

    def __init__(self, task: Task, device: torch.device) -> None:
        self.task = task
        self.count = 0
        self.sums = torch.zeros(2, dtype=torch.float64, device=device)

    def add(self, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Adds one batch, whose mean loss is `loss`."""
        outputs = outputs.detach()
        self.count += len(outputs)
        self.sums += torch.stack((loss.detach() * len(outputs), self.task.tally(outputs, targets).to(loss.dtype)))

    def score(self) -> Score:
        """Returns the means; waits for the device."""
        loss, measure = (self.sums / self.count).tolist()
        return Score(loss, measure if self.task.classes else measure**0.5)
