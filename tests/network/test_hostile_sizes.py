"""Sizes and counts that nobody means: each is a mistake of the file, and found as such."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source


@pytest.mark.parametrize(
    ("lines", "code", "message"),
    [
        ('input "x"\nrelu', "E0207", 'a size must be a positive integer, not `"x"`'),
        ('input ""\nrelu', "E0207", 'a size must be a positive integer, not `""`'),
        ("input ()\nrelu", "E0207", "an input has one to four sizes: channels, and up to three positions"),
        ("input []\nrelu", "E0207", "an input has one to four sizes: channels, and up to three positions"),
        ("input 8\nrepeat 10**30 { relu }", "E0221", "this makes at least 1,000,000,000,000,000,000 layers"),
        ("input 8\nrepeat 2 {\nrepeat 10**30 { relu }\n}", "E0221", "this makes at least 1,000,000,000,000,000,000 layers"),
        ("input 8\nEndless 10**30", "E0221", "this makes at least 250,001 layers"),
    ],
)
def test_they_are_refused(lines: str, code: str, message: str) -> None:
    text = f"block Endless(n) {{\nrepeat n {{ relu }}\n}}\nnetwork N {{\n{lines}\n}}\n"
    found = [mistake for mistake in check_source(Source("n.cnn", text)).diagnostics if mistake.is_error]
    assert [mistake.code for mistake in found] == [code]
    assert found[0].message.startswith(message)
