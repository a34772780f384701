"""What a loss compares, and how well a network does: one object for class labels and for numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import torch
from torch import nn

from cnnspec.recipe.loss import Bce, BceWithLogits, Loss
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.processes.distributed import total
from cnnspec.training.processes.ranks import Ranks


@dataclass(frozen=True)
class Task:
    """A loss for targets that are class labels (`classes` true) or numbers.

    Labels are int64, [N], or with one for each pixel [N, H, W]; numbers have the shape of the outputs. Where all numbers are 0
    or 1 and the loss is a binary one, each of them is a `label` of its own, which a sample has or has not.
    """

    loss: Loss
    classes: bool
    labels: bool = False

    @classmethod
    def of(cls, loss: Loss, dataset: Dataset) -> Task:
        """Returns the task of a data set."""
        parts = [part for part in (dataset.train, dataset.test) if part is not None]
        is_binary = dataset.classes is None and isinstance(loss, Bce | BceWithLogits)
        return cls(loss, dataset.classes is not None, is_binary and all(_are_labels(part.targets) for part in parts))

    @property
    def measure(self) -> str:
        """Returns the name of what is reported beside the loss: `acc`, the share of right answers, or `rmse`."""
        return "acc" if self.classes or self.labels else "rmse"

    @cached_property
    def criterion(self) -> nn.Module:
        """Returns the loss as torch.nn has it; the weights of classes and outputs follow the outputs to their device."""
        arguments = self.loss.model_dump()
        for name in ("weight", "pos_weight"):
            if arguments.get(name) is not None:
                arguments[name] = torch.tensor(arguments[name])
        module: nn.Module = getattr(nn, self.loss.torch_name)(**arguments)
        return module

    def comparable(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns what the loss compares outputs [N, C, ...] with: labels, one-hot vectors in their shape, or numbers.

        Labels 0 and 1 for a single output are numbers [N, 1, ...].
        """
        if self.loss.compares_labels:
            return targets
        if not self.classes:
            return targets.to(outputs.dtype)
        if outputs.shape[1] == 1:
            return targets.to(outputs.dtype).unsqueeze(1)
        # Not functional.one_hot: it looks at the labels, for which a GPU would have to finish first.
        return torch.zeros_like(outputs).scatter_(1, targets.unsqueeze(1), 1.0)

    def losses(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns the mean loss of a batch, a single number."""
        criterion = self._criterion_on(outputs.device, outputs.dtype)
        compared = self.comparable(outputs, targets)
        if getattr(self.loss, "pos_weight", None) is not None:  # one for each output, which torch takes to be the last axis
            outputs, compared = outputs.movedim(1, -1), compared.movedim(1, -1)
        loss: torch.Tensor = criterion(outputs, compared)
        return loss

    def _criterion_on(self, device: torch.device, dtype: torch.dtype | None = None) -> nn.Module:
        """Returns the criterion, which moves to a device once: a step must not copy anything there."""
        for weight in self.criterion.buffers():
            if weight.device != device or weight.dtype != (dtype or weight.dtype):
                self.criterion.to(device, dtype)
        return self.criterion

    def predicted(self, outputs: torch.Tensor) -> torch.Tensor:
        """Returns the labels that outputs [N, C, ...] stand for, [N, ...]; a single output says 0 or 1."""
        return outputs.argmax(1) if outputs.shape[1] > 1 else self.given(outputs)[:, 0].to(torch.int64)

    def given(self, outputs: torch.Tensor) -> torch.Tensor:
        """Returns which labels outputs give a sample, bool in the shape of the outputs: those more likely than not."""
        return outputs > (0.0 if isinstance(self.loss, BceWithLogits) else 0.5)

    def counted(self, targets: torch.Tensor) -> torch.Tensor:
        """Returns which labels the loss does not ignore."""
        return targets != getattr(self.loss, "ignore_index", -1)

    def divisor(self, targets: torch.Tensor) -> torch.Tensor | None:
        """Returns what the mean loss of a batch was divided by where labels weigh more or less; None: by its samples.

        Targets are those that the loss compares: the weights of their classes, without labels that it ignores.
        """
        weight, ignored = getattr(self.loss, "weight", None), getattr(self.loss, "ignore_index", None)
        if not self.loss.compares_labels or (weight is None and (ignored is None or ignored < 0)):
            return None
        counted = self.counted(targets)
        if weight is None:
            return counted.sum().to(torch.float64)
        weights = self._criterion_on(targets.device).get_buffer("weight").to(torch.float64)
        return (weights[targets.clamp(0, len(weight) - 1)] * counted).sum()

    def tally(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Returns the number of right answers in a batch, or the sum over its samples of the mean squared error.

        Where every pixel has a label, a sample counts as the share of right ones among those that the loss does not ignore;
        where samples have several labels, as the share of right ones among them.
        """
        if self.labels:
            return (self.given(outputs) == (targets > 0.5)).flatten(1).to(torch.float64).mean(1).sum()
        if not self.classes:
            return ((outputs - targets) ** 2).flatten(1).mean(1).sum()
        right = self.predicted(outputs) == targets
        if targets.dim() == 1:
            return right.sum()
        counted = self.counted(targets)
        return ((right & counted).flatten(1).sum(1) / counted.flatten(1).sum(1).clamp(min=1)).sum()


def _are_labels(targets: torch.Tensor) -> bool:
    """Returns whether all numbers are 0 or 1; 255 stands for 1 in bytes."""
    most = 1 if targets.is_floating_point() else 255
    return bool(((targets == 0) | (targets == most)).all())


@dataclass(frozen=True)
class Score:
    """Mean loss, in which samples weigh what the loss says, and `acc` or `rmse`."""

    loss: float
    measure: float


# How many samples, and the sums of their losses, of what `Task.tally` counts, and of what they weigh in the loss.
Sums: TypeAlias = tuple[int, float, float, float]
NO_SUMS: Sums = (0, 0.0, 0.0, 0.0)


class Tally:
    """Sums over batches, kept on the device so that no step waits for one."""

    def __init__(self, task: Task, device: torch.device) -> None:
        self.task = task
        self.count = 0
        self.sums = torch.zeros(len(NO_SUMS) - 1, dtype=torch.float64, device=device)

    def add(self, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Adds one batch, whose mean loss is `loss`.

        Where labels weigh more or less, a mean of such means would depend on how batches and shares divide the samples.
        """
        loss, outputs = loss.detach(), outputs.detach()
        self.count += len(outputs)
        divisor = self.task.divisor(targets)
        weight = loss.new_full((), len(outputs)) if divisor is None else divisor.to(loss.dtype)
        lost = loss * weight if divisor is None else torch.where(weight > 0, loss * weight, 0.0)  # else no label counts
        self.sums += torch.stack((lost, self.task.tally(outputs, targets).to(loss.dtype), weight))

    def merge(self, step: Tally, ranks: Ranks) -> None:
        """Adds the sums of all processes in a step, to the very tensor that holds the sums; nothing waits for the device."""
        self.sums += total(step.sums, ranks)

    def restart(self) -> None:
        """Begins anew at 0, in the same place."""
        self.count = 0
        self.sums.zero_()

    def gather(self, ranks: Ranks) -> None:
        """Adds up what all processes have counted; waits for the device."""
        self.count = int(total(torch.tensor(self.count), ranks))
        total(self.sums, ranks)

    def is_finite(self) -> bool:
        """Returns whether all losses so far are numbers; waits for the device."""
        return math.isfinite(self.sums[0].item())

    def score(self) -> Score:
        """Returns the means; waits for the device."""
        return self._score(self.count, *self.sums.tolist())

    def since(self, before: Sums) -> tuple[Score, Sums]:
        """Returns the means over what was added after `before`, and what `before` is from here on; waits for the device."""
        now = (self.count, *self.sums.tolist())
        return self._score(*(one - other for one, other in zip(now, before, strict=True))), now

    def _score(self, count: int, loss: float, measure: float, weight: float) -> Score:
        mean = measure / count
        return Score(loss / weight if weight else 0.0, mean if self.task.measure == "acc" else mean**0.5)
