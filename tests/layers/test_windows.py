"""What one output position sees: extents and steps, held against torch's own definition where it has one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from cnnspec.layers.adaptive import adaptive_window
from cnnspec.layers.registry import lookup
from cnnspec.values.shapes import Shape

IMAGE = Shape((4, 12, 12))


def test_adaptive_window_is_the_largest_that_torch_uses() -> None:
    """torch's window i covers floor(i W/O) to ceil((i+1) W/O)."""
    for size in range(1, 30):
        for target in range(1, 30):
            widths = [-(-(i + 1) * size // target) - i * size // target for i in range(target)]
            assert adaptive_window((size,), (target,)).extent == (max(widths),), (size, target)


@pytest.mark.parametrize(
    ("keyword", "arguments", "extent", "stride"),
    [
        ("conv", {"out_channels": 4, "kernel": 3, "stride": 2, "dilation": 2}, (5, 5), (2, 2)),
        ("conv", {"out_channels": 4, "kernel": (1, 7), "padding": "same"}, (1, 7), (1, 1)),
        ("conv_transpose", {"out_channels": 4, "kernel": 4, "stride": 2}, (2, 2), (Fraction(1, 2),) * 2),
        ("conv_transpose", {"out_channels": 4, "kernel": 3, "stride": 1}, (3, 3), (1, 1)),
        ("maxpool", {"kernel": 2}, (2, 2), (2, 2)),
        ("maxpool", {"kernel": 3, "stride": 2, "dilation": 2}, (5, 5), (2, 2)),
        ("global_avgpool", {}, (12, 12), (12, 12)),
        ("adaptive_avgpool", {"output_size": 1}, (12, 12), (12, 12)),
        ("adaptive_avgpool", {"output_size": 4}, (3, 3), (3, 3)),
        ("fractional_maxpool", {"kernel": 2, "output_size": 6}, (2, 2), (2, 2)),
        ("upsample", {"scale_factor": 2}, (1, 1), (Fraction(1, 2),) * 2),
        ("upsample", {"scale_factor": 1.5, "mode": "linear"}, (2, 2), (Fraction(2, 3),) * 2),
        ("upsample", {"size": 24, "mode": "bicubic"}, (4, 4), (Fraction(1, 2),) * 2),
        ("pixel_shuffle", {"upscale_factor": 2}, (1, 1), (Fraction(1, 2),) * 2),
        ("pixel_unshuffle", {"downscale_factor": 3}, (3, 3), (3, 3)),
    ],
)
def test_window(keyword: str, arguments: dict[str, Any], extent: tuple[int, ...], stride: tuple[Any, ...]) -> None:
    word = lookup(keyword)
    assert word is not None
    assert word.kind.model_validate(arguments).window(IMAGE)[:2] == (extent, stride)


def test_elementwise_layers_have_no_window() -> None:
    word = lookup("relu")
    assert word is not None
    assert word.kind.model_validate({}).window(IMAGE) is None
