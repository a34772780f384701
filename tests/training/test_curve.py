"""The course of a run as a picture and as a line of text."""

from __future__ import annotations

import math
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnnspec.training.report import EpochReport
from cnnspec.training.run_folder.curve import BLOCKS, axis_ticks, curve, sparkline, sparklines

SVG = "{http://www.w3.org/2000/svg}"
FINITE = st.floats(-1e9, 1e9, allow_nan=False).filter(lambda value: value == 0 or abs(value) > 1e-9)


def report(epoch: int, loss: float, test: float | None = 0.5) -> EpochReport:
    return EpochReport(epoch, loss, "acc", 0.5, test, None if test is None else loss * 2, 1.0)


def points(svg: str) -> list[list[tuple[float, float]]]:
    lines = ElementTree.fromstring(svg).iter(f"{SVG}polyline")
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in line.attrib["points"].split())] for line in lines]


def test_a_picture_shows_each_epoch_of_each_line() -> None:
    lines = points(curve([report(epoch, 1 / epoch) for epoch in range(1, 6)], best_epoch=4))
    assert [len(line) for line in lines] == [5, 5, 5, 5]  # loss and accuracy, training and test
    train, test = lines[0], lines[1]
    assert [x for x, _ in train] == sorted(x for x, _ in train)
    assert [y for _, y in train] == sorted(y for _, y in train)  # a falling loss goes down the page
    assert all(one > other for (_, one), (_, other) in zip(train, test, strict=True))  # the test loss is twice as high
    # One scale for both lines of a panel: what is twice as far from 0 is twice as far from the axis.
    zero = train[0][1] + (train[0][1] - test[0][1])
    assert zero - test[2][1] == pytest.approx(2 * (zero - train[2][1]), abs=0.2)


@pytest.mark.parametrize("history", [[report(1, 0.3)], [report(1, 0.3, None), report(2, math.nan, None), report(3, 0.1, None)]])
def test_odd_runs_have_pictures_too(history: list[EpochReport]) -> None:
    lines = points(curve(history))
    assert all(math.isfinite(x + y) for line in lines for x, y in line)
    assert len(lines) == (4 if history[0].test is not None else 2)


@given(FINITE, st.floats(1e-6, 1e9))
def test_ticks_are_round_and_enclose_what_is_shown(low: float, span: float) -> None:
    assume(span > abs(low) * 1e-6)
    ticks = axis_ticks(low, low + span)
    steps = [after - before for before, after in pairwise(ticks)]
    assert ticks[0] <= low + span * 1e-6
    assert ticks[-1] >= low + span * (1 - 1e-6)
    assert 2 <= len(ticks) <= 8
    mantissas = {round(step / 10 ** math.floor(math.log10(step) + 1e-6), 3) for step in steps}
    assert mantissas <= {1.0, 2.0, 5.0}


@given(st.floats(0, 1e300), st.floats(0, 1e-6))
def test_any_numbers_have_ticks_apart(low: float, share: float) -> None:
    ticks = axis_ticks(low, low * (1 + share))
    assert len(set(ticks)) == len(ticks) >= 2


def test_a_curve_that_is_flat_but_for_rounding_is_drawn() -> None:
    assert len(points(curve([report(1, 2 / 3), report(2, 2 / 3 + 1e-16)], 1))) > 0


@given(st.lists(FINITE, min_size=1, max_size=200))
def test_sparklines_rise_and_fall_as_their_numbers(values: list[float]) -> None:
    line = sparkline(values, 300)
    heights = [BLOCKS.index(block) for block in line]
    assert len(heights) == len(values)
    for (one, high), (other, low) in zip(
        zip(values, heights, strict=True), zip(values[1:], heights[1:], strict=True), strict=False
    ):
        assert (one < other) <= (high <= low)
    assert len(sparkline(values, 10)) == min(len(values), 10)


def test_lines_of_text() -> None:
    lines = sparklines([report(1, 1.0, 0.1), report(2, 0.5, 0.9), report(3, math.nan, 0.5)])
    assert lines == ["loss     1.000 █▁  nan", "test acc 0.100 ▁█▅ 0.500"]
