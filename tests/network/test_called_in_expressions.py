"""Layers and blocks called within expressions, and short names that are near to nothing."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.nearest import nearest
from cnnspec.source import Source

FILE = """
block Unit(act=relu) { act }
block Wide(factor) { conv factor * in.channels, kernel=1 }
network N {
    input 4x8x8
    Wide 2
    Unit act=%s
}
"""


def advice(act: str) -> list[tuple[str, str | None]]:
    """Returns the message and the help of each mistake where a block gets this for a layer."""
    found = check_source(Source("n.cnn", FILE % act)).diagnostics
    return [(diagnostic.message, diagnostic.help) for diagnostic in found if diagnostic.is_error]


@pytest.mark.parametrize(
    ("act", "word", "help"),
    [
        ("leaky_relu(0.2)", "leaky_relu", "put it into a block, `block Own { leaky_relu 0.2 }`, and write `Own`"),
        ("hardtanh(-1, 2 - 1)", "hardtanh", "put it into a block, `block Own { hardtanh -1, 2 - 1 }`, and write `Own`"),
        ("Wide(2)", "Wide", "put it into a block, `block Own { Wide 2 }`, and write `Own`"),
        ("gelu()", "gelu", "write `gelu`"),
    ],
)
def test_a_parameter_takes_a_name_and_no_call(act: str, word: str, help: str) -> None:
    assert advice(act) == [(f"an expression names a layer or block, such as `{word}`, without arguments", help)]


def test_a_name_is_taken_and_other_functions_are_unknown() -> None:
    assert advice("gelu") == []
    assert [message for message, _ in advice("galu(2)")] == ["unknown function `galu`"]


@pytest.mark.parametrize(
    ("word", "known", "guess"),
    [("k", "c", None), ("C", "c", "c"), ("b", "bn", "bn"), ("xy", "yx", "yx"), ("k1", "k2", "k2"), ("_", "a", None)],
)
def test_names_are_near_where_they_share_a_letter(word: str, known: str, guess: str | None) -> None:
    assert nearest(word, [known]) == guess
