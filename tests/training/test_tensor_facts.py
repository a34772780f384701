"""Statistics of tensors, held against numpy."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

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


LARGE, SMALL = torch.finfo(torch.float64).max, 5e-324


@pytest.mark.parametrize(
    ("numbers", "dtype"),
    [
        ([3e38] * 4, torch.float32),
        ([3e38, -3e38, 1e38], torch.float32),
        ([1e-40, 3e-40, -2e-40], torch.float32),
        ([1e300, 2e300, -1e300], torch.float64),
        ([LARGE, -LARGE], torch.float64),
        ([LARGE] * 3, torch.float64),
        ([SMALL, 3 * SMALL], torch.float64),
        ([1e-300, 0, 2e-300], torch.float64),
        ([1e6, 1e6 + 1, 1e6 + 2], torch.float32),
        ([0, 0], torch.float32),
    ],
)
def test_figures_at_the_ends_of_what_floats_hold(numbers: list[float], dtype: torch.dtype) -> None:
    """As rational numbers have them."""
    tensor = torch.tensor(numbers, dtype=dtype)
    exact = [Fraction(number) for number in tensor.tolist()]
    mean = sum(exact) / len(exact)
    variance = sum((number - mean) ** 2 for number in exact) / len(exact)
    digits = 10**800
    std = Fraction(isqrt(int(variance * digits)), isqrt(digits))
    facts = tensor_facts("w", tensor)
    assert (facts.least, facts.most) == (min(tensor.tolist()), max(tensor.tolist()))
    assert (facts.mean, facts.std) == (pytest.approx(float(mean), rel=1e-12), pytest.approx(float(std), rel=1e-12))


def test_complex_numbers_have_no_order() -> None:
    facts = tensor_facts("w", torch.tensor([0j, 1 + 2j, complex("nan"), complex("inf")], dtype=torch.complex64))
    assert (facts.dtype, facts.least, facts.most, facts.mean, facts.std) == ("complex64", None, None, None, None)
    assert (facts.zeros, facts.nans, facts.infinities) == (0.25, 1, 1)


@pytest.mark.parametrize("numbers", [[-0.0, 0.0], [-0.0], [-0.0, -1.0], [0.0, -0.0, 1.0]])
def test_no_zero_has_a_sign(numbers: list[float]) -> None:
    facts = tensor_facts("w", torch.tensor(numbers))
    assert "-0.0" not in (str(facts.least), str(facts.most), str(facts.mean), str(facts.std))


def test_nothing_to_measure() -> None:
    assert tensor_facts("w", torch.tensor([float("nan")])).mean is None
    empty = tensor_facts("w", torch.zeros(0, 3))
    assert (empty.count, empty.least, empty.zeros) == (0, None, 0)


def test_order() -> None:
    names = ["layer10.0.w", "layer2.0.w", "fc.w", "layer2.0.b"]
    tensors = {name: torch.zeros(1) for name in names}
    assert list(in_order(tensors)) == ["fc.w", "layer2.0.b", "layer2.0.w", "layer10.0.w"]
    assert list(in_order(tensors, ("layer2.0.w", "nothing", "fc.w")))[:2] == ["layer2.0.w", "fc.w"]
