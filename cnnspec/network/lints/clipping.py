"""Between which bounds the numbers of each value lie, and which of them an activation leaves as they are. No torch."""

from __future__ import annotations

import math
from typing import NamedTuple, cast

from cnnspec.layers.base import Layer
from cnnspec.network.ending import ARRANGES
from cnnspec.network.network import MergeNode, Network, Node

# the numbers that come out are some of those that come in, or zeros of a pad; the largest ones, where several meet
MOVES = ARRANGES | frozenset(
    "maxpool adaptive_maxpool global_maxpool fractional_maxpool channel_shuffle pixel_shuffle pixel_unshuffle zero_pad crop "
    "reflection_pad replication_pad circular_pad".split()
)
# what comes out is not negative where nothing negative comes in
STAYS_POSITIVE = frozenset(
    "avgpool adaptive_avgpool global_avgpool lp_pool stochastic_pool dropout channel_dropout drop_path leaky_relu rrelu elu "
    "celu selu silu gelu mish hardswish softshrink hardshrink".split()
)


class Range(NamedTuple):
    """All numbers from `low` to `high`."""

    low: float
    high: float

    def covers(self, other: Range) -> bool:
        return self.low <= other.low and other.high <= self.high

    def clip(self, other: Range) -> Range:
        """Returns where the numbers of another range lie after they have been clipped to this one."""
        low, high = (min(max(bound, self.low), self.high) for bound in other)
        return Range(low, high)


ALL = Range(-math.inf, math.inf)
POSITIVE = Range(0, math.inf)
BOUNDED = {
    **dict.fromkeys(("sigmoid", "hardsigmoid", "softmax"), Range(0, 1)),
    **dict.fromkeys(("tanh", "softsign"), Range(-1, 1)),
    "softplus": POSITIVE,
}


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


def value_ranges(network: Network) -> list[Range]:
    """Returns for each value bounds of its numbers, as far as they follow from activations; the inputs are any numbers."""
    found = [ALL] * len(network.inputs)
    for node in network.nodes:
        arriving = [found[value] for value in node.inputs]
        found.append(_merged(node, arriving) if isinstance(node, MergeNode) else _given(node, arriving[0]))
    return found


def _given(node: Node, arriving: Range) -> Range:
    keyword = node.keyword
    if keyword in BOUNDED:
        return BOUNDED[keyword]
    if keyword in ("relu", "relu6", "hardtanh"):
        return told_apart(node.layer).clip(arriving)
    if keyword in MOVES:
        return _around([arriving, Range(0, 0)]) if keyword == "zero_pad" else arriving
    if keyword == "upsample" and getattr(node.layer, "mode", None) != "bicubic":
        return POSITIVE if arriving.low >= 0 else ALL
    return POSITIVE if keyword in STAYS_POSITIVE and arriving.low >= 0 else ALL


def _merged(node: MergeNode, arriving: list[Range]) -> Range:
    if node.keyword == "concat":
        return _around(arriving)
    return POSITIVE if all(part.low >= 0 for part in arriving) else ALL


def _around(parts: list[Range]) -> Range:
    return Range(min(part.low for part in parts), max(part.high for part in parts))


def _number(layer: Layer, argument: str) -> float:
    return float(cast(float, getattr(layer, argument)))
