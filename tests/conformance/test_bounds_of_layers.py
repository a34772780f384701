"""What layers say of the numbers that they give, against those that torch gives: their range, and which they pick."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import pytest
import torch
from hypothesis import HealthCheck, given, seed, settings
from layer_strategies import cases
from torch import nn

from cnnspec.backends.torch_module import construct
from cnnspec.layers.activation import Sigmoid, Tanh
from cnnspec.layers.base import Layer
from cnnspec.layers.merges import MERGES
from cnnspec.layers.padding import ZeroPad
from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import all_kinds
from cnnspec.values.ranges import ALL, Range, around
from cnnspec.values.shapes import Shape

KINDS = all_kinds()
RANGES = (Range(0, 1), Range(0, 5), Range(-3, 2), Range(-4, -1), Range(2, 3))
ROUNDING = 1e-5
BATCH = 2
Question = Callable[[Layer, nn.Module, Shape], bool]


def is_within(layer: Layer, module: nn.Module, x: Shape) -> bool:
    """Raises where a number comes out beyond what the layer says; returns whether it says anything."""
    says = False
    for taken, in_training in product(RANGES, (True, False)):
        module.train(in_training)
        value = torch.empty(BATCH, *x.sizes).uniform_(*taken)
        edges = torch.rand_like(value)
        value[edges < 0.1], value[edges > 0.9] = taken
        with torch.no_grad():
            given = module(value)
        given = given[given.isfinite()]  # the others are of arguments such as a negative `eps`
        if not given.numel():
            continue
        low, high = layer.bounds(x, taken)
        slack = ROUNDING * (1 + given.abs().max())
        assert low - slack <= given.min(), f"{layer} gives {given.min()} from {taken}, not {low} at least"
        assert given.max() <= high + slack, f"{layer} gives {given.max()} from {taken}, not {high} at most"
        says = says or (low, high) != ALL
    return says


def is_picked(layer: Layer, module: nn.Module, x: Shape) -> bool:
    """Raises where a line comes out that is not picked from one line of the axis said; returns whether any axis is said."""
    value = torch.arange(1, x.features + 1, dtype=torch.float32).reshape(1, *x.sizes)
    with torch.no_grad():
        given = module.eval()(value)[0]
    y = layer.infer(x)
    sources = {axis: layer.source_axis(x, y, axis) for axis in range(given.dim())}
    for axis, source in sources.items():
        if source is None:
            continue
        lines = [frozenset(line) for line in lines_of(value[0], source)]
        for line in lines_of(given, axis):
            assert any(whole.issuperset(line) for whole in lines), f"{layer} on {x}: axis {axis} is not picked from {source}"
    return any(source is not None for source in sources.values())


def lines_of(value: torch.Tensor, axis: int) -> Iterator[list[float]]:
    """Yields the numbers along an axis, for each place on the others."""
    yield from value.movedim(axis, -1).reshape(-1, value.shape[axis]).tolist()


def asked(kind: type[Layer], question: Question) -> int:
    """Returns how many random layers of a kind had an answer, which was right."""
    answers = 0

    @seed(0)
    @settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), max_examples=60)
    @given(cases(kind))
    def one(case: tuple[Layer, Shape]) -> None:
        nonlocal answers
        layer, x = case
        try:
            layer.infer(x)
        except LayerProblem:
            return
        if layer.has_single_values(x):  # which torch does not normalise
            return
        torch.manual_seed(0)
        answers += question(layer, construct(layer.torch(x)), x)

    one()
    return answers


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_numbers_lie_where_the_layer_says(kind: type[Layer]) -> None:
    torch.set_num_threads(1)
    says_nothing = kind.bounds is Layer.bounds and not kind.is_view
    assert (asked(kind, is_within) == 0) == says_nothing


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_lines_are_picked_from_where_the_layer_says(kind: type[Layer]) -> None:
    torch.set_num_threads(1)
    assert (asked(kind, is_picked) == 0) == (kind.source_axis is Layer.source_axis or kind.keyword == "constant_pad")


class Overshoots(Tanh):
    """Says what is true of `sigmoid` only."""

    def bounds(self, x: Shape, taken: Range) -> Range:
        return Sigmoid().bounds(x, taken)


class Mixes(ZeroPad):
    """Takes the zeros of its margin for numbers of a line."""

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return axis


def test_what_is_not_true_is_found() -> None:
    x = Shape((3, 4, 4))
    with pytest.raises(AssertionError, match="not 0 at least"):
        is_within(Overshoots(), nn.Tanh(), x)
    with pytest.raises(AssertionError, match="is not picked from"):
        is_picked(Mixes(padding=1), nn.ZeroPad2d(1), x)


@pytest.mark.parametrize("keyword", sorted(MERGES))
def test_merged_numbers_lie_where_the_merge_says(keyword: str) -> None:
    operations = {"add": torch.add, "multiply": torch.mul, "concat": lambda one, other: torch.cat((one, other))}
    for one, other in product(RANGES, RANGES):
        ends = [torch.tensor(ends) for ends in product(one, other)]
        found = [operations[keyword](*pair.reshape(2, 1)) for pair in ends]
        exact = around([Range(float(part.min()), float(part.max())) for part in found])
        assert MERGES[keyword].bounds([one, other]) == exact
