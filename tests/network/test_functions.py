"""What built-in functions say about arguments that they cannot take: in our words, not in Python's."""

from __future__ import annotations

import pytest

from cnnspec.network.functions import FORMS, FUNCTIONS, Undefined, apply


@pytest.mark.parametrize(
    ("name", "arguments", "text", "advice"),
    [
        ("min", [], "`min` cannot take these arguments", "it is written `min(a, b)` or `min([a, b])`"),
        ("max", [3], "`max` cannot take these arguments", "it is written `max(a, b)` or `max([a, b])`"),
        ("max", [()], "an empty list has no `max`", None),
        ("round", [2.5, 0.5], "`round` cannot take these arguments", "it is written `round(x)` or `round(x, digits)`"),
        ("int", [3, 4], "`int` cannot take these arguments", "it is written `int(x)`"),
        ("ceil", [(1, 2)], "`ceil` cannot take these arguments", "it is written `ceil(x)`"),
        ("range", [1, 4, 0], "a range cannot go in steps of 0", None),
        ("abs", ["a"], "`abs` works on numbers", None),
        ("len", [3], "`len` counts the elements of one list", None),
    ],
)
def test_what_they_cannot_take(name: str, arguments: list[object], text: str, advice: str | None) -> None:
    with pytest.raises(Undefined) as caught:
        apply(name, arguments)
    assert (caught.value.text, caught.value.advice) == (text, advice)


def test_ranges_of_floats_say_how_to_get_integers() -> None:
    with pytest.raises(Undefined, match="counts in integers") as caught:
        apply("range", [7 / 2])
    assert "`//`" in (caught.value.advice or "")


def test_every_function_has_a_form() -> None:
    assert FORMS.keys() == FUNCTIONS.keys()
    assert all(f"`{name}(" in form for name, form in FORMS.items())
