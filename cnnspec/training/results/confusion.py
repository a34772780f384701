"""Which classes are taken for which."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import torch
from torch import nn

from cnnspec.diagnostics.visible import visible
from cnnspec.training.batches.batches import Batch
from cnnspec.training.device import Precision
from cnnspec.training.measure import measure
from cnnspec.training.results.scores import ClassCount, ClassScores
from cnnspec.training.task import Task

LARGEST_TABLE = 1_000  # classes, up to which there is a table of confusions


def class_scores(
    model: nn.Module, batches: Iterable[Batch], task: Task, classes: tuple[str, ...], precision: Precision
) -> ClassScores:
    """Returns how many samples (or pixels) of each class are taken for each class, and what follows from that."""
    count = ClassCount(classes, task, precision.device)
    measure(model, batches, task, precision, count)
    return count.scores()


def as_csv(matrix: torch.Tensor, classes: Sequence[str]) -> str:
    """Returns a table: a line for each true class, a column for each class that it is taken for.

    In names, what a terminal would obey is escaped.
    """
    names = list(map(visible, classes))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("true class", *names))
    table.writerows((name, *row) for name, row in zip(names, matrix.tolist(), strict=True))
    return text.getvalue()
