"""Every layer kind against torch, on random arguments and inputs: what runs, the shapes, the weights, the values, the cost."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from compare import compare
from exceptions import CNNSPEC_REFUSES, TORCH_REFUSES, Disagreement
from hypothesis import HealthCheck, given, seed, settings
from layer_strategies import LARGE, cases
from torch_reference import Accepted, verdict

from cnnspec.backends.torch_module import construct
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import all_kinds, lookup
from cnnspec.values.shapes import Shape

KINDS = all_kinds()
ENOUGH = 25
Case = tuple[Layer, Shape]

few_and_hard = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    """Small tensors are slower on several threads than on one."""
    torch.set_num_threads(1)


def examine(kind: type[Layer], examples: int, rounds: int) -> Counter[str]:
    """Returns how many random cases of a layer kind had which outcome; goes on until enough were accepted."""
    outcomes: Counter[str] = Counter()
    for number in range(rounds):

        @seed(number)
        @settings(few_and_hard, max_examples=examples)
        @given(cases(kind))
        def one(case: Case) -> None:
            outcomes[compare(*case)] += 1

        one()
        if outcomes["accepted"] >= ENOUGH:
            break
    return outcomes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_layer_agrees_with_torch(kind: type[Layer]) -> None:
    outcomes = examine(kind, examples=60, rounds=20)
    assert outcomes["accepted"] >= ENOUGH, f"too few accepted cases of `{kind.keyword}` to say anything: {outcomes}"


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_layer_agrees_with_torch_at_length(kind: type[Layer]) -> None:
    assert examine(kind, examples=20_000 // len(KINDS) + 1, rounds=1)["accepted"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_large_shapes_agree_with_the_meta_device(kind: type[Layer]) -> None:
    @settings(few_and_hard, max_examples=15, derandomize=True)
    @given(cases(kind, LARGE))
    def one(case: Case) -> None:
        layer, x = case
        try:
            y = layer.infer(x)
        except LayerProblem:
            return
        assert traced(layer, x) == y.sizes, f"{layer!r} on {x}"

    one()


def traced(layer: Layer, x: Shape) -> tuple[int, ...]:
    """Returns the output shape on the meta device, where nothing is computed."""
    with torch.device("meta"):
        module = construct(layer.torch(x)).eval()
        return tuple(module(torch.empty(2, *x.sizes)).shape[1:])


@pytest.mark.parametrize("case", CNNSPEC_REFUSES, ids=lambda case: case.name)
def test_torch_still_accepts_what_only_cnnspec_refuses(case: Disagreement) -> None:
    layer, x = witness(case)
    with pytest.raises(LayerProblem):
        layer.infer(x)
    assert isinstance(verdict(layer, x), Accepted)
    assert case.applies(layer, x)


@pytest.mark.parametrize("case", TORCH_REFUSES, ids=lambda case: case.name)
def test_torch_still_refuses_what_cnnspec_accepts(case: Disagreement) -> None:
    layer, x = witness(case)
    assert isinstance(verdict(layer, x), Exception)
    assert traced(layer, x) == layer.infer(x).sizes
    assert case.applies(layer, x)


def witness(case: Disagreement) -> Case:
    keyword, arguments, x = case.witness
    word = lookup(keyword)
    assert word is not None
    return word.kind.model_validate(arguments), x
