"""Where cnnspec and torch disagree on purpose. This list is complete: every other disagreement fails the conformance tests.

Each exception has a witness, and a test shows that the disagreement is still there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cnnspec.layers.base import Layer
from cnnspec.values.shapes import Shape


@dataclass(frozen=True)
class Disagreement:
    """`applies` recognises the cases; the witness is (keyword, arguments, input)."""

    name: str
    reason: str
    applies: Callable[[Any, Shape], bool]
    witness: tuple[str, dict[str, Any], Shape]


def _has_long_tuple(layer: Layer, x: Shape) -> bool:
    """Returns whether an argument for each axis has more numbers than there are axes."""
    names = ("kernel", "stride", "padding", "dilation", "output_padding", "output_ratio", "output_size")
    values = [getattr(layer, name, None) for name in names]
    return any(isinstance(value, tuple) and len(value) > x.rank - 1 for value in values)


def _wraps_what_was_cut(layer: Any, x: Shape) -> bool:
    if layer.keyword != "circular_pad" or not isinstance(layer.padding, tuple):
        return False
    ends = zip(layer.padding[::2], layer.padding[1::2], reversed(x.spatial), strict=True)
    return any(min(pair) < 0 < max(pair) and max(pair) > size + min(pair) for *pair, size in ends)


def _reaches_the_batch(layer: Any, x: Shape) -> bool:
    names = set(type(layer).torch_axes.values())
    return any(getattr(layer, name) < -x.rank for name in names)


CNNSPEC_REFUSES = (
    Disagreement(
        "image into linear",
        "torch multiplies the last axis of an image, which is hardly ever meant",
        lambda layer, x: layer.keyword == "linear" and x.channels_first and x.rank > 1,
        ("linear", {"out_features": 10}, Shape((3, 8, 8))),
    ),
    Disagreement(
        "axis of the batch",
        "a negative number can reach the batch in torch; a spec never mentions it",
        _reaches_the_batch,
        ("softmax", {"axis": -2}, Shape((4,))),
    ),
    Disagreement(
        "pixel layers beside images",
        "torch takes the third axis from the end for the channels, be it the batch or the depth",
        lambda layer, x: layer.keyword in ("pixel_shuffle", "pixel_unshuffle") and x.rank != 3,
        ("pixel_shuffle", {"upscale_factor": 1}, Shape((4, 4, 4, 4))),
    ),
    Disagreement(
        "constant pad on fewer axes",
        "torch pads the last axes only when it gets fewer numbers; its documentation asks for two for each axis",
        lambda layer, x: (
            layer.keyword in ("zero_pad", "constant_pad")
            and isinstance(layer.padding, tuple)
            and len(layer.padding) < 2 * (x.rank - 1)
        ),
        ("zero_pad", {"padding": (1, 1)}, Shape((3, 8, 8))),
    ),
    Disagreement(
        "circular pad of what was cut",
        "where one side is padded with more values than the other side's crop leaves, torch returns memory that nobody wrote",
        _wraps_what_was_cut,
        ("circular_pad", {"padding": (3, -2)}, Shape((3, 4))),
    ),
    Disagreement(
        "more numbers than axes",
        "torch ignores surplus ratios, and pads the wrong axes where padding_mode is not zeros",
        _has_long_tuple,
        ("fractional_maxpool", {"kernel": 2, "output_ratio": (0.5, 0.5, 0.5, 0.9)}, Shape((3, 8, 8, 8))),
    ),
)

TORCH_REFUSES = (
    Disagreement(
        "one-axis lp_pool with a tuple",
        "torch multiplies by the tuple and fails; cnnspec hands it the number inside",
        lambda layer, x: layer.keyword == "lp_pool" and x.rank == 2 and isinstance(layer.kernel, tuple),
        ("lp_pool", {"norm_type": 2, "kernel": (2,)}, Shape((3, 8))),
    ),
)
