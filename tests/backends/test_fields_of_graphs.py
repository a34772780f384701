"""Receptive fields behind merges, held against the gradient of what the networks compute."""

from __future__ import annotations

import pytest
import torch
from checked_networks import SPECS, network
from graph_networks import Graph, computed
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.network.analyses.analysis import buffer_memory, receptive_fields, weight_memory
from cnnspec.network.analyses.memory import inference_memory
from cnnspec.network.network import Network

LENGTH = 96


def field(network: Network) -> tuple[int, ...]:
    return sizes(network)[-1]


def sizes(network: Network) -> list[tuple[int, ...]]:
    return [field.size for field in receptive_fields(network)]


def seen(network: Network, source: int = 0) -> tuple[int, ...]:
    """Returns from where to where, at most, one of the middle outputs depends on an input: where its gradient is not zero."""
    inputs = [torch.ones(1, *given.shape.sizes, requires_grad=True, dtype=torch.float64) for given in network.inputs]
    (output,) = computed(network, *inputs, weight=1.0)
    extents = [0] * (inputs[source].dim() - 2)
    positions = output.sum((0, 1)).flatten()
    middle = len(positions) // 2
    for position in positions[max(middle - 2, 0) : middle + 2]:
        (gradient,) = torch.autograd.grad(position, inputs[source], retain_graph=True)
        places = gradient.sum((0, 1)).nonzero()
        reach = places.max(0).values - places.min(0).values + 1
        extents = [max(pair) for pair in zip(extents, reach.tolist(), strict=True)]
    return tuple(extents)


def block(graph: Graph, value: int, draw: st.DrawFn) -> int:
    """Adds a residual, inception or dense block with random kernels behind a value, and returns what comes out."""
    kind = draw(st.sampled_from(["residual", "inception", "dense", "pool"]))
    kernels = st.sampled_from([1, 3, 5])
    channels = graph.shape(value).channels
    if kind == "pool":
        return graph.layer(value, "avgpool", kernel=draw(st.sampled_from([2, 3])), stride=2, padding=1)
    if kind == "residual":
        stride, kernel = draw(st.sampled_from([1, 2])), draw(kernels)
        main = graph.layer(value, "conv", out_channels=2, kernel=kernel, stride=stride, padding=kernel // 2)
        main = graph.layer(main, "conv", out_channels=2, kernel=3, padding=1)
        short = graph.layer(value, "conv", out_channels=2, kernel=1, stride=stride)
        return graph.merge("add", main, short)
    if kind == "dense":
        new = graph.layer(value, "conv", out_channels=1, kernel=3, dilation=draw(st.sampled_from([1, 2])), padding="same")
        return graph.merge("concat", value, new)
    branches = [graph.layer(value, "conv", out_channels=1, kernel=size, padding="same") for size in (1, draw(kernels))]
    branches.append(graph.layer(graph.layer(value, "zero_pad", padding=(1, 2)), "conv", out_channels=1, kernel=4))
    pooled = graph.layer(value, "avgpool", kernel=3, stride=1, padding=1)
    assert channels == graph.shape(pooled).channels
    return graph.merge("concat", *branches, pooled)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    graph = Graph((1, LENGTH))
    value = 0
    for _ in range(draw(st.integers(1, 4))):
        value = block(graph, value, draw)
    return graph.network(value)


@settings(max_examples=40, deadline=None)
@given(networks())
def test_what_the_gradient_says_of_residual_and_inception_networks(net: Network) -> None:
    (size,) = field(net)
    assert seen(net) == (size,) if size < LENGTH // 2 else seen(net)[0] <= size


def two_branches(first: dict[str, object], second: dict[str, object]) -> Network:
    graph = Graph((1, 40))
    a = graph.layer(0, "conv", out_channels=1, **first)
    return graph.network(graph.merge("add", a, graph.layer(0, "conv", out_channels=1, **second)))


def test_branches_that_look_to_different_sides_see_more_together() -> None:
    graph = Graph((1, 40))
    left = graph.layer(graph.layer(0, "zero_pad", padding=(4, 0)), "conv", out_channels=1, kernel=5)
    right = graph.layer(graph.layer(0, "zero_pad", padding=(0, 4)), "conv", out_channels=1, kernel=5)
    net = graph.network(graph.merge("add", left, right))
    assert sizes(net) == [(1,), (5,), (1,), (5,), (9,)]
    assert seen(net) == (9,)


def test_the_gradient_tells_fields_apart() -> None:
    wide = two_branches({"kernel": 5, "padding": 2}, {"kernel": 3, "padding": 1})
    narrow = two_branches({"kernel": 3, "padding": 1}, {"kernel": 3, "padding": 1})
    assert (field(wide), seen(narrow)) == ((5,), (3,))


ENLARGED: list[tuple[str, dict[str, object]]] = [
    ("upsample", {"scale_factor": 2}),
    ("conv_transpose", {"out_channels": 1, "kernel": 2, "stride": 2}),
    ("conv_transpose", {"out_channels": 1, "kernel": 4, "stride": 2, "padding": 1}),
    ("conv_transpose", {"out_channels": 1, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1}),
]


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize(("keyword", "arguments"), ENLARGED)
def test_a_skip_across_a_narrow_middle(keyword: str, arguments: dict[str, object], kernel: int) -> None:
    graph = Graph((1, 48))
    skip = graph.layer(0, "conv", out_channels=1, kernel=kernel, padding="same")
    middle = graph.layer(graph.layer(0, "avgpool", kernel=2), "conv", out_channels=1, kernel=3, padding=1)
    up = graph.layer(middle, keyword, **arguments)
    net = graph.network(graph.merge("concat", skip, up))
    assert field(net) == seen(net)
    assert list(receptive_fields(net))[-1].stride == (1,)


def test_a_gate_sees_everything_and_what_follows_no_more_than_that() -> None:
    graph = Graph((2, 20, 30))
    body = graph.layer(0, "conv", out_channels=4, kernel=3, padding=1)
    gate = graph.layer(graph.layer(body, "global_avgpool"), "conv", out_channels=4, kernel=1)
    gated = graph.merge("multiply", body, gate)
    net = graph.network(graph.layer(gated, "conv", out_channels=1, kernel=3, padding=1))
    assert sizes(net) == [
        (3, 3),
        (22, 32),
        (22, 32),
        (22, 32),
        (23, 33),
    ]  # with the padding
    assert list(receptive_fields(net))[-1].stride == (1, 1)
    assert seen(net) == (20, 30)


def test_a_gate_of_features() -> None:
    graph = Graph((2, 6, 6))
    flat = graph.layer(graph.layer(0, "flatten"), "linear", out_features=2)
    gate = graph.layer(flat, "reshape", sizes=(2, 1, 1))
    net = graph.network(graph.merge("multiply", 0, gate))
    assert field(net) == (6, 6) == seen(net)


def test_strides_that_differ() -> None:
    graph = Graph((1, 7))
    pooled = graph.layer(graph.layer(0, "avgpool", kernel=2, ceil_mode=True), "upsample", size=7)
    net = graph.network(graph.merge("add", 0, pooled))
    assert field(net) >= seen(net)
    assert list(receptive_fields(net))[-1].stride == list(receptive_fields(net))[1].stride


def test_several_inputs_are_seen_from_the_first() -> None:
    graph = Graph((1, 32), (1, 32), names=("left", "right"))
    left = graph.layer(0, "conv", out_channels=1, kernel=3, padding=1)
    right = graph.layer(1, "conv", out_channels=1, kernel=7, padding=3)
    net = graph.network(graph.merge("add", right, left))
    assert sizes(net) == [(3,), (7,), (3,)]
    assert (seen(net, 0), seen(net, 1)) == ((3,), (7,))


def test_memory_of_merges_and_reused_layers() -> None:
    graph = Graph((2, 8))
    encoder = graph.layer(0, "batchnorm")
    again = graph.again(0, encoder)
    net = graph.network(graph.merge("concat", encoder, again))
    assert (weight_memory(net), buffer_memory(net)) == (4 * 4, 4 * 4 + 8)
    assert inference_memory(net, 4) == 4 * (16 + 16 + 16 + 32)  # the input, both normalized, and both joined


def test_inception_v3_as_published() -> None:
    """Araujo et al. 2019, table of receptive fields: 1311 positions at an effective stride of 32, before the pool."""
    net = network((SPECS / "inception_v3.cnn").read_text(encoding="utf-8"), str(SPECS / "inception_v3.cnn"))
    pairs = zip(net.nodes, receptive_fields(net), strict=True)
    last = [found for node, found in pairs if node.output.sizes == (2048, 8, 8)][-1]
    assert (last.size, last.stride) == ((1311, 1311), (32, 32))
