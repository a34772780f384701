"""Which columns the expected shapes and the comments at the ends of lines stand in, counted in squares of a terminal.

The shapes of a definition share a column, and so do the comments of neighbouring lines: the first one with room before it says
which. What does not fit into its column stands two blanks behind its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from cnnspec.diagnostics.visible import pad, width

INDENT = " " * 4
GAP = 2  # blanks before a shape or a comment, at least
ROOM = 3  # blanks from which on a column is meant to be one
ARROW_COLUMN = 37  # of shapes that have none yet
LONGEST = 60  # of lines that move a column to the right


@dataclass(frozen=True)
class Line:
    """One line: its indentation in levels, its code, `->` with what is expected, its comment; and where the last two stood."""

    indent: int = 0
    code: str = ""
    arrow: str = ""
    arrow_column: int = 0
    comment: str = ""
    comment_column: int = 0
    opens: bool = False  # whether it ends with the brace that opens a body
    closes: bool = False  # whether it begins with the brace that closes one
    defines: bool = False  # whether it begins with `network`, `block` or `train`

    @property
    def is_blank(self) -> bool:
        return not self.code and not self.comment

    @property
    def begins_definition(self) -> bool:
        """Returns whether a definition of several lines begins here."""
        return self.defines and not self.indent and self.opens

    @property
    def ends_definition(self) -> bool:
        """Returns whether a definition of several lines ends here."""
        return self.closes and not self.opens and not self.indent


def aligned(lines: list[Line]) -> list[str]:
    """Returns the text of the lines, with expected shapes and comments in their columns."""
    texts = [INDENT * line.indent + line.code for line in lines]
    for definition in _definitions(lines):
        shapes = [number for number in definition if lines[number].arrow]
        column = _column([(width(texts[number]), lines[number].arrow_column) for number in shapes], ARROW_COLUMN, ROOM)
        for number in shapes:
            texts[number] = _placed(texts[number], lines[number].arrow, column)
    for at_end, run in groupby(range(len(lines)), lambda number: bool(lines[number].code and lines[number].comment)):
        comments = list(run)
        column = _column([(width(texts[number]), lines[number].comment_column) for number in comments], 0, GAP) if at_end else 0
        for number in comments:
            comment = lines[number].comment
            texts[number] = _placed(texts[number], comment, column) if at_end else f"{texts[number]}{comment}"
    return [text.rstrip() for text in texts]


def _definitions(lines: list[Line]) -> Iterator[range]:
    """Yields the numbers of the lines of each definition, with what stands before it."""
    start = 0
    for end, line in enumerate(lines, 1):
        if line.ends_definition or end == len(lines):
            yield range(start, end)
            start = end


def _column(places: list[tuple[int, int]], least: int, gap: int) -> int:
    """Returns the column for what stands behind lines, given the length of each and the column where it stood."""
    chosen = next((column for length, column in places if column - length >= ROOM), None)
    return chosen or max([least, *(length + gap for length, _ in places if length <= LONGEST)])


def _placed(text: str, end: str, column: int) -> str:
    return f"{pad(text, max(column, width(text) + GAP))}{end}"
