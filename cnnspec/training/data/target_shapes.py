"""What to do about targets in another shape than the network asks for."""

from __future__ import annotations

import numpy as np

from cnnspec.training.data.dataset import Request
from cnnspec.values.shapes import Shape

SEVERAL_LABELS = "a sample may have several labels at once here: write `loss bce_with_logits`, behind logits"


def shape_advice(name: str, targets: np.ndarray, request: Request) -> str | None:
    """Returns what brings targets [N, ...] and the network's output together, None where nobody knows."""
    given, positions = targets.shape[1:], tuple(request.output.spatial)
    if request.loss.compares_labels:
        found = _labels_advice(name, targets, request)
        return found or _positions_advice(name, given, positions, 1)
    channels = request.output.channels
    if positions and given == (*positions, channels):
        return f"store them with the channels first: `numpy.moveaxis({name}, -1, 1)`"
    if not positions and len(given) < 2:
        return f"end the network with `linear {given[0] if given else 1}`"
    if positions and given[1:] == positions:
        return f"let the last layer give {given[0]} channels"
    return _positions_advice(name, given[1:], positions, 2) if given[:1] == (channels,) else None


def _labels_advice(name: str, targets: np.ndarray, request: Request) -> str | None:
    """Returns what makes class numbers of targets, or which loss or network they are for."""
    given, positions = targets.shape[1:], tuple(request.output.spatial)
    axis = axis_of_one_hot(targets, positions)
    if axis is not None:
        return f"these are one-hot: the numbers of the classes are `{name}.argmax({axis})`"
    if are_several_labels(targets, request):
        return SEVERAL_LABELS
    if not positions:
        return f"store them without the last axis: `{name}[:, 0]`" if given == (1,) else None
    if given == (1, *positions):
        return f"store them without the axis of the channels: `{name}[:, 0]`"
    if given == (*positions, 1):
        return f"store them without the axis of the channels: `{name}[..., 0]`"
    return "for one label for each sample end the network with `global_avgpool` and `flatten`" if given in ((), (1,)) else None


def _positions_advice(name: str, given: tuple[int, ...], positions: tuple[int, ...], first: int) -> str | None:
    """Returns what brings `given` positions, the axes from `first` on, to those of the output."""
    if not positions or len(given) != len(positions):
        return None
    if given == positions[::-1]:
        return f"swap their axes: `{name}.swapaxes({first}, {first + len(positions) - 1})`"
    which = (
        "`padding` in its windows keeps positions" if all(map(int.__ge__, given, positions)) else "windows without `padding`"
    )
    return f"let the network give {Shape(given)} positions ({which}), or cut the targets to {Shape(positions)}"


def are_several_labels(targets: np.ndarray, request: Request) -> bool:
    """Returns whether targets say of each class whether a sample, or position, has it, and some have several or none."""
    is_shaped = targets.shape[1:] == request.output.sizes and request.output.channels > 1
    return is_shaped and _are_bits(targets) and not _is_one_hot(targets, 1)


def axis_of_one_hot(targets: np.ndarray, positions: tuple[int, ...]) -> int | None:
    """Returns which axis counts the classes in targets [N, C, ...] or [N, ..., C] that are 1 for one class of each sample or
    position, and 0 for the others; None for other targets."""
    if targets.ndim != 2 + len(positions):
        return None
    for axis in (1, -1):
        others = targets.shape[2:] if axis == 1 else targets.shape[1:-1]
        if others == positions and targets.shape[axis] > 1 and _is_one_hot(targets, axis):
            return axis
    return None


def _is_one_hot(targets: np.ndarray, axis: int) -> bool:
    return _are_bits(targets) and bool((targets.sum(axis) == 1).all())


def _are_bits(targets: np.ndarray) -> bool:
    return bool(((targets == 0) | (targets == 1)).all())
