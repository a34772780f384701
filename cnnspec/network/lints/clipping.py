"""Which numbers an activation leaves as they are, and which it tells apart; and layers that only move numbers. No torch."""

from __future__ import annotations

import math
from typing import cast

from cnnspec.layers.base import Layer
from cnnspec.network.network import MergeNode, Node
from cnnspec.values.ranges import ALL, POSITIVE, Range

# the numbers that come out are some of those that come in, or zeros of a pad; the largest ones, where several meet
MOVES = frozenset(
    "maxpool adaptive_maxpool global_maxpool fractional_maxpool channel_shuffle pixel_shuffle pixel_unshuffle zero_pad crop "
    "reflection_pad replication_pad circular_pad concat".split()
)


def moves(node: Node | MergeNode) -> bool:
    """Returns whether a node only moves numbers, and leaves some of them out."""
    return node.keyword in MOVES or (isinstance(node, Node) and node.layer.is_view)


def kept(layer: Layer) -> Range | None:
    """Returns the numbers that an activation leaves as they are, None for none; the others stay on their side of these."""
    match layer.keyword:
        case "relu":
            return POSITIVE
        case "relu6":
            return Range(0, 6)
        case "hardtanh":
            return Range(_number(layer, "min_val"), _number(layer, "max_val"))
        case "hardswish":
            return Range(3, math.inf)
        case "threshold" if _number(layer, "threshold") == _number(layer, "value"):
            return Range(_number(layer, "value"), math.inf)
        case "leaky_relu" | "rrelu" | "elu" | "celu" as keyword:
            bend = {"leaky_relu": "negative_slope", "rrelu": "lower"}.get(keyword, "alpha")
            return POSITIVE if _number(layer, bend) >= 0 else None
        case "dropout" | "channel_dropout" if _number(layer, "p") == 0:
            return ALL
    return None


def told_apart(layer: Layer) -> Range:
    """Returns the numbers among which a layer makes a difference: it gives the same for all below them, and for all above."""
    match layer.keyword:
        case "relu" | "relu6" | "hardtanh":
            return kept(layer) or ALL
        case "threshold":
            return Range(_number(layer, "threshold"), math.inf)
        case "hardsigmoid":
            return Range(-3, 3)
        case "hardswish":
            return Range(-3, math.inf)
    return ALL


def _number(layer: Layer, argument: str) -> float:
    return float(cast(float, getattr(layer, argument)))
