"""What arrays say is to be predicted: labels of samples or of positions, numbers, or images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.arrays_file import Named
from cnnspec.training.data.arrays_plain import BEYOND, tensor_of
from cnnspec.training.data.dataset import Request
from cnnspec.training.data.labels import binary_advice, classes_of, verify_labels
from cnnspec.training.data.target_shapes import SEVERAL_LABELS, are_several_labels, axis_of_one_hot, shape_advice
from cnnspec.training.problems import LabelOutOfRange, TargetDiffers, TargetOutOfRange, TrainingError
from cnnspec.values.shapes import Shape

_WHITE = 255
_SIGNED = "where it was -1 before it was stored without a sign (uint64), store int64"


def read_targets(parts: Sequence[Named], request: Request) -> list[torch.Tensor]:
    """Returns the targets of each part, all of them labels or all of them numbers, as `Part` has them; raises TrainingError."""
    if _are_labels([part.values for part in parts], request):
        return [_labels(part, request) for part in parts]
    white = _white(parts)
    return [_values(part, white, request) for part in parts]


def _are_labels(parts: Sequence[np.ndarray], request: Request) -> bool:
    """Returns whether targets are class numbers: the loss compares them, or they are integers, one where outputs are several.

    For a single output they are, if all are 0 or 1. The kind of number is that of the training part.
    """
    if request.loss.compares_labels:
        return True
    if parts[0].dtype.kind == "f" or parts[0].shape[1:] != tuple(request.output.spatial):
        return False
    return request.output.channels > 1 or all(bool(((targets == 0) | (targets == 1)).all()) for targets in parts)


def _white(parts: Sequence[Named]) -> int:
    """Returns which byte of an image means 1.0: 255, or 1 where no part has a greater one, as in masks of 0 and 1."""
    return _WHITE if any(part.values.max(initial=0) > 1 for part in parts if part.is_bytes) else 1


def _labels(found: Named, request: Request) -> torch.Tensor:
    targets, positions = found.values, tuple(request.output.spatial)
    if targets.dtype.kind == "f" and targets.max(initial=0) >= BEYOND:
        text = f"{found} has the label {targets.max():g}, which is none of the classes 0 to {classes_of(request) - 1}"
        raise TrainingError(LabelOutOfRange(text, _SIGNED))
    if targets.dtype.kind == "f" and axis_of_one_hot(targets, positions) is None:
        text = f"`{request.loss.keyword}` compares class numbers, but {found} holds floats"
        advice = SEVERAL_LABELS if are_several_labels(targets, request) else _as_integers(targets)
        raise TrainingError(TargetOutOfRange(text, advice))
    if targets.shape[1:] != positions:
        raise TrainingError(_differs(found, Shape(positions) if positions else None, request))
    labels = tensor_of(targets)
    verify_labels(labels.to(torch.int64), request, lambda sample: f"{found.path}: sample {sample} of `{found.name}`")
    return labels if labels.dim() in (2, 3) else labels.to(torch.int64)  # bytes with four axes are images


def _values(found: Named, white: int, request: Request) -> torch.Tensor:
    targets, sizes = found.values, request.output.sizes
    if targets.shape[1:] != sizes and (sizes[0] != 1 or targets.shape[1:] != sizes[1:]):
        raise TrainingError(_differs(found, request.output, request))
    values = tensor_of(targets).to(request.dtype).reshape(-1, *sizes)
    if found.is_bytes and request.output.rank == 3:
        values = values / white
    if isinstance(request.loss, Bce | BceWithLogits) and (values.min() < 0 or values.max() > 1):
        text = f"`{request.loss.keyword}` needs targets from 0 to 1, but {found} goes from {values.min():g} to {values.max():g}"
        raise TrainingError(TargetOutOfRange(text, binary_advice(values, request)))
    return values


def _differs(found: Named, expected: Shape | None, request: Request) -> TargetDiffers:
    sizes = found.values.shape[1:]
    has = f"has the shape {Shape(sizes)}" if sizes else "is one number"
    wanted = f"{expected}" if expected is not None else "one label"
    text = f"a target in {found} {has}, but the network's output of {request.output} asks for {wanted}"
    return TargetDiffers(text, shape_advice(found.name, found.values, request))


def _as_integers(targets: np.ndarray) -> str:
    """Returns what to do about targets that are not stored as integers."""
    if (targets == np.floor(targets)).all():
        return "they are whole numbers: store them as integers (numpy: `y.astype(int)`, torch: `y.long()`)"
    return "store integers from 0 on; to predict numbers, write `loss mse`"
