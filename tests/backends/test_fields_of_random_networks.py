"""Receptive fields of random networks, against where the gradient of the middle outputs is not zero.

All weights are 1, and max pools average, so that nothing cancels and every position counts.
"""

from __future__ import annotations

import random

import pytest
import torch
from graph_networks import Graph, computed

from cnnspec.network.analyses.analysis import receptive_fields
from cnnspec.network.network import Network

LENGTH, SIDE = 128, 40
MIDDLE = 4  # positions on each side of the middle: where branches resample, not all of them see the most


def random_graph(seed: int, pool: str) -> Network:
    """Returns a chain or a graph of random blocks along one axis or two; `pool` is the word for its pools."""
    draw = random.Random(seed)
    rank = 1 if draw.random() < 0.7 else 2
    graph = Graph((2, LENGTH) if rank == 1 else (2, SIDE, SIDE))
    value = 0
    for _ in range(draw.randint(1, 5)):
        value = block(graph, value, draw, pool)
        if min(graph.shape(value).spatial) < 12:
            break
    return graph.network(value)


def conv(graph: Graph, value: int, draw: random.Random, stride: int = 1, size: int | None = None) -> int:
    """Adds a convolution that keeps the size but for its stride, with an odd kernel."""
    kernel, dilation = size or draw.choice((1, 3, 5)), draw.choice((1, 1, 2))
    margin = dilation * (kernel - 1) // 2
    return graph.layer(value, "conv", out_channels=2, kernel=kernel, stride=stride, padding=margin, dilation=dilation)


def block(graph: Graph, value: int, draw: random.Random, pool: str) -> int:
    kind = draw.choice(("conv", "any", "pool", "residual", "inception", "dense", "up", "hourglass"))
    if kind == "conv":
        return conv(graph, value, draw, stride=draw.choice((1, 2)))
    if kind == "any":
        kernel, margin = draw.randint(1, 6), draw.randint(0, 3)
        named = {"stride": draw.randint(1, 3), "padding": margin, "dilation": draw.randint(1, 2)}
        return graph.layer(value, "conv", out_channels=2, kernel=kernel, **named)
    if kind == "pool":
        kernel = draw.choice((2, 3))
        return graph.layer(value, pool, kernel=kernel, stride=draw.choice((1, 2)), padding=draw.randint(0, 1))
    if kind == "residual":
        stride = draw.choice((1, 2))
        main = conv(graph, conv(graph, value, draw, stride), draw)
        return graph.merge("add", main, conv(graph, value, draw, stride, size=1))
    if kind == "dense":
        return graph.layer(graph.merge("concat", value, conv(graph, value, draw)), "conv", out_channels=2, kernel=1)
    if kind == "up":
        named = draw.choice(({"kernel": 2, "stride": 2}, {"kernel": 4, "stride": 2, "padding": 1}))
        return graph.layer(value, "conv_transpose", out_channels=2, **named)
    if kind == "hourglass":
        even = graph.layer(value, "zero_pad", padding=(0, 1) * (graph.shape(value).rank - 1))
        size = graph.shape(even).spatial
        if any(amount % 2 for amount in size):
            return conv(graph, value, draw)
        down = conv(graph, graph.layer(even, pool, kernel=2), draw)
        up = graph.layer(down, "conv_transpose", out_channels=2, kernel=2, stride=2)
        return graph.merge("add", conv(graph, even, draw, size=1), up)
    branches = [conv(graph, value, draw) for _ in range(draw.randint(2, 3))]
    branches.append(graph.layer(value, pool, kernel=3, stride=1, padding=1))
    return graph.layer(graph.merge("concat", *branches), "conv", out_channels=2, kernel=1)


def seen(net: Network) -> tuple[int, ...]:
    """Returns from where to where, at most, one of the middle outputs depends on the input, per axis."""
    value = torch.ones(1, *net.input.sizes, requires_grad=True, dtype=torch.float64)
    (output,) = computed(net, value, weight=1.0)
    summed = output.sum((0, 1))
    extents = [0] * (value.dim() - 2)
    for step in range(-MIDDLE, MIDDLE):
        place = tuple(min(max(size // 2 + step, 0), size - 1) for size in summed.shape)
        (gradient,) = torch.autograd.grad(summed[place], value, retain_graph=True)
        places = gradient.sum((0, 1)).nonzero()
        if not len(places):
            continue  # a small output, of which this position sees nothing but padding
        reach = places.max(0).values - places.min(0).values + 1
        extents = [max(pair) for pair in zip(extents, reach.tolist(), strict=True)]
    return tuple(extents)


def verify(seed: int) -> bool:
    """Returns whether a network was small enough to say anything; raises where the gradient says something else.

    Where something is enlarged, neighbouring outputs see different numbers of positions, and the field is that of their mean:
    there it is off by one position of the coarsest value at most.
    """
    net = random_graph(seed, "maxpool")
    fields = list(receptive_fields(net))
    size = fields[-1].size
    if any(3 * extent > whole for extent, whole in zip(size, net.input.spatial, strict=True)):
        return False
    is_enlarged = any(node.keyword == "conv_transpose" for node in net.nodes)
    margin = max(max(field.stride) for field in fields) if is_enlarged else 0
    found = seen(random_graph(seed, "avgpool"))
    differences = [abs(one - other) for one, other in zip(found, size, strict=True)]
    assert max(differences) <= margin, f"{found}, not {size}: {[node.keyword for node in net.nodes]}"
    return True


@pytest.mark.parametrize("first", range(0, 120, 20))
def test_what_the_gradient_says_of_random_networks(first: int) -> None:
    assert sum(map(verify, range(first, first + 20))) >= 10


@pytest.mark.slow
def test_what_the_gradient_says_of_500_random_networks() -> None:
    compared = 0
    for seed in range(10_000):
        compared += verify(seed)
        if compared == 500:
            return
    raise AssertionError(f"only {compared} networks were small enough")


def test_the_gradient_tells_fields_apart() -> None:
    graph, other = Graph((2, LENGTH)), Graph((2, LENGTH))
    narrow = graph.network(graph.layer(0, "conv", out_channels=2, kernel=3, padding=1))
    wide = other.network(other.layer(0, "conv", out_channels=2, kernel=5, padding=2))
    assert seen(narrow) == (3,) != tuple(receptive_fields(wide))[-1].size
