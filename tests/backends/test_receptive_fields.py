from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from checked_networks import chain, lenet

from cnnspec.backends.torch_module import build
from cnnspec.network.analyses.analysis import buffer_memory, receptive_fields, weight_memory
from cnnspec.network.analyses.reach import regroup
from cnnspec.network.network import Network

WIDTHS = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0)
VGG16 = [f"conv {width}, kernel=3, padding=1" if width else "maxpool 2" for width in WIDTHS]


def fields(network: Network) -> list[tuple[int, ...]]:
    return [field.size for field in receptive_fields(network)]


def seen(network: Network) -> tuple[int, ...]:
    """Returns the largest extent, per axis of the input, of what one output depends on: where its gradient is not zero."""
    model = build(network).eval()
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter.requires_grad_(False), 0.5, 1)
    samples = torch.rand(8, *network.input.sizes, requires_grad=True)
    extents = [0] * (network.input.rank - 1)
    for output in model(samples).sum(0).flatten():
        (gradient,) = torch.autograd.grad(output, samples, retain_graph=True)
        places = gradient.abs().sum((0, 1)).nonzero()
        if len(places):
            reach = places.max(0).values - places.min(0).values + 1
            extents = [max(pair) for pair in zip(extents, reach.tolist(), strict=True)]
    return tuple(extents)


def test_lenet() -> None:
    sizes = [(5, 5), (5, 5), (6, 6), (14, 14), (14, 14), (16, 16), (16, 16)]
    assert fields(lenet()) == [*sizes, *[(32, 32)] * 5]  # 28 positions and the padding on both sides


def test_vgg16_as_published() -> None:
    """Araujo et al. 2019, table of receptive fields: 212 positions at an effective stride of 32."""
    found = list(receptive_fields(chain("3x224x224", *VGG16)))
    assert found[-1].size == (212, 212)
    assert found[-1].stride == (32, 32)
    assert found[-2].size == (196, 196)


def test_alexnet_as_published() -> None:
    """Araujo et al. 2019: AlexNet v2 up to its last pool sees 195 positions at an effective stride of 32."""
    lines = ["conv 64, 11, stride=4", "maxpool 3, stride=2", "conv 192, 5, padding=2", "maxpool 3, stride=2"]
    lines += ["conv 384, 3, padding=1", "conv 384, 3, padding=1", "conv 256, 3, padding=1", "maxpool 3, stride=2"]
    last = list(receptive_fields(chain("3x224x224", *lines)))[-1]
    assert (last.size, last.stride) == ((195, 195), (32, 32))


@pytest.mark.parametrize(
    ("shape", "lines"),
    [
        ("1x24", ["conv 2, 3, dilation=2", "avgpool 2", "conv 1, 3"]),
        ("1x25", ["conv 2, 5, stride=3, padding=2", "lp_pool 2, kernel=2, stride=1"]),
        ("2x16x14", ["conv 2, 3x1, stride=(2, 1)", "avgpool (1, 2)", "conv 1, (2, 3), padding=1"]),
        ("1x9x9x9", ["conv 1, 3", "avgpool 2"]),
        ("1x12", ["conv_transpose 1, 3, stride=2", "conv 1, 3"]),
        ("1x12", ["conv_transpose 1, 4, stride=2, padding=1"]),
        ("1x12", ["conv_transpose 1, 5, stride=2, dilation=2"]),
        ("1x12", ["upsample 2", "conv 1, 2"]),
        ("1x10", ["avgpool 2", "upsample 2", "conv 1, 3"]),
        ("1x12x12", ["upsample 2, mode=linear"]),
        ("4x6x6", ["pixel_shuffle 2", "conv 1, 3"]),
        ("1x12x12", ["pixel_unshuffle 2", "conv 1, 2"]),
        ("1x12", ["zero_pad (3, -2)", "conv 1, 3"]),
        ("1x13", ["conv 1, 3", "adaptive_avgpool 4"]),
        ("1x8x9", ["conv 2, 3", "global_avgpool"]),
        ("2x8x9", ["conv 2, 3", "flatten", "linear 3"]),
        ("2x8x9", ["conv 2, 3", "flatten 1", "linear 3"]),
        ("2x8x9", ["conv 2, 3", "permute 1, 2, 0", "linear 3"]),
        ("2x8x9", ["conv 2, 3", "linear 3, in_features=7"]),
        ("2x8x9", ["conv 4, 3", "permute 1, 0, 2", "conv 1, 3"]),
        ("2x8x8", ["flatten", "unflatten 0, 2x8x8", "identity"]),
        ("3x8", ["channel_shuffle 3", "slice 0, 1", "conv 1, 2"]),
    ],
)  # fmt: skip
def test_what_the_gradient_says(shape: str, lines: list[str]) -> None:
    net = chain(shape, *lines)
    assert fields(net)[-1] == seen(net)


def test_two_halves_that_meet_are_not_underestimated() -> None:
    net = chain("2x6", "glu axis=1")
    assert (seen(net), fields(net)[-1]) == ((4,), (6,))


def test_the_gradient_tells_fields_apart() -> None:
    assert seen(chain("1x12", "conv 1, 3")) != fields(chain("1x12", "conv 1, 5"))[-1]
    assert seen(chain("1x12", "conv 1, 3", "avgpool 2")) == (4,)


def test_strides_below_one() -> None:
    (field,) = receptive_fields(chain("1x8", "conv_transpose 1, 4, stride=2, padding=1"))
    assert field.stride == (Fraction(1, 2),)


def test_without_positions_there_is_no_field() -> None:
    assert fields(chain("8", "linear 4", "relu")) == [(), ()]


def test_splitting_what_was_flattened_loses_no_position() -> None:
    assert fields(chain("2x8x8", "flatten", "unflatten 0, 4x4x8", "conv 1, 3"))[-1] == (8, 8)
    assert fields(chain("2x8x8", "flatten", "linear 16", "unflatten 0, 1x4x4", "conv 1, 3"))[-1] == (8, 8)


@pytest.mark.parametrize(
    ("before", "groups", "after", "expected"),
    [
        ((16, 5, 5), ((), (0,), (1,)), (400,), ((0, 1),)),
        ((16, 5, 5), ((), (0,), (1,)), (16, 25), ((), (0, 1))),
        ((16, 25), ((), (0, 1)), (16, 5, 5), ((), (0, 1), (0, 1))),
        ((16, 1, 1), ((), (0,), (1,)), (16,), ((0, 1),)),
        ((4, 6), ((), (0,)), (6, 4), ((0,), (0,))),
        ((4, 6), ((), (0,)), (1, 4, 6, 1), ((), (), (0,), ())),
        ((1, 4), ((), (0,)), (4,), ((0,),)),
    ],
)
def test_reshapes(
    before: tuple[int, ...], groups: tuple[tuple[int, ...], ...], after: tuple[int, ...], expected: object
) -> None:
    assert regroup(before, groups, after) == expected


def test_memory() -> None:
    net = chain("3x8x8", "conv 4, 3", "batchnorm", "flatten")
    state = build(net).state_dict()
    parameters = dict(build(net).named_parameters())
    assert weight_memory(net) == sum(value.nbytes for value in parameters.values())
    assert buffer_memory(net) == sum(value.nbytes for name, value in state.items() if name not in parameters)
