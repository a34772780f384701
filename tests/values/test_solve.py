"""Solutions of conditions, against trying all integers."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnspec.values.assumptions import Assumptions
from cnnspec.values.conditions import AllOf, AnyOf, AtLeast, Condition, Equal
from cnnspec.values.dims import assuming, broadcast, differ, indivisible, refused, scaled
from cnnspec.values.integer_sets import EVERY, IntegerSet, Open, Progression, interval
from cnnspec.values.sizes import Size, symbolic
from cnnspec.values.solve import solutions
from tests.values.formulas import Formula, formulas

FAR = 400
H, W = symbolic("H"), symbolic("W")


def tried(condition: Condition) -> set[int]:
    return {number for number in range(1, FAR) if condition.holds({"H": number})}


def listed(found: IntegerSet) -> set[int]:
    return {number for number in range(1, FAR) if number in found}


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    (left, _), (right, _) = draw(formulas()), draw(formulas())
    number = draw(st.integers(-3, 30))
    made: Condition = draw(
        st.sampled_from(
            [AtLeast(left, number), AtLeast(left, right), Equal(left, right), Equal(left, number), Equal(left % 4, 0)]
        )
    )
    assume(len(made.symbols) == 1)
    return made


@given(conditions())
def test_solutions_are_all_integers_for_which_it_holds(condition: Condition) -> None:
    assert listed(solutions(condition, "H")) == tried(condition)


@given(conditions(), conditions())
def test_sets_meet_and_join(first: Condition, second: Condition) -> None:
    one, other = solutions(first, "H"), solutions(second, "H")
    assert listed(one & other) == tried(first) & tried(second)
    assert listed(one | other) == tried(first) | tried(second)
    assert listed(solutions(AnyOf((first, second)), "H")) == tried(first) | tried(second)
    assert listed(solutions(AllOf((first, second)), "H")) == tried(first) & tried(second)


@given(conditions())
def test_the_opposite_holds_everywhere_else(condition: Condition) -> None:
    assert tried(condition.opposite()) == set(range(1, FAR)) - tried(condition)


@given(conditions())
def test_a_pattern_says_the_same(condition: Condition) -> None:
    below, start, period, residues = solutions(condition, "H").pattern
    said = {n for part in below for n in range(part.first, min(part.last or FAR, FAR - 1) + 1, part.step)}
    said |= {n for n in range(start, FAR) if n % period in residues}
    assert said == tried(condition)


def test_sizes_far_beyond_every_threshold_are_found() -> None:
    condition = Equal((H - 1) // 2 + 1, H - 100)  # a convolution of stride 2 meets one with a kernel of 101
    assert solutions(condition, "H").pattern.below == (Progression(200, 201),)


@pytest.mark.parametrize(("number", "near"), [(1, (None, 16)), (16, (16, 16)), (100, (96, 112)), (9_999, (9_984, 10_000))])
def test_the_nearest_members(number: int, near: tuple[int | None, int | None]) -> None:
    assert solutions(Equal(H % 16, 0), "H").nearest(number) == near


def test_what_has_no_period_stays_open() -> None:
    with pytest.raises(Open):
        solutions(Equal(scaled(H, 0.29), H // 4), "H")
    assert listed(solutions(AtLeast(scaled(H, 0.29), 3), "H")) == tried(AtLeast(scaled(H, 0.29), 3))
    with pytest.raises(Open):
        solutions(Equal(H // 1000 * 1000, H), "H", max_period=100)


def test_products_are_factor_pairs() -> None:
    notes = Assumptions()
    assert notes.assume(Equal(16 * (H // 4) * (W // 4), 400))
    pairs = {(box["H"].smallest, box["W"].smallest) for box in notes.boxes()}
    assert pairs == {(4, 100), (20, 20), (100, 4)}
    assert not Assumptions().assume(Equal(16 * (H // 4) * (W // 4), 401))


def test_refusals_note_what_is_needed_instead() -> None:
    notes = Assumptions()
    with assuming(notes):
        assert not refused(H < 5)
        assert not indivisible(H, 4)
        assert not differ((H, 3), (H, 3))
        assert differ(H, 6)  # it would have to be divisible by 4
        assert not refused(H > 8)
        assert refused(H > 7)
    assert notes.box["H"].pattern.below == (Progression(8, 8),)
    assert not refused(False)
    assert refused(True)


@pytest.mark.parametrize(
    ("left", "right", "result"), [(3, 3, 3), (1, 3, 3), (3, 1, 3), (2, 3, None), (H, 1, H), (H, H, H), (1, W, W)]
)
def test_sizes_that_need_no_assumption_meet(left: int, right: int, result: int | None) -> None:
    assert broadcast(left, right) == result


def test_sizes_that_may_be_equal_or_one_are_tried_both_ways() -> None:
    notes = Assumptions()
    with assuming(notes):
        assert broadcast(H // 2, H - 10) == H // 2
    assert notes.untried == [(1,), (2,)]
    again = Assumptions(script=(1,))
    with assuming(again):
        assert broadcast(H // 2, H - 10) == H - 10
    assert listed(again.box["H"]) == {2, 3}


def test_bounds_of_sets() -> None:
    assert interval(3, 2) == IntegerSet(())
    assert EVERY & interval(4) == interval(4)
    assert interval(2, 5).is_finite
    assert not EVERY.is_finite
    assert interval(7).smallest == 7


def test_the_comparison_with_trying_can_fail() -> None:
    assert listed(interval(2)) != tried(AtLeast(H, 3))


@given(formulas())
def test_growing_formulas_pass_a_threshold_once(formula: Formula) -> None:
    size, function = formula
    found = solutions(AtLeast(size, 10), "H") if isinstance(size, Size) else EVERY
    assert all((number in found) == (function(number) >= 10) for number in range(1, FAR))


def test_patterns_that_are_too_long_together_are_given_up_at_once() -> None:
    first = solutions(Equal(H // 997 * 997, H), "H") | solutions(Equal((H + 1) // 997 * 997, H + 1), "H")
    second = solutions(Equal(H // 1009 * 1009, H), "H")
    with pytest.raises(Open):
        first & second
    with pytest.raises(Open):
        first | second
    many = IntegerSet(tuple(Progression(first, None, 1000) for first in range(1, 1000)))
    assert many & many == many
    with pytest.raises(Open):
        many & IntegerSet(tuple(Progression(first, None, 999) for first in range(1, 999)))
