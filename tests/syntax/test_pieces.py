from __future__ import annotations

import pytest

from cnnspec.source import Source
from cnnspec.syntax.pieces import pieces


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("macs <= 1e9", ["macs <= 1e9"]),
        ("macs <= 1e9, parameters <= 5_000_000", ["macs <= 1e9", "parameters <= 5_000_000"]),
        (" 0.25 ,0.5,  1.0 ", ["0.25", "0.5", "1.0"]),
        ('max(1, 2), [3, (4, 5)], "6, 7"', ["max(1, 2)", "[3, (4, 5)]", '"6, 7"']),
        ("", [""]),
        (" , ,", ["", "", ""]),
        ("1], [2", ["1]", "[2"]),
        ("$, %", ["$", "%"]),
    ],
)
def test_pieces(text: str, found: list[str]) -> None:
    source = Source("--sweep", text)
    assert [span.text for span in pieces(source, 0, len(text))] == found


def test_a_part_of_a_text() -> None:
    text = 'require = ["macs < 1, parameters < 2"]'
    found = pieces(Source("pyproject.toml", text), text.index("macs"), text.index('"]'))
    assert [(span.text, span.start) for span in found] == [("macs < 1", 12), ("parameters < 2", 22)]
