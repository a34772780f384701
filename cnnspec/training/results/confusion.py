"""Which classes are taken for which."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import torch
from torch import nn

from cnnspec.training.batches.batches import Batch
from cnnspec.training.device import Precision
from cnnspec.training.measure import measure
from cnnspec.training.results.scores import ClassCount
from cnnspec.training.task import Task


def confusion_matrix(
    model: nn.Module, batches: Iterable[Batch], task: Task, classes: int, precision: Precision
) -> torch.Tensor:
    """Returns how many samples (or pixels) of each class (row) are taken for each class (column), int64 [C, C].

    Outputs that stand for no class count as the last one's.
    """
    count = ClassCount(tuple(map(str, range(classes))), task, precision.device)
    measure(model, batches, task, precision, count)
    return count.scores().matrix


def as_csv(matrix: torch.Tensor, classes: Sequence[str]) -> str:
    """Returns a table: a line for each true class, a column for each class that it is taken for."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("true class", *classes))
    table.writerows((name, *row) for name, row in zip(classes, matrix.tolist(), strict=True))
    return text.getvalue()
