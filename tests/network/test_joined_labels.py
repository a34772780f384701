"""What a merge with names takes: the current value once, whether it is written as `in`, by its label, or not at all."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source


def inputs(merge: str) -> tuple[list[str], list[str]]:
    """Returns the layers whose values the merge takes, in order, and the codes of what is found."""
    text = f"network N {{\n    input 8x4x4\n    a: relu\n    b: tanh\n    c: sigmoid\n    {merge}\n    output in, a, b\n}}\n"
    result = check_source(Source("n.cnn", text))
    network = result.networks[0]
    names = {number: str(node.path[-1]) for number, node in enumerate(network.layers, start=1)}
    return [names[value] for value in network.nodes[-1].inputs], [diagnostic.code for diagnostic in result.diagnostics]


@pytest.mark.parametrize(
    ("merge", "taken"),
    [
        ("concat a", ["c", "a"]),
        ("concat a, b", ["c", "a", "b"]),
        ("concat a, in, b", ["a", "c", "b"]),
        ("concat a, c", ["a", "c"]),
        ("concat c, b, a", ["c", "b", "a"]),
        ("concat in, c", ["c", "c"]),
        ("add c, c", ["c", "c"]),
    ],
)
def test_the_current_value_is_taken_where_it_is_written_and_comes_first_otherwise(merge: str, taken: list[str]) -> None:
    assert inputs(merge) == (taken, [])


def test_a_value_that_is_merged_with_itself_draws_a_warning() -> None:
    assert inputs("multiply c") == (["c", "c"], ["W0606"])


SKIPS = ("input 8x4x4", "a: conv 5, kernel=1", "b: conv 5, kernel=1", "conv 6, kernel=1")


def advice(*lines: str) -> str | None:
    """Returns the help of the only mistake in a network with this body, None where there is no mistake."""
    found = [one for one in check_source(Source("n.cnn", "\n".join(["network N {", *lines, "}"]))).diagnostics if one.is_error]
    assert len(found) <= 1
    return found[0].help if found else None


def test_what_is_merged_without_being_written_is_said() -> None:
    said = advice(*SKIPS, "add a, b")
    assert said == "`conv 5, kernel=1` before it makes 5x4x4 of 6x4x4; `from a` before it merges only `a` and `b`"
    assert advice(*SKIPS, "from a", "add a, b") is None


@pytest.mark.parametrize(
    "lines",
    [
        (*SKIPS, "add a"),  # a single name is meant to meet what arrives
        (*SKIPS, "add in, a, b"),
        (*SKIPS, "c: conv 7, kernel=1", "tanh", "add a, c"),  # these two do not meet either
    ],
)
def test_only_where_the_written_values_meet(lines: tuple[str, ...]) -> None:
    said = advice(*lines)
    assert said is not None
    assert "from" not in said


@pytest.mark.parametrize("line", ["a: {\nrelu\nreuse a\n}", "a: {\nrelu\nadd a\n}", "a: conv a.channels, kernel=1"])
def test_a_label_has_no_value_inside_of_what_it_names(line: str) -> None:
    found = check_source(Source("n.cnn", f"network N {{\ninput 8x4x4\n{line}\n}}")).diagnostics
    assert [one.message for one in found] == ["`a` has no value yet: this stands inside of it"]
