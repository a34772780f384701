"""What a loss compares, and how well a network does: one object for class labels and for numbers."""

from __future__ import annotations

import math
from copy import deepcopy
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
    or 1 and the loss is a binary one, each of them is a `label` of its own, which a sample has or has not. `ignores`: there may
    be labels that the loss ignores.
    """

    loss: Loss
    classes: bool
    labels: bool = False
    ignores: bool = True

    @classmethod
    def of(cls, loss: Loss, dataset: Dataset) -> Task:
        """Returns the task of a data set."""
        parts = [part for part in (dataset.train, dataset.test) if part is not None]
        is_binary = dataset.classes is None and isinstance(loss, Bce | BceWithLogits)
        labels = is_binary and all(_are_labels(part.targets) for part in parts)
        ignored = getattr(loss, "ignore_index", None)
        ignores = ignored is not None and any(bool((part.targets == ignored).any()) for part in parts)
        return cls(loss, dataset.classes is not None, labels, ignores)

    @property
    def measure(self) -> str:
        """Returns the name of what is reported beside the loss: `acc`, the share of right answers, or `rmse`."""
        return "acc" if self.classes or self.labels else "rmse"

    @cached_property
    def criterion(self) -> nn.Module:
        """Returns the loss as torch.nn has it; the weights of classes and outputs follow the outputs to their device.

        It takes the mean over a batch, or the sum where labels weigh more or less.
        """
        arguments = self.loss.model_dump()
        for name in ("weight", "pos_weight"):
            if arguments.get(name) is not None:
                arguments[name] = torch.tensor(arguments[name], dtype=torch.float64)
        module: nn.Module = getattr(nn, self.loss.torch_name)(**arguments, reduction="sum" if self.is_weighted else "mean")
        return module

    @property
    def is_weighted(self) -> bool:
        """Returns whether labels weigh more or less, or nothing: `divisor` says how much those of a batch do."""
        return self.loss.compares_labels and (self.ignores or getattr(self.loss, "weight", None) is not None)

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
        """Returns the mean loss of a batch, a single number; where labels weigh more or less, the sum, as mean times `divisor`.

        A sum is a number, and has gradients, where no label of a batch counts.
        """
        criterion = self._criterion_on(outputs.device, outputs.dtype)
        compared = self.comparable(outputs, targets)
        if getattr(self.loss, "pos_weight", None) is not None:  # one for each output, which torch takes to be the last axis
            outputs, compared = outputs.movedim(1, -1), compared.movedim(1, -1)
        loss: torch.Tensor = criterion(outputs, compared)
        return loss

    def _criterion_on(self, device: torch.device, dtype: torch.dtype) -> nn.Module:
        """Returns the criterion, which is copied to a device once: a step must not copy anything there.

        An evaluation may be the first to ask; what is made in its inference mode could not be trained with.
        """
        if (device, dtype) not in self._criteria:
            with torch.inference_mode(False):
                self._criteria[device, dtype] = deepcopy(self.criterion).to(device, dtype)
        return self._criteria[device, dtype]

    @cached_property
    def _criteria(self) -> dict[tuple[torch.device, torch.dtype], nn.Module]:
        return {}

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
        """Returns how much the labels of a batch weigh, a float64, where they weigh more or less; None: as much as its samples.

        Targets are those that the loss compares: the weights of their classes, without labels that it ignores.
        """
        if not self.is_weighted:
            return None
        counted = self.counted(targets)
        if getattr(self.loss, "weight", None) is None:
            return counted.sum().to(torch.float64)
        weights = self._criterion_on(targets.device, torch.float64).get_buffer("weight")
        return (weights[targets.clamp(0, len(weights) - 1)] * counted).sum()

    def tally(self, outputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | int]:
        """Returns the right answers in a batch and of how many, or the sum of the mean squared errors and of how many samples.

        Answers are labels, of samples or of pixels, without those that the loss ignores.
        """
        if self.labels:
            return (self.given(outputs) == (targets > 0.5)).sum(), targets.numel()
        if not self.classes:
            return ((outputs - targets) ** 2).flatten(1).mean(1).sum(), len(outputs)
        right = self.predicted(outputs) == targets
        if not (self.loss.compares_labels and self.ignores):
            return right.sum(), right.numel()
        counted = self.counted(targets)
        return (right & counted).sum(), counted.sum()


def _are_labels(targets: torch.Tensor) -> bool:
    """Returns whether all numbers are 0 or 1; 255 stands for 1 in bytes."""
    most = 1 if targets.is_floating_point() else 255
    return bool(((targets == 0) | (targets == most)).all())


@dataclass(frozen=True)
class Score:
    """Mean loss, in which samples weigh what the loss says, and `acc` or `rmse`."""

    loss: float
    measure: float


# How many samples, and the sums of their losses, of what these weigh, and of both that `Task.tally` counts.
Sums: TypeAlias = tuple[int, float, float, float, float]
NO_SUMS: Sums = (0, 0.0, 0.0, 0.0, 0.0)


class Tally:
    """Sums over batches, kept on the device so that no step waits for one."""

    def __init__(self, task: Task, device: torch.device) -> None:
        self.task = task
        self.count = 0
        self.sums = torch.zeros(len(NO_SUMS) - 1, dtype=torch.float64, device=device)

    def add(self, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Adds one batch, whose loss is what `Task.losses` says.

        Where labels weigh more or less, a mean of means would depend on how batches and shares divide the samples.
        """
        loss, outputs, samples = loss.detach().to(torch.float64), outputs.detach(), len(outputs)
        self.count += samples
        divisor = self.task.divisor(targets)
        lost = loss * samples if divisor is None else loss
        counts = (samples if divisor is None else divisor, *self.task.tally(outputs, targets))
        sums = (count if isinstance(count, torch.Tensor) else loss.new_full((), count) for count in counts)
        self.sums += torch.stack((lost, *(number.to(torch.float64) for number in sums)))

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
        return self._score(*self.sums.tolist())

    def since(self, before: Sums) -> tuple[Score, Sums]:
        """Returns the means over what was added after `before`, and what `before` is from here on; waits for the device."""
        now = (self.count, *self.sums.tolist())
        _, *sums = (one - other for one, other in zip(now, before, strict=True))
        return self._score(*sums), now

    def _score(self, loss: float, weight: float, measure: float, count: float) -> Score:
        mean = measure / count if count else 0.0
        return Score(loss / weight if weight else 0.0, mean if self.task.measure == "acc" else mean**0.5)
