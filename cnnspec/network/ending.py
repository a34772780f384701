"""What a value is the result of, past the layers that only arrange numbers anew, and what its numbers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.recipe.ending import Ending, LogAxes
from cnnspec.values.ranges import ALL

if TYPE_CHECKING:
    from cnnspec.layers.softmax import LogSoftmax


def ending(network: Network) -> Ending:
    """Returns what is known of the numbers of a network's first output."""
    value = network.returns[0]
    node = activation(network, value)
    last = _last_keyword(network, value)
    return Ending(last, network.ranges[value], None if node is None else node.keyword, _log_axes(network, value, 0))


def last_change(network: Network, value: int) -> Node | MergeNode | None:
    """Returns the last node that computes the numbers of a value; None where they are those of an input."""
    first = len(network.inputs)
    while value >= first:
        node = network.nodes[value - first]
        if not (isinstance(node, Node) and node.layer.is_view):
            return node
        value = node.inputs[0]
    return None


def activation(network: Network, value: int) -> Node | None:
    """Returns the last layer that by itself keeps the numbers of a value between the bounds that they have.

    None where they have no bounds, or several layers make these together.
    """
    first, goal = len(network.inputs), network.ranges[value]
    while network.ranges[value] != ALL:
        node = network.nodes[value - first]
        if isinstance(node, Node) and goal.covers(node.bounds([ALL])):
            return node
        value = node.inputs[0]
    return None


def _last_keyword(network: Network, value: int) -> str | None:
    """Returns the keyword of `last_change`, None for an input; of values that are concatenated, the one that they share."""
    node = last_change(network, value)
    if isinstance(node, MergeNode) and node.keyword == "concat":
        parts = {part.keyword if part is not None else None for part in (last_change(network, value) for value in node.inputs)}
        return parts.pop() if len(parts) == 1 else node.keyword
    return None if node is None else node.keyword


def _log_axes(network: Network, value: int, axis: int | None) -> LogAxes | None:
    """Returns the axes of the `log_softmax` from which the numbers along an axis of a value are picked; None without one."""
    first = len(network.inputs)
    while axis is not None and value >= first:
        node = network.nodes[value - first]
        if isinstance(node, MergeNode):
            return _log_axes_of_parts(network, node, axis)
        if node.keyword == "log_softmax":
            return LogAxes(cast("LogSoftmax", node.layer).along(node.input), axis)
        axis = node.layer.source_axis(node.input, node.output, axis)
        value = node.inputs[0]
    return None


def _log_axes_of_parts(network: Network, node: MergeNode, axis: int) -> LogAxes | None:
    """Returns what all concatenated values share; along the channels several distributions are none."""
    if node.keyword != "concat" or axis == 0:
        return None
    parts = {_log_axes(network, value, axis) for value in node.inputs}
    return parts.pop() if len(parts) == 1 else None
