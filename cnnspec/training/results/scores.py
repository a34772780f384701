"""How well a network does, in more detail than loss and accuracy: class by class, or as several measures of an error."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cnnspec.training.task import Task

TOP = 5
NO_CLASS = "(no class)"  # what outputs stand for beyond those of the classes


@dataclass(frozen=True)
class ClassScore:
    """One class: how many samples (or pixels) it has, and the usual shares, None where they are 0 of 0.

    `precision`: of those taken for it, `recall`: of those that are it, `f1`: their harmonic mean; `iou`: of those that are it
    or are taken for it (Jaccard).
    """

    name: str
    samples: int
    precision: float | None
    recall: float | None
    f1: float | None
    iou: float | None


@dataclass(frozen=True)
class ClassScores:
    """The confusion matrix [C, C] (rows are what is true) and what follows from it.

    `top5` is the share of samples whose class is among the five likeliest, None for five classes and fewer.
    """

    names: tuple[str, ...]
    matrix: torch.Tensor
    top5: float | None
    per_pixel: bool

    def each(self) -> list[ClassScore]:
        """Returns the scores of all classes."""
        right, true, taken = self.matrix.diagonal().tolist(), self.matrix.sum(1).tolist(), self.matrix.sum(0).tolist()
        return [_class_score(name, *counts) for name, *counts in zip(self.names, right, true, taken, strict=True)]

    def confusions(self, count: int) -> list[tuple[str, str, int]]:
        """Returns the most frequent mistakes: the true class, what it is taken for, and how often."""
        wrong = self.matrix.clone().fill_diagonal_(0).flatten()
        order = wrong.argsort(descending=True, stable=True)[:count].tolist()
        names, size = self.names, len(self.names)
        return [(names[place // size], names[place % size], int(wrong[place])) for place in order if wrong[place]]


@dataclass(frozen=True)
class NumberScores:
    """Errors of a regression over all samples and outputs: mean absolute, root mean squared, and the share of the variance
    that is explained, R² (None where the targets do not vary)."""

    mae: float
    rmse: float
    r2: float | None


@dataclass(frozen=True)
class LabelScores:
    """What follows from how often each of several labels is there, is given, and both, int64 [3, L].

    `exact` is the share of samples whose labels are all right.
    """

    counts: torch.Tensor
    exact: float
    per_pixel: bool

    def each(self) -> list[ClassScore]:
        """Returns the scores of all labels, whose names are their places."""
        right, true, taken = self.counts.tolist()
        return [_class_score(str(place), *counts) for place, counts in enumerate(zip(right, true, taken, strict=True))]


class LabelCount:
    """Counts, batch by batch, which labels samples have and which ones a network gives them."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._counts: torch.Tensor | None = None
        self._exact, self._samples, self._per_pixel = 0, 0, False

    def add(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Adds outputs and targets [N, L, ...]; waits for the device."""
        given, true = self._task.given(outputs), targets > 0.5
        axes = [axis for axis in range(given.dim()) if axis != 1]
        counts = torch.stack([found.sum(axes) for found in (given & true, true, given)]).cpu()
        self._counts = counts if self._counts is None else self._counts + counts
        self._exact += int((given == true).flatten(1).all(1).sum())
        self._samples, self._per_pixel = self._samples + len(given), given.dim() > 2

    def scores(self) -> LabelScores:
        """Returns what was counted."""
        assert self._counts is not None
        return LabelScores(self._counts, self._exact / self._samples, self._per_pixel)


class ClassCount:
    """Counts, batch by batch, what a network takes samples for."""

    def __init__(self, names: tuple[str, ...], task: Task, device: torch.device) -> None:
        self._names, self._task = (*names, NO_CLASS), task
        self._pairs = torch.zeros(len(self._names) ** 2, dtype=torch.int64, device=device)
        self._among_top = torch.zeros((), dtype=torch.int64, device=device)
        self._outputs = 0
        self._per_pixel = False

    def add(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Adds outputs [N, C, ...] and labels [N, ...]; labels that the loss ignores do not count."""
        classes, counted = len(self._names), self._task.counted(targets)
        self._outputs, self._per_pixel = outputs.shape[1], targets.dim() > 1
        labels = targets[counted]
        pairs = labels * classes + self._task.predicted(outputs)[counted].clamp(max=classes - 1)
        self._pairs += torch.bincount(pairs, minlength=classes * classes)
        if self._outputs > TOP:
            likeliest = outputs.topk(TOP, dim=1).indices.movedim(1, -1)[counted]
            self._among_top += (likeliest == labels.unsqueeze(1)).any(1).sum()

    def scores(self) -> ClassScores:
        """Returns what was counted, with `(no class)` as the last class where that was an answer; waits for the device."""
        count = len(self._names)
        matrix = self._pairs.reshape(count, count).cpu()
        total = int(matrix.sum())
        top5 = int(self._among_top) / total if self._outputs > TOP and total else None
        shown = count if matrix[:, -1].any() else count - 1
        return ClassScores(self._names[:shown], matrix[:shown, :shown], top5, self._per_pixel)


class NumberCount:
    """Adds up, batch by batch, how far a network is from the numbers that it should give."""

    def __init__(self) -> None:
        self._count = 0
        self._absolute = self._squared = 0.0
        self._origin: torch.Tensor | None = None  # the first target
        self._sums = torch.zeros(2, 0, dtype=torch.float64)  # of targets and their squares around it, for each output

    def add(self, outputs: torch.Tensor, targets: torch.Tensor) -> None:
        """Adds outputs and targets [N, ...]; waits for the device."""
        errors = (outputs - targets).to("cpu", torch.float64).flatten(1)
        values = targets.to("cpu", torch.float64).flatten(1)
        self._count += len(values)
        self._absolute += errors.abs().sum().item()
        self._squared += (errors * errors).sum().item()
        if self._origin is None:
            self._origin = values[0]
            self._sums = torch.zeros(2, len(self._origin), dtype=torch.float64)
        shifted = values - self._origin
        self._sums += torch.stack((shifted.sum(0), (shifted * shifted).sum(0)))

    def scores(self) -> NumberScores:
        """Returns what came together."""
        numbers = self._count * self._sums.shape[1]
        first, second = self._sums
        variation = (second - first * first / self._count).sum().item()
        r2 = 1 - self._squared / variation if variation > 0 else None
        return NumberScores(self._absolute / numbers, (self._squared / numbers) ** 0.5, r2)


def _class_score(name: str, right: int, true: int, taken: int) -> ClassScore:
    f1 = _share(2 * right, true + taken)
    return ClassScore(name, true, _share(right, taken), _share(right, true), f1, _share(right, true + taken - right))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
