"""Formulas compute what integers compute, in one normal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.values.bounds import bounds, grows, repeat
from cnnspec.values.conditions import Condition, equal
from cnnspec.values.dims import Dim, Undecided, scaled
from cnnspec.values.sizes import Size, symbolic, value_at
from tests.values.formulas import Formula, formulas

H, W = symbolic("H"), symbolic("W")


@given(formulas(), st.lists(st.integers(1, 500), min_size=1, max_size=20))
def test_a_formula_has_the_values_of_its_function(formula: Formula, numbers: list[int]) -> None:
    size, function = formula
    for number in numbers:
        assert size.at({"H": number}) == function(number)


@given(formulas(), formulas(), st.integers(1, 300))
def test_operators_compute_as_integers_do(left: Formula, right: Formula, number: int) -> None:
    (a, f), (b, g) = left, right
    values = {"H": number}
    assert value_at(a + b, values) == f(number) + g(number)
    assert value_at(a - b, values) == f(number) - g(number)
    assert value_at(a * b, values) == f(number) * g(number)
    assert value_at(a // 3, values) == f(number) // 3
    assert value_at(a % 3, values) == f(number) % 3
    assert value_at(7 - a, values) == 7 - f(number)


@given(formulas(), st.integers(1, 400))
def test_a_formula_repeats_itself_and_lies_within_its_bounds(formula: Formula, number: int) -> None:
    size, function = formula
    found = repeat(size)
    assert found is not None
    assert function(number + found.period) == function(number) + found.gain
    low, high = bounds(size)
    assert low <= function(number) <= high
    assert grows(size) * (function(number + 1) - function(number)) >= 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (H, "H"),
        ((H + 1) // 2, "floor((H+1)/2)"),
        ((H - 4) // 2, "floor((H-4)/2)"),
        (H // 2 // 2, "floor(H/4)"),
        (((H - 4) // 2 - 4) // 2, "floor((H-12)/4)"),
        (H // 2 * 2, "2*floor(H/2)"),
        (H * 2 // 2, "H"),
        (16 * (H // 4) * (W // 4), "16*floor(H/4)*floor(W/4)"),
        ((H - 2) * (W - 2), "(H-2)*(W-2)"),
        (H - W, "H-W"),
        (scaled(H, 0.5), "floor(H/2)"),
        (scaled(H, 0.29), "floor(0.29*H)"),
        (H - H, "0"),
        (3 - H, "-H+3"),
    ],
)
def test_the_text_of_a_formula(size: Dim, text: str) -> None:
    assert str(size) == text


def test_equal_formulas_are_written_alike() -> None:
    assert (H + 3) // 2 == (H + 1) // 2 + 1
    assert H * W * 2 == W * 2 * H
    assert hash(H + W) == hash(W + H)
    assert H != H + 1
    assert isinstance(equal(H, W), Condition)
    assert equal(H, H + 1) is False


def test_what_is_the_same_for_all_sizes_is_a_truth() -> None:
    assert (H >= 1) is True
    assert (H < 1) is False
    assert (H // 2 + 1 > 0) is True
    assert isinstance(H >= 2, Condition)
    with pytest.raises(Undecided):
        bool(H >= 2)


@pytest.mark.parametrize(
    "compute", [lambda: H / 2, lambda: 2 / H, lambda: 7 // H, lambda: H**2, lambda: 0.9 * H, lambda: int(H), lambda: range(H)]
)
def test_what_has_no_formula_is_undecided(compute: object) -> None:
    with pytest.raises(Undecided):
        compute()  # type: ignore[operator]


def test_a_comparison_of_texts_can_fail() -> None:
    assert str((H + 1) // 2) != str(H // 2)
    assert Size(1, H.terms) != H
