"""Statistics of tensors, held against numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cnnspec.training.weights.tensor_facts import in_order, tensor_facts


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]
)
def test_figures_are_those_of_numpy(dtype: torch.dtype) -> None:
    random = torch.Generator().manual_seed(0)
    tensor = (torch.rand(7, 11, generator=random) * 5).round().to(dtype)
    values = tensor.to(torch.float64).numpy()
    facts = tensor_facts("w", tensor)
    assert (facts.shape, facts.count, facts.bytes) == ((7, 11), 77, tensor.nbytes)
    found = (facts.least, facts.most, facts.mean, facts.std, facts.zeros)
    assert found == pytest.approx((values.min(), values.max(), values.mean(), values.std(), np.mean(values == 0)), rel=1e-6)
    assert (facts.nans, facts.infinities) == (0, 0)


def test_what_is_not_finite_is_counted_and_left_out() -> None:
    facts = tensor_facts("w", torch.tensor([1.0, float("nan"), float("inf"), -float("inf"), 3.0, 0.0]))
    assert (facts.least, facts.most, facts.mean) == (0, 3, pytest.approx(4 / 3))
    assert (facts.nans, facts.infinities, facts.zeros) == (1, 2, pytest.approx(1 / 6))


def test_nothing_to_measure() -> None:
    assert tensor_facts("w", torch.tensor([float("nan")])).mean is None
    empty = tensor_facts("w", torch.zeros(0, 3))
    assert (empty.count, empty.least, empty.zeros) == (0, None, 0)


def test_order() -> None:
    names = ["layer10.0.w", "layer2.0.w", "fc.w", "layer2.0.b"]
    tensors = {name: torch.zeros(1) for name in names}
    assert list(in_order(tensors)) == ["fc.w", "layer2.0.b", "layer2.0.w", "layer10.0.w"]
    assert list(in_order(tensors, ("layer2.0.w", "nothing", "fc.w")))[:2] == ["layer2.0.w", "fc.w"]
