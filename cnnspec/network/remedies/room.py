"""How a window that is larger than its input finds room: a smaller kernel, more padding, or a pool less before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, Fix
from cnnspec.layers.base import Layer
from cnnspec.network.network import Origin
from cnnspec.network.remedies.assumptions import Search
from cnnspec.network.remedies.flattening import is_branch_of
from cnnspec.network.remedies.other_values import accepts
from cnnspec.network.remedies.rewriting import (
    Edits,
    Value,
    fix,
    spelled,
    with_arguments,
    with_input,
    with_layer,
    without_statement,
)
from cnnspec.network.remedies.window_changes import Numbers
from cnnspec.network.walk import Attempt, Past
from cnnspec.network.written import line_of
from cnnspec.values.shapes import Shape

A_POOL = 2  # what it weighs to drop one, as compared with rows of a kernel or of padding
SMALL = 3  # kernels up to here slide, and cover no map
WHOLE = {"avgpool": "global_avgpool", "maxpool": "global_maxpool"}


class Way(NamedTuple):
    """A change that makes room: the less it `weight`s the likelier; in words, as the title of a fix, and as edits."""

    weight: int
    text: str
    title: str
    edits: Edits


def room(diagnostic: Diagnostic, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of a window that does not fit with what makes it fit, the smallest change first."""
    layer, origin = attempt.layer, attempt.origin
    ways = sorted(_ways(attempt), key=lambda way: way.weight)
    if origin.frames:  # other calls and rounds may have other sizes
        told = ", or ".join(way.text for way in ways)
        return replace(diagnostic, help=f"what would do here: {told}" if told else None, fixes=_fixes(ways, attempt, past))
    search = Search(past, attempt.value, lambda shape: 0 if accepts(layer, shape) else -1)
    pool = search.dropped("pooling")
    if pool is not None and _can_go(pool.origin, past):
        text = f"drop the `{pool.keyword}` {line_of(pool.origin.word, origin.word.source)}"
        drop = Way(A_POOL, text, f"drop the `{pool.keyword}`", without_statement(pool.origin.statement))
        ways.insert(0 if not ways or ways[0].weight > A_POOL else len(ways), drop)
    larger = search.input(smallest=True)
    notes = diagnostic.notes
    if larger is not None:
        notes += (f"an input of {larger.change.shape} is large enough",)
    told = ", or ".join(way.text if way.text.startswith("drop") else f"write {way.text}" for way in ways[:1])
    told = ", or ".join([told, *(way.text for way in ways[1:])])
    return replace(diagnostic, notes=notes, help=told or None, fixes=_fixes(ways, attempt, past))


def _fixes(ways: list[Way], attempt: Attempt, past: Past) -> tuple[Fix, ...]:
    """Returns the fixes of all ways; behind them, an input that is large enough."""
    found = tuple(each for way in ways for each in fix(way.title, way.edits))
    layer = attempt.layer
    larger = Search(past, attempt.value, lambda shape: 0 if accepts(layer, shape) else -1).input(smallest=True)
    if larger is None or larger.change.shape is None or larger.change.value >= len(past.input_spans):
        return found
    shape = larger.change.shape
    return found + fix(f"write `input {shape}`", with_input(past.input_spans[larger.change.value], shape))


def _ways(attempt: Attempt) -> Iterator[Way]:
    """Yields how the layer itself can be changed so that it fits."""
    layer, x, origin = attempt.layer, attempt.x, attempt.origin
    for field, numbers in (("kernel", _smaller(layer, x)), ("padding", _wider(layer, x))):
        if numbers is not None:
            largest = ", the largest that fits" if field == "kernel" else ""
            yield _way(_away(layer, field, numbers), origin, {field: numbers}, largest)
    if layer.keyword in WHOLE and _covers(layer, x):
        whole = WHOLE[layer.keyword]
        yield Way(0, f"`{whole}`, whatever the size", f"write `{whole}`", with_layer(origin, whole))
    elif getattr(layer, "ceil_mode", None) is False and accepts(layer, x, {"ceil_mode": True}):
        yield _way(A_POOL, origin, {"ceil_mode": True}, "")


def _way(weight: int, origin: Origin, changed: Mapping[str, Value], more: str) -> Way:
    text = f"`{spelled(origin, changed)}`"
    return Way(weight, text + more, f"write {text}", with_arguments(origin, changed))


def _covers(layer: Layer, x: Shape) -> bool:
    """Returns whether a window is as large as the whole map, or as that of another input."""
    kernel = _each(layer, "kernel", x.rank - 1)
    return all(k >= size for k, size in zip(kernel, x.spatial, strict=True)) and max(kernel) > SMALL


def _smaller(layer: Layer, x: Shape) -> Numbers | None:
    """Returns the largest kernel that fits, None where only one would that does nothing."""
    kernel, padding, dilation = (_each(layer, field, x.rank - 1) for field in ("kernel", "padding", "dilation"))
    least = 1 if layer.family == "weights" else 2  # a pool over single positions
    for margins in (padding, (0,) * len(padding)):  # some count the padding, some do not
        axes = zip(x.spatial, kernel, margins, dilation, strict=True)
        numbers = _like(layer, "kernel", [min(k, (size + 2 * p - 1) // d + 1) for size, k, p, d in axes], min)
        if accepts(layer, x, {"kernel": numbers}):
            return numbers if max(_tuple(numbers)) >= least else None
    return None


def _wider(layer: Layer, x: Shape) -> Numbers | None:
    """Returns the least padding with which the kernel fits, None where there is none."""
    if not hasattr(layer, "padding"):
        return None
    kernel, padding, dilation = (_each(layer, field, x.rank - 1) for field in ("kernel", "padding", "dilation"))
    axes = zip(x.spatial, kernel, padding, dilation, strict=True)
    numbers = _like(layer, "padding", [max(p, -(-(d * (k - 1) + 1 - size) // 2)) for size, k, p, d in axes], max)
    return numbers if accepts(layer, x, {"padding": numbers}) else None


def _can_go(origin: Origin, past: Past) -> bool:
    """Returns whether a statement can be dropped: it has no label, and is no branch by itself."""
    before = origin.statement.text[: origin.word.start - origin.statement.start]
    return not before.strip("{\"' ") and not is_branch_of(past.body, origin.statement)


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
