"""How a window that is larger than its input finds room: a smaller kernel, more padding, or a pool less before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.network.assumptions import Search
from cnnspec.network.flattening import is_branch_of
from cnnspec.network.network import Origin
from cnnspec.network.walk import Attempt, Past
from cnnspec.network.window_changes import Numbers
from cnnspec.network.written import arguments, line_of
from cnnspec.values.shapes import Shape

A_POOL = 2  # what it weighs to drop one, as compared with rows of a kernel or of padding


def room(diagnostic: Diagnostic, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of a window that does not fit with what makes it fit, the smallest change first."""
    layer, origin = attempt.layer, attempt.origin
    ways: list[tuple[int, str]] = []
    for field, numbers in (("kernel", _smaller(layer, attempt.x)), ("padding", _wider(layer, attempt.x))):
        if numbers is not None:
            largest = ", the largest that fits" if field == "kernel" else ""
            ways.append((_away(layer, field, numbers), f"`{arguments(origin, {field: numbers})}`{largest}"))
    ways.sort(key=lambda way: way[0])
    told = ", or ".join(text for _, text in ways)
    if origin.frames:  # other calls and rounds may have other sizes
        return replace(diagnostic, help=f"what would do here: {told}" if told else None)
    told = told and f"write {told}"
    search = Search(past, attempt.value, lambda shape: 0 if _fits(layer, shape) else -1)
    pool = search.dropped("pooling")
    if pool is not None and _can_go(pool.origin, past):
        drop = f"drop the `{pool.keyword}` {line_of(pool.origin.word, origin.word.source)}"
        is_less = not ways or ways[0][0] > A_POOL
        told = ", or ".join(filter(None, (drop, told) if is_less else (told, drop)))
    larger = search.input(smallest=True)
    notes = diagnostic.notes
    if larger is not None:
        notes += (f"an input of {larger.change.shape} is large enough",)
    return replace(diagnostic, notes=notes, help=told or None)


def _smaller(layer: Layer, x: Shape) -> Numbers | None:
    """Returns the largest kernel that fits, None where only one would that does nothing."""
    kernel, padding, dilation = (_each(layer, field, x.rank - 1) for field in ("kernel", "padding", "dilation"))
    least = 1 if layer.family == "weights" else 2  # a pool over single positions
    for margins in (padding, (0,) * len(padding)):  # some count the padding, some do not
        axes = zip(x.spatial, kernel, margins, dilation, strict=True)
        numbers = _like(layer, "kernel", [min(k, (size + 2 * p - 1) // d + 1) for size, k, p, d in axes], min)
        if _fits(layer, x, {"kernel": numbers}):
            return numbers if max(_tuple(numbers)) >= least else None
    return None


def _wider(layer: Layer, x: Shape) -> Numbers | None:
    """Returns the least padding with which the kernel fits, None where there is none."""
    if not hasattr(layer, "padding"):
        return None
    kernel, padding, dilation = (_each(layer, field, x.rank - 1) for field in ("kernel", "padding", "dilation"))
    axes = zip(x.spatial, kernel, padding, dilation, strict=True)
    numbers = _like(layer, "padding", [max(p, -(-(d * (k - 1) + 1 - size) // 2)) for size, k, p, d in axes], max)
    return numbers if _fits(layer, x, {"padding": numbers}) else None


def _can_go(origin: Origin, past: Past) -> bool:
    """Returns whether a statement can be dropped: it has no label, and is no branch by itself."""
    before = origin.statement.text[: origin.word.start - origin.statement.start]
    return not before.strip("{\"' ") and not is_branch_of(past.body, origin.statement)


def _fits(layer: Layer, x: Shape, changed: Mapping[str, Numbers] | None = None) -> bool:
    try:
        (layer.model_copy(update=changed) if changed else layer).infer(x)
    except LayerProblem:
        return False
    return True


def _each(layer: Layer, field: str, rank: int) -> tuple[int, ...]:
    """Returns an argument for each axis, as the layer counts without it where it has none."""
    value = getattr(layer, field, None)
    if isinstance(value, tuple):
        return value * rank if len(value) == 1 else value
    return (value if isinstance(value, int) else 0 if field == "padding" else 1,) * rank


def _like(layer: Layer, field: str, numbers: list[int], one: Callable[[list[int]], int]) -> Numbers:
    """Returns a number for each axis, or one for all where the file has it so."""
    return tuple(numbers) if isinstance(getattr(layer, field), tuple) else one(numbers)


def _away(layer: Layer, field: str, numbers: Numbers) -> int:
    """Returns how far numbers are from what is written."""
    new = _tuple(numbers)
    return max(abs(one - other) for one, other in zip(new, _each(layer, field, len(new)), strict=True))


def _tuple(numbers: Numbers) -> tuple[int, ...]:
    return numbers if isinstance(numbers, tuple) else (numbers,)
