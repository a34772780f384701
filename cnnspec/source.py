"""Text and places in it.

Everything that points into a file does so with a `Span`: two code-point offsets and the `Source` that they count in.
Lines and columns are computed only when a message is rendered. This module imports nothing of cnnspec.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple


class Position(NamedTuple):
    """A place as people count it: 1-based line, 1-based column in code points."""

    line: int
    column: int


class Source:
    """A named text; `name` is what messages print (a path, or `<stdin>`)."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {len(self.text)} characters)"

    @cached_property
    def line_starts(self) -> list[int]:
        """Returns the offset at which each line begins; lines end at `\\n` (a `\\r` before it belongs to the line end)."""
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Returns the line and column of a code-point offset (0 <= offset <= len(text))."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """Returns the offset of a 1-based line and column, clamped to the text."""
        if line > len(self.line_starts):
            return len(self.text)
        return min(self.line_starts[line - 1] + column - 1, len(self.text))

    def line(self, number: int) -> str:
        """Returns the text of a 1-based line without its line end."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")


class Span(NamedTuple):
    """A half-open range `[start, end)` of a source."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def begin(self) -> Position:
        return self.source.position(self.start)

    @property
    def finish(self) -> Position:
        """Returns the position just behind the last character."""
        return self.source.position(self.end)

    def to(self, other: Span) -> Span:
        """Returns the range from the beginning of this span to the end of `other`."""
        return Span(self.source, self.start, other.end)
