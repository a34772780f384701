"""What layers refuse: which argument is at fault, and the words."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import lookup
from cnnspec.values.shapes import Shape

FLAT, SIGNAL, IMAGE, VOLUME = Shape((12,)), Shape((4, 10)), Shape((12, 8, 6)), Shape((2, 4, 4, 4))
SPLIT = Shape((8, 6), channels_first=False)

# keyword, arguments, input, code, argument at fault, words of the message, words of the help
CASES: list[tuple[str, dict[str, Any], Shape, str, str | None, str, str | None]] = [
    (
        "conv",
        {"out_channels": 4, "kernel": 9},
        IMAGE,
        "E0305",
        "kernel",
        "kernel of `conv` spans 9, but its input has a height",
        "at most 8",
    ),
    ("conv", {"out_channels": 4, "kernel": (3, 3, 3)}, IMAGE, "E0308", "kernel", "has 3 numbers", "or 2 of them"),
    (
        "conv",
        {"out_channels": 4, "kernel": 3, "groups": 5},
        IMAGE,
        "E0310",
        "groups",
        "input channels of `conv` (12)",
        "1, 2, 3, 4",
    ),
    ("conv", {"out_channels": 4, "kernel": 3, "groups": 3}, IMAGE, "E0310", "groups", "output channels of `conv` (4)", None),
    (
        "conv",
        {"out_channels": 4, "kernel": 3, "in_channels": 3},
        IMAGE,
        "E0302",
        "in_channels",
        "expects 3 input channels",
        None,
    ),
    ("conv", {"out_channels": 4, "kernel": 3}, FLAT, "E0306", None, "a flat value of 12", "before the `flatten`"),
    (
        "conv",
        {"out_channels": 4, "kernel": 3, "stride": 2, "padding": "same"},
        IMAGE,
        "E0311",
        "stride",
        "stride above 1",
        None,
    ),
    (
        "conv",
        {"out_channels": 4, "kernel": 3, "padding": 6, "padding_mode": "reflect"},
        IMAGE,
        "E0317",
        "padding",
        "would add 6 at one end of the width, but its input has values for at most 5",
        None,
    ),
    ("conv", {"out_channels": 4, "kernel": 3, "weight": ((1.0, 2.0),)}, IMAGE, "E0312", "weight", "shape 1x2", None),
    ("conv", {"out_channels": 4, "kernel": 3, "bias": False, "bias_value": 1.0}, IMAGE, "E0311", "bias_value", "no bias", None),
    ("conv_transpose", {"out_channels": 4, "kernel": 1, "padding": 4}, IMAGE, "E0309", "padding", "leave a height of 0", None),
    (
        "conv_transpose",
        {"out_channels": 4, "kernel": 3, "stride": 2, "output_padding": 2},
        IMAGE,
        "E0320",
        "output_padding",
        "`output_padding` of 2 must be smaller than the stride (2) or the dilation (1)",
        None,
    ),
    ("linear", {"out_features": 4}, IMAGE, "E0304", None, "needs a flat value", "`flatten`"),
    (
        "linear",
        {"out_features": 4, "in_features": 7},
        FLAT,
        "E0301",
        "in_features",
        "expects 7 input features, but 12 arrive",
        None,
    ),
    ("maxpool", {"kernel": 2}, FLAT, "E0306", None, "flat value", None),
    ("maxpool", {"kernel": 2, "padding": 2}, IMAGE, "E0316", "padding", "2, more than half of its kernel of 2", "at most 1"),
    ("maxpool", {"kernel": 7}, IMAGE, "E0305", "kernel", "but its input has a width of 6", None),
    ("maxpool", {"kernel": 2}, Shape((2, 4, 4, 4, 4)), "E0307", None, "values with 2 or 3 or 4 axes", None),
    ("avgpool", {"kernel": 2, "divisor_override": 2}, SIGNAL, "E0311", "divisor_override", "one spatial axis", None),
    ("avgpool", {"kernel": 5, "padding": 1}, VOLUME, "E0305", "kernel", "has a depth of", None),
    ("fractional_maxpool", {"kernel": 2}, IMAGE, "E0322", None, "needs `output_size` or `output_ratio`", None),
    (
        "fractional_maxpool",
        {"kernel": 2, "output_size": 2, "output_ratio": 0.5},
        IMAGE,
        "E0322",
        "output_ratio",
        "either `output_size` or `output_ratio`, not both",
        None,
    ),
    ("fractional_maxpool", {"kernel": 4, "output_size": 5}, IMAGE, "E0311", "kernel", "5 windows of 4", "at most 2"),
    ("fractional_maxpool", {"kernel": 1, "output_ratio": 0.1}, IMAGE, "E0309", "output_ratio", "a height of 0", None),
    ("adaptive_avgpool", {"output_size": (None,)}, SIGNAL, "E0311", "output_size", "as an integer", None),
    ("instancenorm", {}, Shape((3, 1, 1)), "E0321", None, "more than one value in each channel", None),
    ("batchnorm", {"num_features": 3}, IMAGE, "E0303", "num_features", "expects 3 channels, but 12 arrive", None),
    ("groupnorm", {"num_groups": 5}, IMAGE, "E0310", "num_groups", "not divisible by `num_groups` (5)", None),
    ("layernorm", {"normalized_shape": (8, 7)}, IMAGE, "E0303", "normalized_shape", "expects 8x7 values", None),
    ("local_response_norm", {"size": 5}, FLAT, "E0306", None, "flat value", None),
    ("channel_shuffle", {"groups": 5}, IMAGE, "E0310", "groups", "12", None),
    ("softmax", {"axis": 3}, IMAGE, "E0315", "axis", "no axis 3 to work on: 12x8x6 has 3 axes", "the batch is not counted"),
    ("glu", {}, Shape((3, 5)), "E0326", "axis", "its size of 5 is odd", None),
    ("prelu", {"num_parameters": 5}, IMAGE, "E0311", "num_parameters", "one for each of the 12, not 5", "in.channels"),
    ("rrelu", {"lower": 0.5, "upper": 0.1}, IMAGE, "E0311", "upper", "below `lower`", None),
    ("hardtanh", {"min_val": 1.0}, IMAGE, "E0311", "max_val", "not above `min_val`", None),
    ("celu", {"alpha": 0.0}, IMAGE, "E0311", "alpha", "divides by `alpha`", None),
    ("flatten", {"start_axis": 2, "end_axis": 0}, IMAGE, "E0311", "end_axis", "before its start", None),
    (
        "unflatten",
        {"axis": 0, "unflattened_size": (5, -1)},
        IMAGE,
        "E0323",
        "unflattened_size",
        "axis 0 of 12x8x6 has 12",
        None,
    ),
    ("reshape", {"sizes": (5, 5)}, FLAT, "E0323", "sizes", "12 has 12 elements, but (5, 5) has 25", None),
    ("reshape", {"sizes": (-1, -1)}, FLAT, "E0311", "sizes", "one of them may be -1", None),
    ("permute", {"axes": (0, 1)}, IMAGE, "E0324", "axes", "each axis of 12x8x6 once (0, 1, 2), not 0, 1", None),
    ("permute", {"axes": (0, 1, 3)}, IMAGE, "E0315", "axes", "no axis 3", None),
    ("slice", {"start": 0, "stop": 13}, IMAGE, "E0325", "stop", "but 12 arrive", None),
    ("slice", {"start": 12, "stop": 13}, IMAGE, "E0325", "start", "but 12 arrive", None),
    ("slice", {"start": 4, "stop": 4}, IMAGE, "E0325", "stop", "4 to 4 (excluded), which are none", None),
    ("pixel_shuffle", {"upscale_factor": 5}, IMAGE, "E0311", "upscale_factor", "12 channels", "divisible by 25"),
    ("pixel_shuffle", {"upscale_factor": 2}, VOLUME, "E0307", None, "values with 3 axes", None),
    ("pixel_unshuffle", {"downscale_factor": 4}, IMAGE, "E0310", "downscale_factor", "along the width", None),
    ("upsample", {}, IMAGE, "E0322", None, "needs `scale_factor` or `size`", None),
    ("upsample", {"scale_factor": 2, "size": 4}, IMAGE, "E0322", "size", "not both", None),
    ("upsample", {"scale_factor": 2, "mode": "trilinear"}, IMAGE, "E0311", "mode", "needs 3 spatial axes", "mode=linear"),
    ("upsample", {"scale_factor": 2, "align_corners": True}, IMAGE, "E0311", "align_corners", "no meaning", None),
    ("upsample", {"scale_factor": 0.1}, IMAGE, "E0309", "scale_factor", "a height of 0", None),
    ("zero_pad", {"padding": (1, 2, 3)}, IMAGE, "E0319", "padding", "one or 4 (two for each of 2 spatial axes)", "left, right"),
    ("zero_pad", {"padding": -4}, IMAGE, "E0309", "padding", "a height of 0", None),
    ("zero_pad", {"padding": (-7, 9, 0, 0)}, IMAGE, "E0318", "padding", "cut 7 from one end of a width of 6", None),
    ("reflection_pad", {"padding": 6}, IMAGE, "E0317", "padding", "at most 5", None),
    ("circular_pad", {"padding": 7}, IMAGE, "E0317", "padding", "at most 6", None),
    ("crop", {"cropping": (3, 3, 0, 0)}, IMAGE, "E0309", "cropping", "a width of 0", None),
    ("channel_dropout", {}, FLAT, "E0306", None, "flat value", None),
]


@pytest.mark.parametrize(("keyword", "arguments", "x", "code", "field", "words", "advice"), CASES)
def test_refusal(
    keyword: str, arguments: dict[str, Any], x: Shape, code: str, field: str | None, words: str, advice: str | None
) -> None:
    with pytest.raises(LayerProblem) as caught:
        layer(keyword, arguments).infer(x)
    problem = caught.value
    assert (problem.code, problem.field) == (code, field)
    assert words in problem.message
    assert advice is None or advice in str(problem.help)


# where people wonder: all of these run
ACCEPTED: list[tuple[str, dict[str, Any], Shape, tuple[int, ...]]] = [
    ("maxpool", {"kernel": 3, "stride": 2, "ceil_mode": True}, Shape((1, 2, 2)), (1, 1, 1)),
    ("maxpool", {"kernel": 3, "stride": 2, "ceil_mode": True}, Shape((64, 112, 112)), (64, 56, 56)),
    ("maxpool", {"kernel": (2,)}, IMAGE, (12, 4, 3)),
    ("conv", {"out_channels": 4, "kernel": 20, "padding": "same"}, IMAGE, (4, 8, 6)),
    ("conv", {"out_channels": 4, "kernel": 2, "padding": "same", "padding_mode": "reflect"}, IMAGE, (4, 8, 6)),
    ("conv_transpose", {"out_channels": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}, IMAGE, (4, 16, 12)),
    ("batchnorm", {}, Shape((3,)), (3,)),
    ("batchnorm", {}, Shape((3, 1, 1)), (3, 1, 1)),
    ("linear", {"out_features": 4}, SPLIT, (8, 4)),
    ("linear", {"out_features": 4, "in_features": 6}, IMAGE, (12, 8, 4)),
    ("adaptive_avgpool", {"output_size": (None, 20)}, IMAGE, (12, 8, 20)),
    ("upsample", {"scale_factor": 1.1}, Shape((1, 10, 9)), (1, 11, 9)),
    ("slice", {"start": -4, "stop": 12}, IMAGE, (4, 8, 6)),
    ("crop", {"cropping": (0, 1, 2, 3)}, IMAGE, (12, 3, 5)),
    ("zero_pad", {"padding": (0, 1, 2, 3)}, IMAGE, (12, 13, 7)),
    ("reshape", {"sizes": (-1, 2)}, FLAT, (6, 2)),
]


@pytest.mark.parametrize(("keyword", "arguments", "x", "sizes"), ACCEPTED)
def test_shape(keyword: str, arguments: dict[str, Any], x: Shape, sizes: tuple[int, ...]) -> None:
    assert layer(keyword, arguments).infer(x).sizes == sizes


@pytest.mark.parametrize(
    ("keyword", "arguments", "expected"),
    [
        ("conv", {"out_channels": 4, "kernel": 3}, (True, True)),
        ("maxpool", {"kernel": 2}, (True, True)),
        ("batchnorm", {}, (True, True)),
        ("layernorm", {"axis": "channels"}, (True, True)),
        ("zero_pad", {"padding": 1}, (True, True)),
        ("upsample", {"scale_factor": 2}, (True, True)),
        ("relu", {}, (True, False)),
        ("dropout", {}, (True, False)),
        ("layernorm", {}, (True, False)),
        ("layer_scale", {}, (True, False)),
        ("slice", {"start": 0, "stop": 2}, (True, False)),
        ("flatten", {}, (False, False)),
        ("permute", {"axes": (1, 2, 0)}, (False, False)),
        ("reshape", {"sizes": (12, 8, 6)}, (False, False)),
        ("unflatten", {"axis": 0, "unflattened_size": (3, 4)}, (False, False)),
    ],
)
def test_meaning_of_axes(keyword: str, arguments: dict[str, Any], expected: tuple[bool, bool]) -> None:
    """Whether the output is channels-first, after an input that is and one that is not."""
    images = (IMAGE, Shape(IMAGE.sizes, channels_first=False))
    assert tuple(layer(keyword, arguments).infer(x).channels_first for x in images) == expected


def layer(keyword: str, arguments: dict[str, Any]) -> Any:
    word = lookup(keyword)
    assert word is not None
    return word.kind.model_validate(arguments)
