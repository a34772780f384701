"""Other kernels, strides and paddings of a layer, each with how unlikely it is that the author meant it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from cnnspec.layers.base import Layer
from cnnspec.values.shapes import Shape

Numbers: TypeAlias = int | tuple[int, ...]

FIELDS = ("padding", "output_padding", "kernel", "stride")
SMALLEST = {"padding": 0, "output_padding": 0, "kernel": 1, "stride": 1}
FURTHEST = {"padding": 3, "output_padding": 1, "kernel": 4, "stride": 2}


class WindowChange(NamedTuple):
    """A layer with other arguments; `weight` is 1 for the most likely ones."""

    weight: float
    arguments: dict[str, Numbers]
    layer: Layer


def window_changes(layer: Layer, fields: Sequence[str] = FIELDS) -> list[WindowChange]:
    """Returns a layer's neighbours: with another padding, kernel or stride."""
    if getattr(layer, "weight", None) is not None:
        return []  # the numbers have the shape of the kernel
    return [_change(layer, {field: value}) for field in fields for value in _neighbours(layer, field)]


def window_pairs(layer: Layer, fields: Sequence[str] = FIELDS) -> list[WindowChange]:
    """Returns a layer with another kernel or stride and, at the same time, another padding."""
    return [
        _change(layer, {**change.arguments, "padding": value})
        for change in window_changes(layer, fields)
        if "padding" not in change.arguments
        for value in _neighbours(change.layer, "padding")
    ]


def spanning(layer: Layer, x: Shape) -> list[WindowChange]:
    """Returns a layer with a kernel as large as its input, which leaves one position."""
    sides = set(x.spatial)
    kernel, padding = getattr(layer, "kernel", None), getattr(layer, "padding", 0)
    if len(sides) != 1 or not isinstance(kernel, int) or not isinstance(padding, int) or getattr(layer, "weight", None):
        return []
    side = sides.pop()
    return [_change(layer, {"kernel": side + 2 * padding})] if isinstance(side, int) and side != kernel else []


def _neighbours(layer: Layer, field: str) -> list[Numbers]:
    written = getattr(layer, field, None)
    if field == "stride" and written is None:
        written = getattr(layer, "kernel", None)  # a pool's default
    if isinstance(written, int):
        most, least = FURTHEST[field], SMALLEST[field]
        near = {number for number in range(written - most, written + most + 1) if number >= least}
        return sorted(near | {0, *_keeping(layer)} - {written} if field == "padding" else near - {written})
    return [0] if isinstance(written, str) else []


def _keeping(layer: Layer) -> list[int]:
    """Returns the padding with which a stride of 1 would keep the size, if there is one."""
    kernel, dilation = getattr(layer, "kernel", None), getattr(layer, "dilation", 1)
    if not isinstance(kernel, int) or not isinstance(dilation, int) or dilation * (kernel - 1) % 2:
        return []
    return [dilation * (kernel - 1) // 2]


def _change(layer: Layer, arguments: dict[str, Numbers]) -> WindowChange:
    changed = layer.model_copy(update=arguments)
    return WindowChange(sum(_weight(layer, changed, field) for field in arguments), arguments, changed)


def _weight(layer: Layer, changed: Layer, field: str) -> float:
    before, now = getattr(layer, field), getattr(changed, field)
    if field == "padding" and now in (0, *_keeping(changed)):
        return 1
    away = abs(now - before) if isinstance(before, int) and isinstance(now, int) else 1
    return 1 + away / 2 + (field == "padding") + (2 if _is_odd(changed, field) else 0)


def _is_odd(layer: Layer, field: str) -> bool:
    """Returns whether a layer is hardly ever written so: an even kernel of a convolution, a pool that skips or does nothing."""
    kernel, stride, padding = (getattr(layer, name, 0) for name in ("kernel", "stride", "padding"))
    if isinstance(kernel, int) and isinstance(stride, int) and stride > kernel:
        return True
    is_even = isinstance(kernel, int) and kernel % 2 == 0
    if field == "padding" and isinstance(kernel, int) and isinstance(padding, int):
        span = getattr(layer, "dilation", 1) * (kernel - 1) + 1 if isinstance(getattr(layer, "dilation", 1), int) else kernel
        if 2 * padding > span:
            return True  # windows that see nothing but padding
    if layer.family == "weights":
        return field == "kernel" and is_even
    return kernel == 1 or (is_even and padding != 0)
