"""Labels held against the classes of a network: one for each sample, or one for each pixel."""

from __future__ import annotations

from collections.abc import Callable

import torch

from cnnspec.recipe.loss import Loss
from cnnspec.training.data.dataset import Request
from cnnspec.training.problems import LabelOutOfRange, TrainingError


def classes_of(request: Request) -> int:
    """Returns how many classes the network tells apart; a single output tells two."""
    return max(request.output.channels, 2)


def class_names(request: Request) -> tuple[str, ...]:
    """Returns the names of classes that have only numbers."""
    return tuple(map(str, range(classes_of(request))))


def verify_labels(labels: torch.Tensor, request: Request, where: Callable[[int], str]) -> None:
    """Raises TrainingError for labels [N, ...] that are no class; `where` says where the label of a sample stands."""
    classes, ignored = classes_of(request), ignored_label(request.loss)
    wrong = (labels < 0) | (labels >= classes)
    if ignored is not None:
        wrong &= labels != ignored
    if not bool(wrong.any()):
        return
    sample = int(wrong.reshape(len(labels), -1).any(1).to(torch.uint8).argmax())
    label = int(labels[sample][wrong[sample]].reshape(-1)[0])
    leave_out = f"say `loss {request.loss.keyword}, ignore_index={label}` to leave it out"
    advice = f"labels count from 0; {leave_out}" if label < 0 else f"end the network with more outputs, or {leave_out}"
    if int(labels.min()) == 1 and int(labels.max()) == classes:
        advice = "labels count from 0: these seem to count from 1"
        raise TrainingError(LabelOutOfRange(f"{where(sample)} has the label {label}, but there are {classes} classes", advice))
    text = f"{where(sample)} has the label {label}, which is none of the classes 0 to {classes - 1} of the network"
    raise TrainingError(LabelOutOfRange(text, advice if request.loss.compares_labels else None))


def ignored_label(loss: Loss) -> int | None:
    """Returns the label that a loss leaves out, None where it leaves out none."""
    return getattr(loss, "ignore_index", None)
