"""Comments: they are no part of the tree, so whoever prints a tree loses them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnspec.source import Source, Span

_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?P<comment>#[^\n]*)')


def commented_lines(source: Source) -> int:
    """Returns how many lines of a `.cnn` text without mistakes have a comment."""
    return sum(1 for _ in comments(source))


def comments(source: Source) -> Iterator[Span]:
    """Yields the comments of a text, each from its `#` to the end of the line."""
    for match in _COMMENT.finditer(source.text):
        if match["comment"] is not None:
            yield Span(source, *match.span("comment"))
