"""The same change in every layer of a kind: paddings with which convolutions keep the size, and transposed ones multiply it.

Whoever forgets one of them has forgotten all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnnspec.declarations.declaration import positional_names
from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import lookup
from cnnspec.network.network import Node, Origin
from cnnspec.network.remedies.rewriting import Edits, Value, with_arguments
from cnnspec.network.walk import Past, lineage
from cnnspec.network.written import arguments
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes
from cnnspec.values.shapes import Shape

FIELDS = {"kernel_size": "kernel"}


class Regular(NamedTuple):
    """Arguments for several layers, by their words; in words, and as edits."""

    changes: dict[Span, dict[str, Value]]
    text: str
    edits: Edits


class _Asked(NamedTuple):
    """A body and what is regular in it: all mistakes of a body ask the same."""

    body: tree.Body
    found: list[Regular]


_last = _Asked((), [])


def regular(past: Past) -> list[Regular]:
    """Returns what makes all convolutions of a body keep their size, or all transposed ones multiply it by their stride."""
    global _last
    if _last.body is not past.body:
        made = [_made(past.body, keyword) for keyword in ("conv", "conv_transpose")]
        _last = _Asked(past.body, [change for change in made if change is not None])
    return _last.found


def regular_to(past: Past, value: int, expected: Shape) -> Regular | None:
    """Returns the one of them that gives a value, by its number, the shape that is expected."""
    return next((change for change in regular(past) if _output(past, value, change) == expected.sizes), None)


def regular_where_they_meet(past: Past, values: Sequence[int]) -> Regular | None:
    """Returns the one of them with which values, by their numbers, have one shape."""
    for change in regular(past):
        sizes = {_output(past, value, change) for value in values}
        if len(sizes) == 1 and None not in sizes:
            return change
    return None


def _made(body: tree.Body, keyword: str) -> Regular | None:
    changes: dict[Span, dict[str, Value]] = {}
    edits: list[Edit] = []
    for origin, values in _calls(body, keyword):
        change = _keeping(values) if keyword == "conv" else _multiplying(values)
        if change:
            changes[origin.word] = change
            edits += with_arguments(origin, change)
    if len(changes) < 2 or len(edits) < len(changes):
        return None
    places = [(word.begin.line, change) for word, change in changes.items()]
    words = [f"`{arguments(Origin(word, word, {}), change)}`" for word, change in changes.items()]
    lines = ", ".join(str(line) for line, _ in places[:-1]) + f" and {places[-1][0]}"
    text = f"{words[0]} in lines {lines}" if len(set(words)) == 1 else f"{words[0]} and the like in lines {lines}"
    return Regular(changes, text, tuple(edits))


def _calls(body: tree.Body, keyword: str) -> Iterator[tuple[Origin, dict[str, object]]]:
    """Yields the calls of one layer kind in a body, in order, with those arguments that are literals."""
    calls = sorted((node for node in nodes(body) if isinstance(node, tree.Call)), key=lambda call: call.span.start)
    for call in calls:
        word = lookup(call.word.text)
        if word is None or word.kind.keyword != keyword:
            continue
        places = iter(positional_names(word.kind))
        given = {
            FIELDS.get(item.name.text, item.name.text) if item.name is not None else next(places, ""): item
            for item in call.arguments
        }
        origin = Origin(call.span, call.word.span, {name: item.span for name, item in given.items()})
        yield origin, {name: item.value.value for name, item in given.items() if isinstance(item.value, tree.Literal)}


def _keeping(values: dict[str, object]) -> dict[str, Value]:
    """Returns the padding of a convolution that has none with which a stride of 1 keeps the size."""
    kernel, dilation = values.get("kernel"), values.get("dilation", 1)
    if not isinstance(kernel, int) or not isinstance(dilation, int) or kernel % 2 == 0 or kernel == 1 or "padding" in values:
        return {}
    return {"padding": dilation * (kernel - 1) // 2}


def _multiplying(values: dict[str, object]) -> dict[str, Value]:
    """Returns the paddings with which a transposed convolution gives its stride times the size: S + 2P - K at the output."""
    kernel, stride, padding = values.get("kernel"), values.get("stride", 1), values.get("padding", 0)
    if not (isinstance(kernel, int) and isinstance(stride, int) and isinstance(padding, int)):
        return {}
    if stride == 1 or "dilation" in values:
        return {}
    if 0 <= stride + 2 * padding - kernel < stride:
        wanted = {"output_padding": stride + 2 * padding - kernel}
    elif kernel >= stride:
        half = -(-(kernel - stride) // 2)
        wanted = {"padding": half, "output_padding": stride + 2 * half - kernel}
    else:
        return {}
    return {name: value for name, value in wanted.items() if values.get(name, 0) != value}


def _output(past: Past, value: int, change: Regular) -> tuple[object, ...] | None:
    """Returns the sizes of a value with the changes, None where a layer on the way refuses them."""
    led = lineage(value, past.nodes, past.inputs, past.declared)
    shape = led.first
    for node in led.nodes:
        if shape is None or not isinstance(node, Node):
            return None
        try:
            shape = node.layer.model_copy(update=change.changes.get(node.origin.word, {})).infer(shape)
        except LayerProblem:
            return None
    return shape.sizes if shape is not None else None
