"""Symbolic shapes and valid sizes, against the walk with numbers and against torch itself, for random networks."""

from __future__ import annotations

from random import Random

import pytest
import torch

from cnnspec.backends.torch_module import build
from cnnspec.compiler import Options, check_source
from cnnspec.layers.problems import LayerProblem
from cnnspec.network.network import MergeNode, Network
from cnnspec.network.symbolic.valid_sizes import ValidSizes, valid_sizes
from cnnspec.source import Source
from cnnspec.values.shapes import Shape
from cnnspec.values.sizes import value_at
from tests.network.resizing_networks import CHANNELS, resizing_network

LARGEST = 300


def symbolic(text: str) -> Network | None:
    """Returns the network with symbols for its sizes, None where no size at all is right."""
    result = check_source(Source("resizing.cnn", text))
    return result.networks[0] if result.ok else None


def concrete(text: str, sizes: tuple[int, ...]) -> Network | None:
    result = check_source(Source("resizing.cnn", text), Options(input=(CHANNELS, *sizes)))
    return result.networks[0] if result.ok else None


def named(sizes: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(("H", "W")[-len(sizes) :], sizes, strict=True))


def disagreements(text: str, valid: ValidSizes | None, sizes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Returns the sizes that are in the set and are refused as numbers, or the other way round; none where it is open."""
    if valid is not None and not valid.is_exact:
        return []
    return [one for one in sizes if (concrete(text, one) is not None) != (valid is not None and named(one) in valid)]


def shapes_at(network: Network, sizes: tuple[int, ...]) -> list[Shape] | None:
    """Returns all shapes of a network for one input, by the rules of its layers; None where one of them refuses it."""
    values = [Shape((CHANNELS, *sizes))]
    try:
        for node in network.nodes:
            if isinstance(node, MergeNode):
                values.append(node.merge.infer([values[value] for value in node.inputs]))
            else:
                values.append(node.layer.infer(values[node.inputs[0]]))
    except LayerProblem:
        return None
    return values[1:]


def drawn(random: Random, axes: int, count: int) -> list[tuple[int, ...]]:
    return [tuple(random.randint(1, LARGEST // random.choice([1, 1, 8])) for _ in range(axes)) for _ in range(count)]


def check_one(seed: int) -> tuple[bool, bool]:
    """Holds one random network against the walk with numbers; returns whether any size is valid, and whether that is exact."""
    random = Random(seed)
    axes = random.choice([1, 2])
    text = resizing_network(random, axes)
    network = symbolic(text)
    valid = None if network is None else valid_sizes(network)
    few = [(number,) * axes for number in range(1, 8)] + drawn(random, axes, 3)
    assert disagreements(text, valid, few) == [], text
    if network is None or valid is None:
        return False, True
    for sizes in [(number,) * axes for number in range(8, 41)] + drawn(random, axes, 50):
        shapes = shapes_at(network, sizes)
        assert not valid.is_exact or (shapes is not None) == (named(sizes) in valid), (text, sizes)
        if shapes is None or any(named(sizes) in way for way in valid.spread):
            continue
        for node, shape in zip(network.nodes, shapes, strict=True):
            assert tuple(value_at(size, named(sizes)) for size in node.output.sizes) == shape.sizes, (
                text,
                sizes,
                str(node.output),
            )
    return True, valid.is_exact


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_formulas_and_valid_sizes_agree_with_numbers(start: int) -> None:
    outcomes = [check_one(seed) for seed in range(start, start + 20)]
    assert sum(valid for valid, _ in outcomes) >= 8
    assert sum(exact for _, exact in outcomes) >= 18


@pytest.mark.slow
def test_formulas_and_valid_sizes_agree_with_numbers_for_long() -> None:
    outcomes = [check_one(seed) for seed in range(1_000, 3_000)]
    assert sum(exact for _, exact in outcomes) >= 1_800


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_valid_sizes_are_those_that_torch_takes(start: int) -> None:
    assert torch_agrees(range(start, start + 20)) >= 8


@pytest.mark.slow
def test_valid_sizes_are_those_that_torch_takes_for_long() -> None:
    assert torch_agrees(range(1_000, 3_000)) >= 800


def torch_agrees(seeds: range) -> int:
    """Holds random networks against torch at all sizes up to LARGEST; returns how many have valid sizes."""
    compared = 0
    for seed in seeds:
        text = resizing_network(Random(seed), 1)
        network = symbolic(text)
        if network is None:
            continue
        valid = valid_sizes(network)
        if not valid.is_exact:
            continue
        compared += 1
        model = build(network).eval()
        for size in range(1, LARGEST + 1):
            assert ({"W": size} in valid) == takes(model, torch.zeros(1, CHANNELS, size)), (text, size)
    return compared


@torch.inference_mode()
def takes(model: torch.nn.Module, x: torch.Tensor) -> bool:
    """Returns whether torch computes something of `x`, no value on the way being empty."""
    empty: list[bool] = []
    hooks = [
        module.register_forward_hook(lambda _module, _arguments, output: empty.append(output.numel() == 0))
        for module in model.modules()
    ]
    try:
        model(x)
    except (RuntimeError, ValueError):
        return False
    finally:
        for hook in hooks:
            hook.remove()
    return not any(empty)


def test_the_comparison_can_fail() -> None:
    text = "network N {\n    input 2xW\n    maxpool 2, stride=2\n    upsample 2\n}\n"
    network = symbolic(text)
    assert network is not None
    valid = valid_sizes(network)
    assert disagreements(text, valid, [(1,), (2,), (3,)]) == []
    assert disagreements(text, None, [(1,), (2,)]) == [(2,)]
    assert not takes(build(network), torch.zeros(1, CHANNELS, 1))
