"""A network with one thing changed: another input, another layer, or one layer less. What follows from it is computed anew."""

from __future__ import annotations

import re
from typing import NamedTuple

from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.network.network import Node
from cnnspec.network.walk import AnyNode, Past
from cnnspec.values.shapes import Shape

_ASKS = re.compile(r"\.\s*(?:channels|height|width|depth|features)\b")


class Change(NamedTuple):
    """What is changed: the input, or what makes the value of this number. Without a shape and a layer, a layer is left out."""

    value: int
    shape: Shape | None = None
    layer: Layer | None = None


def can_replay(past: Past) -> bool:
    """Returns whether shapes alone decide what the network is: no expression of its files asks for the size of a value."""
    sources = {node.origin.word.source for node in past.nodes}
    return not any(_ASKS.search(source.text) for source in sources)


def replay(past: Past, change: Change) -> dict[int, Shape] | None:
    """Returns the values that get another shape, by number; None where something refuses it, or the author states otherwise."""
    changed: dict[int, Shape] = {}
    if change.shape is not None:
        changed[change.value] = change.shape
    first = max(change.value, past.declared)
    for number, node in enumerate(past.nodes[first - past.declared :], first):
        is_meant = number == change.value and change.shape is None
        if not is_meant and not any(value in changed for value in node.inputs):
            continue
        output = _output(past, node, changed, change if is_meant else None)
        if output is None:
            return None
        if output != node.output:
            changed[number] = output
    if any(value in changed and changed[value].sizes != sizes for value, sizes in past.stated):
        return None
    return changed


def _output(past: Past, node: AnyNode, changed: dict[int, Shape], change: Change | None) -> Shape | None:
    """Returns what a node gives now; None where it refuses, or went on from what the author expected instead of a shape."""
    taken = (node.input,) if isinstance(node, Node) else node.shapes
    if any(value in changed and past.shape(value).sizes != x.sizes for value, x in zip(node.inputs, taken, strict=True)):
        return None
    shapes = [changed.get(value, x) for value, x in zip(node.inputs, taken, strict=True)]
    try:
        if not isinstance(node, Node):
            return node.merge.infer(shapes)
        if change is not None:
            return shapes[0] if change.layer is None else change.layer.infer(shapes[0])
        if node.application and node.layer.weights(shapes[0]) != node.layer.weights(node.input):
            return None  # the weights are those of another place
        return node.layer.infer(shapes[0])
    except LayerProblem:
        return None
