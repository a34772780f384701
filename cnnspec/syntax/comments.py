"""Comments: they are no part of the tree, so whoever prints a tree loses them."""

from __future__ import annotations

import re

from cnnspec.source import Source

_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(?P<comment>#[^\n]*)')


def commented_lines(source: Source) -> int:
    """Returns how many lines of a `.cnn` text without mistakes have a comment."""
    return sum(match["comment"] is not None for match in _COMMENT.finditer(source.text))
