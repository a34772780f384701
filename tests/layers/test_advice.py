"""What layers advise about single numbers: with the numbers that they name they accept the input, and torch would too."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import lookup
from cnnspec.values.shapes import Shape

few = st.integers(1, 24)


def refused(keyword: str, x: Shape, **arguments: Any) -> LayerProblem | None:
    """Returns why a layer refuses an input, None where it does not."""
    word = lookup(keyword)
    assert word is not None
    try:
        word.kind.model_validate(arguments).infer(x)
    except LayerProblem as problem:
        return problem
    return None


def numbers(text: str | None) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(text))]


@given(inputs=few, outputs=few, groups=few)
def test_groups(inputs: int, outputs: int, groups: int) -> None:
    problem = refused("conv", Shape((inputs, 8, 8)), out_channels=outputs, kernel=1, groups=groups)
    if problem is None:
        torch.nn.Conv2d(inputs, outputs, 1, groups=groups)
        return
    assert problem.help is not None
    *divisors, multiples = problem.help.split(";")  # 1 has no divisors worth a word
    assert len(divisors) == (numbers(problem.message)[0] > 1)
    for text in divisors:
        size, *near = numbers(text)
        assert near
        assert all(size % divisor == 0 for divisor in near)
    *sizes, divisor = numbers(multiples)
    assert sizes
    assert divisor == groups
    for other in sizes:
        made = (other, outputs) if "input" in problem.message else (inputs, other)
        again = refused("conv", Shape((made[0], 8, 8)), out_channels=made[1], kernel=1, groups=groups)
        assert again is None or again.message != problem.message
        assert again is None or "input" not in again.message or "input" not in problem.message


@given(channels=few, factor=st.integers(2, 3))
def test_pixel_shuffle(channels: int, factor: int) -> None:
    problem = refused("pixel_shuffle", Shape((channels, 4, 4)), upscale_factor=factor)
    assume(problem is not None)
    has, by, *sizes = numbers(problem.help if problem else None)
    assert sizes
    assert (has, by) == (channels, factor**2)
    for size in sizes:
        assert refused("pixel_shuffle", Shape((size, 4, 4)), upscale_factor=factor) is None
        assert torch.nn.PixelShuffle(factor)(torch.zeros(1, size, 4, 4)).shape[-1] == 4 * factor


@pytest.mark.parametrize("keyword", ["reflection_pad", "circular_pad"])
@given(size=st.integers(2, 6), padding=st.integers(1, 12))
def test_pads_that_take_values(keyword: str, size: int, padding: int) -> None:
    problem = refused(keyword, Shape((1, size, size)), padding=padding)
    assume(problem is not None)
    (most,) = numbers(problem.help if problem else None)
    assert refused(keyword, Shape((1, size, size)), padding=most) is None
    assert refused(keyword, Shape((1, size, size)), padding=most + 1) is not None
    assert refused("zero_pad", Shape((1, size, size)), padding=padding) is None


@given(size=st.integers(2, 6), cropping=st.integers(1, 12))
def test_crops(size: int, cropping: int) -> None:
    problem = refused("crop", Shape((1, size)), cropping=(cropping, 0))
    assume(problem is not None and problem.code == "E0318")
    (most,) = numbers(problem.help if problem else None)
    assert refused("crop", Shape((1, size)), cropping=(most, 0)) is None
    assert refused("crop", Shape((1, size)), cropping=(most, 1)) is not None


@given(stride=st.integers(1, 4), dilation=st.integers(1, 4), extra=st.integers(1, 9))
def test_output_padding(stride: int, dilation: int, extra: int) -> None:
    given_ = {"out_channels": 1, "kernel": 3, "stride": stride, "dilation": dilation}
    problem = refused("conv_transpose", Shape((1, 8, 8)), **given_, output_padding=extra)
    assume(problem is not None)
    most, least = numbers(problem.help if problem else None)
    assert refused("conv_transpose", Shape((1, 8, 8)), **given_, output_padding=most) is None
    assert refused("conv_transpose", Shape((1, 8, 8)), **{**given_, "stride": least}, output_padding=extra) is None
    torch.nn.ConvTranspose2d(1, 1, 3, stride, dilation=dilation, output_padding=most)(torch.zeros(1, 1, 8, 8))


@given(shape=st.tuples(few, few, few), sizes=st.lists(st.sampled_from([-1, *range(1, 13)]), min_size=1, max_size=3))
def test_reshape(shape: tuple[int, ...], sizes: list[int]) -> None:
    problem = refused("reshape", Shape(shape), sizes=tuple(sizes))
    assume(problem is not None and problem.code == "E0323")
    for offer in re.findall(r"`([^`]+)`", str(problem.help if problem else None)):
        made = tuple(int(number) for number in offer.split(","))
        assert refused("reshape", Shape(shape), sizes=made) is None
        torch.zeros(1, *shape).reshape(1, *made)


@given(channels=few, start=st.integers(-30, 30), stop=st.integers(-30, 30))
def test_slice(channels: int, start: int, stop: int) -> None:
    problem = refused("slice", Shape((channels, 2)), start=start, stop=stop)
    assume(problem is not None)
    first, last, most = numbers(problem.help if problem else None)
    assert refused("slice", Shape((channels, 2)), start=first, stop=most) is None
    assert refused("slice", Shape((channels, 2)), start=last, stop=most) is None
    assert refused("slice", Shape((channels, 2)), start=first, stop=most + 1) is not None


@given(channels=few)
def test_an_axis_that_is_halved(channels: int) -> None:
    problem = refused("glu", Shape((channels, 2)), axis=0)
    assert (problem is None) == (channels % 2 == 0)
    for size in numbers(problem.help if problem else ""):
        assert refused("glu", Shape((size, 2)), axis=0) is None
