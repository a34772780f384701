"""Tables as text, and the figures in them."""

from __future__ import annotations

import pytest

from cnnspec.backends.figures import difference, figure, ratio
from cnnspec.backends.tables import Table, escaped, markdown_table, plain_table
from cnnspec.values.sizes import symbolic

TABLE = Table(("name", "MACs"), (False, True), (("a|b", "1,000"), ("", "7")))


def test_a_plain_table() -> None:
    assert plain_table(TABLE) == ["name   MACs", "----  -----", "a|b   1,000", "          7"]


def test_a_markdown_table() -> None:
    assert markdown_table(TABLE) == [
        "| name |  MACs |",
        "| ---- | ----: |",
        "| a\\|b | 1,000 |",
        "|      |     7 |",
    ]


def test_columns_of_wide_and_of_combining_characters() -> None:
    """Two squares for each wide character, none for a mark on the letter before it."""
    table = Table(("class", "n"), (False, True), (("犬", "1"), ("🐈 cat", "20"), ("cafe\u0301", "300"), ("ab", "4")))
    assert plain_table(table) == [
        "class     n",
        "------  ---",
        "犬        1",
        "🐈 cat   20",
        "cafe\u0301    300",
        "ab        4",
    ]
    assert markdown_table(table)[2:4] == ["| 犬     |   1 |", "| 🐈 cat |  20 |"]


def test_columns_that_lack_a_cell_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        plain_table(TABLE._replace(rows=(("alone",),)))


def test_names_in_markdown() -> None:
    assert escaped("layer_1 * `x`") == "layer\\_1 \\* \\`x\\`"


@pytest.mark.parametrize(
    ("key", "before", "after", "shown", "times"),
    [
        ("macs", 1000, 2500, "+1,500", 2.5),
        ("macs", 2500, 1000, "-1,500", 0.4),
        ("macs", 7, 7, "", 1.0),
        ("macs", 0, 7, "+7", None),
        ("macs", 7, 0, "-7", 0.0),
        ("weight_memory", 1024, 3 * 1024, "+2.0 KiB", 3.0),
        ("weight_memory", 1 << 50, (1 << 50) + 5, "+5 B", 1.0),
        ("parameters", 3, 1, "-2", 0.3333),
    ],
)
def test_differences_and_ratios(key: str, before: int, after: int, shown: str, times: float | None) -> None:
    assert difference(key, before, after) == shown
    assert ratio(before, after) == times


def test_formulas() -> None:
    """A figure that depends on a size that is not known has a difference, and no ratio."""
    width = symbolic("W")
    assert figure("macs", 8 * width + 1) == "8*W+1"
    assert figure("weight_memory", 4 * width) == "4*W B"
    assert difference("macs", 8 * width, 16 * width + 1) == "8*W+1"
    assert difference("macs", 8 * width, 8 * width) == ""
    assert difference("macs", width, width + 3) == "+3"
    assert ratio(8 * width, 16 * width) is None
    assert ratio(4, width) is None
