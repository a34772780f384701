"""Which outputs see padding, and where the middle of what they see lies, held against masks that run through the network."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from checked_networks import chain
from graph_networks import Graph

from cnnspec.network.analyses.analysis import receptive_fields
from cnnspec.network.network import Network, Node

STEPS = ("conv", "conv", "maxpool", "zero_pad", "dilated", "ceil", "add", "upsample", "linear", "transpose", "crop")


def masked(net: Network) -> list[torch.Tensor]:
    """Returns for each value a mask of one channel, 1 where the position sees padding: edges are padded with ones."""
    masks = [torch.zeros(1, 1, *net.input.spatial)]
    for node in net.nodes:
        arriving = [masks[value] for value in node.inputs]
        masks.append(
            behind(node, arriving[0]) if isinstance(node, Node) else torch.stack(torch.broadcast_tensors(*arriving)).amax(0)
        )
        assert masks[-1].shape[2:] == node.output.spatial
    return masks


def behind(node: Node, mask: torch.Tensor) -> torch.Tensor:
    """Returns the mask behind a layer with one spatial axis."""
    layer, keyword = node.layer, node.keyword
    named = layer.model_dump()
    if keyword in ("conv", "maxpool", "avgpool"):
        mask = F.pad(mask, (named["padding"],) * 2, value=1.0)
        stride = named["stride"] or named["kernel"]
        return F.max_pool1d(mask, named["kernel"], stride, 0, named.get("dilation", 1), named.get("ceil_mode", False))
    if keyword == "conv_transpose":
        outside = named["kernel"]  # so many positions on each side that nothing beyond them is seen
        whole = F.conv_transpose1d(
            F.pad(mask, (outside,) * 2, value=1.0), torch.ones(1, 1, named["kernel"]), stride=named["stride"]
        )
        begin = outside * named["stride"] + named["padding"]
        return (whole[..., begin : begin + node.output.spatial[0]] > 0).float()
    if keyword == "zero_pad":
        return F.pad(mask, named["padding"], value=1.0)
    if keyword == "crop":
        return F.pad(mask, [-amount for amount in named["cropping"]])
    if keyword == "upsample":
        return (F.interpolate(mask, scale_factor=2, mode=named["mode"]) > 0).float()
    assert keyword == "global_avgpool"
    return mask.amax(-1, keepdim=True)


def random_chain(seed: int) -> Network:
    """Returns a network of one to five random steps along one axis."""
    draw = random.Random(seed)
    graph = Graph((1, draw.randint(20, 40)))
    value = 0
    for step in draw.choices(STEPS, k=draw.randint(1, 5)):
        kernel, margin = draw.randint(1, 5), draw.randint(0, 2)
        if step == "conv":
            value = graph.layer(value, "conv", out_channels=1, kernel=kernel, stride=draw.randint(1, 2), padding=margin)
        elif step == "dilated":
            value = graph.layer(value, "conv", out_channels=1, kernel=2, dilation=draw.randint(1, 3), padding=margin)
        elif step == "maxpool":
            value = graph.layer(value, "maxpool", kernel=2, stride=draw.randint(1, 2), padding=draw.randint(0, 1))
        elif step == "ceil":
            value = graph.layer(value, "maxpool", kernel=3, stride=3, ceil_mode=graph.shape(value).spatial[0] % 3 == 0)
        elif step == "zero_pad":
            value = graph.layer(value, "zero_pad", padding=(draw.randint(0, 2), draw.randint(0, 2)))
        elif step == "crop":
            value = graph.layer(value, "crop", cropping=(draw.randint(0, 1), draw.randint(0, 1)))
        elif step == "upsample":
            value = graph.layer(value, "upsample", scale_factor=2)
        elif step == "linear":
            value = graph.layer(value, "upsample", scale_factor=2, mode="linear")
        elif step == "transpose":
            value = graph.layer(
                value, "conv_transpose", out_channels=1, kernel=draw.choice([2, 4]), stride=2, padding=margin % 2
            )
        else:
            branch = graph.layer(value, "conv", out_channels=1, kernel=3, padding=1)
            value = graph.merge("add", value, branch)
        if graph.shape(value).spatial[0] < 6:
            break
    if draw.random() < 0.2:
        value = graph.merge("multiply", value, graph.layer(value, "global_avgpool"))
    return graph.network(value)


def shares(net: Network) -> list[float | None]:
    return [field.border[0] for field in receptive_fields(net)]


@pytest.mark.parametrize("seed", range(150))
def test_masks_see_the_same_padding(seed: int) -> None:
    net = random_chain(seed)
    expected = [float((mask > 0).float().mean()) for mask in masked(net)[1:]]
    assert shares(net) == pytest.approx(expected, abs=1e-6), [node.layer for node in net.layers]


def test_borders_of_an_image() -> None:
    (conv, pool) = receptive_fields(chain("3x8x10", "conv 4, 3, padding=1", "maxpool 2"))
    assert conv.border == (2 / 8, 2 / 10)
    assert conv.whole_border == pytest.approx((80 - 6 * 8) / 80)
    assert pool.border == (2 / 4, 2 / 5)
    assert [field.whole_border for field in receptive_fields(chain("3x8x10", "conv 4, 3"))] == [0]


def test_without_positions_nothing_sees_padding() -> None:
    (field,) = receptive_fields(chain("8", "linear 4"))
    assert (field.border, field.whole_border, field.offset) == ((), 0, ())


def test_flattened_features_see_what_all_see() -> None:
    fields = list(receptive_fields(chain("1x8x8", "conv 1, 3, padding=1", "flatten", "linear 2")))
    assert fields[-1].border == (1, 1)
    assert list(receptive_fields(chain("1x8x8", "conv 1, 3", "flatten", "linear 2")))[-1].border == (0, 0)


@pytest.mark.parametrize(
    ("lines", "offset"),
    [
        (["conv 1, 3"], 1),
        (["conv 1, 3, padding=1"], 0),
        (["conv 1, 5, padding=1"], 1),
        (["maxpool 2"], Fraction(1, 2)),
        (["maxpool 2", "conv 1, 3"], Fraction(5, 2)),
        (["conv 1, 4, stride=4"] * 2, Fraction(15, 2)),
        (["zero_pad (3, 0)", "conv 1, 3"], -2),
        (["upsample 2"], Fraction(-1, 4)),
    ],
)
def test_offsets(lines: list[str], offset: object) -> None:
    """Araujo et al. 2019: output 0 begins at -padding of each layer, times the strides before it."""
    *_, field = receptive_fields(chain("1x64", *lines))
    assert field.offset == (offset,)


def test_the_middle_of_the_gradient_is_the_offset() -> None:
    net = chain("1x64", "conv 1, 5, stride=2, padding=1", "maxpool 3, stride=2", "conv 1, 3")
    *_, field = receptive_fields(net)
    position = 4
    seen = []
    for place in range(64):
        value = torch.zeros(1, 1, 64)
        value[..., place] = 1
        for node in net.layers:
            named = node.layer.model_dump()
            value = F.pad(value, (named["padding"],) * 2)
            value = F.max_pool1d(value, named["kernel"], named["stride"])
        if value[..., position] > 0:
            seen.append(place)
    assert Fraction(seen[0] + seen[-1], 2) == field.offset[0] + position * field.stride[0]


def test_other_padding_would_be_noticed() -> None:
    narrow, wide = chain("1x20", "conv 1, 3, padding=1"), chain("1x20", "conv 1, 5, padding=2")
    assert shares(narrow) == pytest.approx([float(masked(narrow)[-1].mean())])
    assert shares(wide) != pytest.approx([float(masked(narrow)[-1].mean())])
