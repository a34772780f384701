"""Values of expressions, and the smallest place for what has none."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnspec.network.expressions import evaluate, show
from cnnspec.network.functions import MAX_INTEGER, MAX_LENGTH, Undefined, round_to
from cnnspec.network.problems import Fault
from cnnspec.network.scope import Flow, Scope, Unknown
from cnnspec.source import Source
from cnnspec.syntax.parse import parse_expression
from cnnspec.values.shapes import Shape

SCOPE = Scope(
    values={"width": 64, "widths": (16, 32), "H": 28, "in": Flow(Shape((3, 32, 48)))},
    labels={"stem": Flow(Shape((8,)), inner={"conv1": Flow(Shape((4, 2, 2, 2)))}), "lost": Flow(None)},
)


def value(text: str, scope: Scope = SCOPE) -> Any:
    """Returns what an expression stands for."""
    node, mistakes = parse_expression(Source("x", text), 0, len(text))
    assert not mistakes
    assert node is not None
    return evaluate(node, scope)


def fault(text: str) -> Fault:
    with pytest.raises(Fault) as caught:
        value(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 / 2", 3.5),
        ("4 / 2", 2.0),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("2 ** -1", 0.5),
        ("round(2.5)", 2),
        ("round(3.14159, 2)", 3.14),
        ("ceil(2.1) + floor(2.9)", 5),
        ("abs(-3)", 3),
        ("min(3, 2.5)", 2.5),
        ("max([1, 4, 2])", 4),
        ("range(2, 8, 3)", (2, 5)),
        ("sum([1, 2], 3)", 6),
        ("int(-2.7)", -2),
        ("len([])", 0),
        ("[1, (2, 3)][1][0]", 2),
        ("widths[-2]", 16),
        ("1 < 2 < 3 and not 3 < 2 < 1 / 0", True),
        ("false and 1 / 0", False),
        ("true or 1 / 0", True),
        ("1 if true else 1 / 0", 1),
        ('"a" == "a" and "a" != none', True),
        ("3xHx4", (3, 28, 4)),
        ("in.channels * in.height * in.width == in.features", True),
        ("in.rank", 3),
        ("stem.conv1.depth", 2),
        ("width", 64),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("1 + 2 // (3 - 3)", "2 // (3 - 3)", "division by zero"),
        ("1 + true", "true", "`true` is not a number"),
        ("[1] + [2]", "[1]", "`(1,)` is not a number"),
        ("not 0", "0", "a condition must be `true` or `false`, not `0`"),
        ("1 and true", "1", "a condition must be `true` or `false`, not `1`"),
        ("widths[2]", "2", "`2` is not a position in a list of 2"),
        ("widths[0.5]", "0.5", "`0.5` is not a position in a list of 2"),
        ("width[0]", "width", "`64` is not a list"),
        ("stem.height", "stem.height", "a flat value of 8 has no height"),
        ("width.channels", "width.channels", "`width` is `64`: it has no `channels`"),
        ("stem.conv2", "conv2", "unknown attribute `conv2`"),
        ("3xW", "3xW", "the size `W` is not known here"),
        ("wdith", "wdith", "unknown name `wdith`"),
        ("maxx(1)", "maxx", "unknown function `maxx`"),
        ("in < 3", "in", "a value of the network cannot be compared"),
    ],
)
def test_what_has_no_value(text: str, place: str, message: str) -> None:
    found = fault(text)
    assert (found.span.text, found.problem.message) == (place, message)


def test_unknown_shapes_are_silent() -> None:
    with pytest.raises(Unknown):
        value("lost.channels + 1")


def test_integers_are_bounded_before_they_are_made() -> None:
    assert value("10 ** 30") == MAX_INTEGER
    for text in ("10 ** 31", "9**9**7", "10**30 + 1", "10**20 * 10**20", "2 ** 10 ** 9", "(-10) ** 31", "10**30 * 10"):
        assert "no size has more than 30 digits" in fault(text).problem.message
    assert value("1 ** 10 ** 9") == 1
    assert value("0 ** 10 ** 9") == 0


@pytest.mark.parametrize("text", ["1e308 * 10", "-1e308 * 10", "2.0 ** 10000", "10 ** 30 * 1e300", "10.0 ** 308 * 10"])
def test_floats_are_finite(text: str) -> None:
    assert fault(text).problem.code == "E0207"


def test_ranges_are_bounded() -> None:
    assert len(value(f"range({MAX_LENGTH})")) == MAX_LENGTH
    assert "more than" in fault(f"range({MAX_LENGTH} + 1)").problem.message
    assert "more than" in fault("range(10 ** 30)").problem.message


@pytest.mark.parametrize("name", ["min", "max", "ceil", "floor", "round", "abs", "len", "range", "int", "sum", "round_to"])
@given(
    arguments=st.lists(
        st.sampled_from(["0", "1", "-1", "2.5", "1e300", "true", "none", '"a"', "[]", "[1]", "[[1]]", "in"]), max_size=4
    )
)
def test_functions_take_what_they_take(name: str, arguments: list[str]) -> None:
    try:
        value(f"{name}({', '.join(arguments)})")
    except Fault as found:
        assert found.problem.code == "E0207"  # noqa: PT017


@given(st.floats(1, 1e6), st.integers(1, 512))
def test_round_to_is_mobilenets_rule(x: float, divisor: int) -> None:
    rounded = round_to(x, divisor)
    assert rounded % divisor == 0
    assert rounded >= divisor
    assert rounded >= 0.9 * x
    assert abs(rounded - x) <= divisor or rounded == divisor


@pytest.mark.parametrize(("x", "expected"), [(4, 8), (12, 16), (11.9, 16), (18, 24), (20, 24), (36, 40), (100, 104), (10, 16)])
def test_round_to_by_hand(x: float, expected: int) -> None:
    """8-fold channels: nearest multiple, half up, never below 90 % (10 would become 8, which is below 9)."""
    assert round_to(x, 8) == expected


def test_round_to_needs_a_positive_divisor() -> None:
    with pytest.raises(Undefined):
        round_to(8, 0)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (3, "`3`"),
        (2.0, "`2.0`"),
        (True, "`true`"),
        (None, "`none`"),
        ("a", '`"a"`'),
        ((1,), "`(1,)`"),
        ((1, "b"), '`(1, "b")`'),
    ],
)
def test_values_are_shown_as_a_file_writes_them(shown: object, text: str) -> None:
    assert show(shown) == text


def test_long_lists_are_shown_in_part() -> None:
    assert show(tuple(range(100))) == "`(0, 1, 2, 3, 4, 5, 6, 7, ...)`"
    assert math.isfinite(value("1e308"))
