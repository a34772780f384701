"""Holds one layer on one input against torch: refusal, shapes, names and shapes of weights, values, and the cost."""

from __future__ import annotations

import warnings
from typing import Literal

import torch
from exceptions import CNNSPEC_REFUSES, TORCH_REFUSES
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from torch_reference import BATCH, OTHER_VALUES, Accepted, reference_module, verdict

from cnnspec.backends.torch_module import construct
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.values.shapes import Shape

Outcome = Literal["accepted", "refused", "excepted"]


def compare(layer: Layer, x: Shape) -> Outcome:
    """Returns what both say; raises AssertionError where they disagree without a documented reason."""
    theirs = verdict(layer, x)
    try:
        y = layer.infer(x)
    except LayerProblem as problem:
        return _compare_refusal(layer, x, problem, theirs)
    if isinstance(theirs, Exception):
        assert any(case.applies(layer, x) for case in TORCH_REFUSES), f"torch refuses {layer!r} on {x}: {theirs!r}"
        return "excepted"
    assert theirs.training == theirs.evaluation == y.sizes, f"{layer!r} on {x}: torch gives {theirs}, not {y}"
    compare_module(layer, x, y)
    return "accepted"


def _compare_refusal(layer: Layer, x: Shape, problem: LayerProblem, theirs: Accepted | Exception) -> Outcome:
    assert problem.message, f"{type(problem).__name__} says nothing"
    assert problem.field is None or problem.field in type(layer).model_fields, f"{layer!r} has no {problem.field}"
    if isinstance(theirs, Exception) or min(theirs.training, default=0) < 1:
        return "refused"
    assert any(case.applies(layer, x) for case in CNNSPEC_REFUSES), f"torch runs {layer!r} on {x}: {problem.message}"
    return "excepted"


def compare_module(layer: Layer, x: Shape, y: Shape) -> None:
    """Raises where the module that the layer's call makes differs from torch's own, or from what the layer declares."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = construct(layer.torch(x))
        compare_weights(module, layer.weights(x), layer.buffers(x))
        compare_cost(module, x, layer.macs(x, y))
        compare_values(layer, module, x, y)


def compare_weights(module: nn.Module, weights: dict[str, tuple[int, ...]], buffers: dict[str, tuple[int, ...]]) -> None:
    """Raises where the names and shapes in `state_dict` differ, or parameters and buffers are mixed up."""
    stored = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    assert stored == weights | buffers, f"{module} has {stored}"
    parameters = sorted(tuple(parameter.shape) for parameter in module.parameters())
    assert parameters == sorted(weights.values()), f"{module} has the parameters {parameters}"


def compare_cost(module: nn.Module, x: Shape, macs: int) -> None:
    """Raises where the multiply-accumulates of one sample are not half of what torch counts. A norm may need two samples."""
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        module.eval()(torch.zeros(BATCH, *x.sizes))
    operations = counter.get_total_flops() // BATCH
    assert 2 * macs == operations, f"{module}: torch counts {operations} operations, not 2 * {macs}"


def compare_values(layer: Layer, module: nn.Module, x: Shape, y: Shape) -> None:
    """Raises where the module computes other numbers than torch's own with the same weights and the same random numbers."""
    reference = reference_module(layer, x)
    if module.state_dict().keys() == reference.state_dict().keys():
        reference.load_state_dict(module.state_dict())
    value = torch.randn(BATCH, *x.sizes)
    results = []
    for each in (module, reference):
        torch.manual_seed(0)
        with torch.no_grad():
            results.append(each.eval()(value.clone()))
    assert tuple(results[0].shape[1:]) == y.sizes, f"{module} gives {tuple(results[0].shape[1:])}, not {y}"
    if layer.keyword not in OTHER_VALUES:
        torch.testing.assert_close(*results, equal_nan=True)
