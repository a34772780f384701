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
