"""What `-> shape` may mention: `in` is the value that arrives at the statement, whatever comes out of it."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source


def codes(*lines: str) -> list[str]:
    text = "\n    ".join(["block Half(c) {\n    conv c, kernel=3, stride=2, padding=1 -> c, in.height // 2, in.width // 2\n}"])
    body = "\n    ".join(lines)
    result = check_source(Source("n.cnn", f"{text}\nnetwork N {{\n    input 3x32x32\n    Half 4\n    {body}\n}}\n"))
    return [diagnostic.code for diagnostic in result.diagnostics]


@pytest.mark.parametrize(
    "lines",
    [
        ("maxpool 2 -> in.channels, in.height // 2, in.width // 2",),
        ("conv 8, kernel=1 -> 2 * in.channels, in.height, in.width",),
        ("down: {\n maxpool 2\n conv 5, 1 -> 5, in.height, in.width\n maxpool 2\n } -> 5, in.height // 4, in.width // 4",),
        ("concat {\n conv 4, 1 -> in.channels, 16, 16\n { }\n } -> 2 * in.channels, in.height, in.width",),
        ("a: conv 6, 1", "conv 2, 1", "concat a -> in.channels + 6, a.height, a.width"),
        ("a: conv 6, 1", "b: conv 2, 1", "from a -> 3 * in.channels, 16, 16", "concat b"),
        ("repeat 2 {\n maxpool 2\n } -> in.channels, in.height // 4, in.width // 4",),
        ("Half 6 -> 6, in.height // 2, in.width // 2",),
    ],
)
def test_in_is_what_arrives(lines: tuple[str, ...]) -> None:
    assert codes(*lines) == []
    wrong = [line.replace("in.height", "(in.height + 4)").replace("in.channels", "(in.channels + 1)") for line in lines]
    assert set(codes(*wrong)) == {"E0313"}
