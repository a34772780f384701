"""What a value is the result of, past the layers that only arrange numbers anew."""

from __future__ import annotations

from cnnspec.network.network import MergeNode, Network, Node

ARRANGES = frozenset({"flatten", "reshape", "unflatten", "permute", "slice", "identity"})


def last_change(network: Network, value: int) -> Node | MergeNode | None:
    """Returns the last node that computes the numbers of a value; None where they are those of an input."""
    first = len(network.inputs)
    while value >= first:
        node = network.nodes[value - first]
        if node.keyword not in ARRANGES:
            return node
        value = node.inputs[0]
    return None


def last_keyword(network: Network, value: int) -> str | None:
    """Returns the keyword of `last_change`, None for an input; of values that are concatenated, the one that they share."""
    node = last_change(network, value)
    if isinstance(node, MergeNode) and node.keyword == "concat":
        parts = {part.keyword if part is not None else None for part in (last_change(network, value) for value in node.inputs)}
        return parts.pop() if len(parts) == 1 else node.keyword
    return None if node is None else node.keyword
