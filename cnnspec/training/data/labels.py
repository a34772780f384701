"""Labels held against the classes of a network: one for each sample, or one for each pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch

from cnnspec.recipe.loss import Bce, Loss
from cnnspec.training.data.dataset import AnyPart, Request
from cnnspec.training.problems import LabelOutOfRange, TrainingError

_VOID = (255, 65_535)  # the largest number of 8 and of 16 bits: where nothing is known, or nobody counts
_WHITE = 255


def classes_of(request: Request) -> int:
    """Returns how many classes the network tells apart; a single output tells two."""
    return max(request.output.channels, 2)


def class_names(request: Request) -> tuple[str, ...]:
    """Returns the names of classes that have only numbers."""
    return tuple(map(str, range(classes_of(request))))


def verify_labels(
    labels: torch.Tensor, request: Request, where: Callable[[int], str], advice: Callable[[int], str] | None = None
) -> None:
    """Raises TrainingError for labels [N, ...] that are no class; `where` says where the label of a sample stands.

    `advice` says what to do about a label, where these are not all that there are.
    """
    classes, ignored = classes_of(request), ignored_label(request.loss)
    wrong = (labels < 0) | (labels >= classes)
    if ignored is not None:
        wrong &= labels != ignored
    if not bool(wrong.any()):
        return
    sample = int(wrong.reshape(len(labels), -1).any(1).to(torch.uint8).argmax())
    label = int(labels[sample][wrong[sample]].reshape(-1)[0])
    text = f"{where(sample)} has the label {label}, which is none of the classes 0 to {classes - 1} of the network"
    counted = labels if ignored is None else labels[labels != ignored]
    raise TrainingError(LabelOutOfRange(text, advice(label) if advice else label_advice(counted, label, request)))


def label_advice(labels: torch.Tensor, label: int, request: Request, are_masks: bool = False) -> str:
    """Returns what to do about a `label` that is no class, by what all labels look like; those of masks can be translated."""
    classes, can_ignore = classes_of(request), request.loss.compares_labels
    different: list[float] = torch.unique(labels).tolist()
    lowest, count = different[0], len(different)
    ignoring = f"`loss {request.loss.keyword}, ignore_index={label}` leaves it out" if can_ignore else ""
    if different[-1] == 255 and set(different) <= {0, 255}:
        return "0 and 255 stand for two classes here: with `data pairs` write `mask_values=[0, 255]`, and divide arrays by 255"
    if different == [-1, 1]:
        return "labels count from 0: write 0 for -1"
    without_gaps = lowest + count - 1 == different[-1] and count <= classes
    if (lowest > 0 and without_gaps) or (lowest, different[-1]) == (1, classes):
        return f"labels count from 0: these seem to count from {lowest:g}, so subtract {lowest:g}"
    classed = set(different) - {label}
    marks = can_ignore and (label == -1 or label in _VOID) and classed and classed <= set(range(classes))
    if marks and not (lowest < 0 and without_gaps and count == classes):
        shift = ", or labels count from -1 here: then add 1" if label < 0 and without_gaps else ""
        return f"{label} often marks what does not count: {ignoring}{shift}"
    if lowest < 0 and without_gaps:
        return f"labels count from 0: these seem to count from {lowest:g}, so add {-lowest:g}"
    if count <= classes:
        shown = ", ".join(f"{value:g}" for value in different[:8]) + (", ..." if count > 8 else "")
        if are_masks and lowest >= 0:
            return f"if {shown} stand for the classes, name them all: `mask_values=[{shown}]`"
        return f"the labels {shown} have gaps: number the first 0, the next 1, and so on"
    if lowest < 0:
        return "number the labels from 0, and end the network with more outputs"
    return "; ".join(filter(None, ("end the network with more outputs", ignoring)))


def binary_advice(targets: torch.Tensor, request: Request) -> str:
    """Returns what to do about targets of a binary loss that are not all from 0 to 1, by what all of them look like."""
    different: list[float] = torch.unique(targets).tolist()
    lowest, highest = different[0], different[-1]
    if len(different) == 2:
        written = [f"{new} for {old:g}" for new, old in enumerate(different) if new != old]
        return f"write {', and '.join(written)}"
    if request.output.rank == 3 and lowest >= 0 and _WHITE // 2 < highest <= _WHITE:
        return "images go from 0 to 1: divide them by 255"
    if request.output.channels == 1 and lowest >= 0 and all(map(float.is_integer, different)):
        return "to tell more than two classes apart, end the network with an output for each, and write `loss cross_entropy`"
    unbounded = " without the last activation" if isinstance(request.loss, Bce) else ""
    return f"scale them to 0 to 1; to predict numbers as they are, write `loss mse`{unbounded}"


def ignored_label(loss: Loss) -> int | None:
    """Returns the label that a loss leaves out, None where it leaves out none."""
    return getattr(loss, "ignore_index", None)


def by_name(part: AnyPart, given: tuple[str, ...], names: tuple[str, ...], text: str, advice: str) -> AnyPart:
    """Returns samples labelled by the places of their classes in `given` with the places of these in `names`; others stay.

    Raises TrainingError for classes that are not there; these follow `text`.
    """
    unknown = [name for name in given if name not in names]
    if unknown:
        raise TrainingError(LabelOutOfRange(f"{text}: {', '.join(unknown[:5])}", advice))
    places = torch.tensor([names.index(name) for name in given])
    is_class = (part.targets >= 0) & (part.targets < len(given))
    targets = torch.where(is_class, places[part.targets.clamp(0, len(given) - 1)], part.targets)
    return replace(part, targets=targets)


def listed(names: tuple[str, ...]) -> str:
    """Returns the first classes for a message."""
    return f"{', '.join(names[:10])}{', ...' if len(names) > 10 else ''}"


def largest_label(labels: torch.Tensor, loss: Loss) -> int:
    """Returns the largest of the labels that a loss does not leave out, -1 where it leaves out all."""
    ignored = ignored_label(loss)
    counted = labels if ignored is None else labels[labels != ignored]
    return int(counted.max()) if counted.numel() else -1
