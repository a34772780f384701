"""The head of a network: what its last layers with weights are, by the graph and not by their names."""

from __future__ import annotations

from collections.abc import Iterator

from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Network, Node


def head_layers(network: Network) -> tuple[str, ...]:
    """Returns the paths of the layers that make up the heads of a network: one for each output, several where they are merged.

    A head is the last convolution or linear layer that learns, with all that only passes its results on or scales them, as
    a norm behind it does: their sizes follow from it. What leads to such a layer is no head, also where a shortcut goes around.
    """
    return tuple(dict.fromkeys(name for value in network.returns for name in _head(network, value)))


def _head(network: Network, returned: int) -> Iterator[str]:
    """Yields the paths of the layers between a value and what its last learning layers take, these included."""
    first = len(network.inputs)
    passed_on, behind = {returned}, set[int]()  # values that come to the end as they are; those that a head is made from
    for value, node in reversed([*enumerate(network.nodes, first)]):
        if value in behind:
            behind.update(node.inputs)
            continue
        if value not in passed_on:
            continue
        is_last = isinstance(node, Node) and isinstance(node.layer, Weighted) and not node.layer.is_frozen
        (behind if is_last else passed_on).update(node.inputs)
        if isinstance(node, Node):
            yield node.name
