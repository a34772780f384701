"""Spans to marks: which lines of a file are shown, and what is marked on each.

A span within one line is one mark. A span over several lines is two, where it opens and where it closes, joined by a bar
at the left of the source; bars that would meet stand side by side, the one that opens first outermost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.source import Source, Span

LINES_SHOWN_OF_LONG_SPAN = 4  # at its beginning; then its last two


class Mark(NamedTuple):
    """An underline on one line, in columns from 0 in code points; where `end` is `start` one caret is shown.

    `bar` is the place of the bar that it is joined to, from 1, or 0 for a span within the line.
    """

    start: int
    end: int
    label: str
    primary: bool
    bar: int = 0
    opens: bool = False


class Bar(NamedTuple):
    """The line at the left of a span over several lines."""

    first: int
    last: int
    place: int
    primary: bool


class Excerpt(NamedTuple):
    """What is shown of one file: `lines` are 1-based numbers in order, `marks` those on each marked line."""

    source: Source
    span: Span
    lines: list[int]
    marks: dict[int, list[Mark]]
    bars: list[Bar]

    @property
    def depth(self) -> int:
        """Returns how many bars stand side by side."""
        return max((bar.place for bar in self.bars), default=0)


def excerpts(diagnostic: Diagnostic) -> list[Excerpt]:
    """Returns the excerpts to show, one per file, that of the primary span first."""
    by_source: dict[int, list[tuple[Label, bool]]] = {}
    by_source[id(diagnostic.span.source)] = [(Label(diagnostic.span, diagnostic.label), True)]
    for label in diagnostic.labels:
        by_source.setdefault(id(label.span.source), []).append((label, False))
    return [_excerpt(labels) for labels in by_source.values()]


def _excerpt(labels: list[tuple[Label, bool]]) -> Excerpt:
    source = labels[0][0].span.source
    marks: dict[int, list[Mark]] = {}
    bars: list[Bar] = []
    shown: set[int] = set()
    for label, primary in sorted(labels, key=_by_extent):
        first, start, last, end = _extent(label.span)
        if first == last:
            marks.setdefault(first, []).append(Mark(start, end, label.text, primary))
            shown.add(first)
            continue
        place = _free_place(bars, first, last)
        bars.append(Bar(first, last, place, primary))
        marks.setdefault(first, []).append(Mark(start, start + 1, "", primary, place, opens=True))
        marks.setdefault(last, []).append(Mark(end - 1, end, label.text, primary, place))
        shown.update(range(first, min(first + LINES_SHOWN_OF_LONG_SPAN, last)), (last - 1, last))
    return Excerpt(source, labels[0][0].span, _without_single_gaps(shown), marks, bars)


def _by_extent(labelled: tuple[Label, bool]) -> tuple[int, int]:
    """Orders enclosing spans before enclosed ones, so that their bars stand further out."""
    span = labelled[0].span
    return span.start, -span.end


def _extent(span: Span) -> tuple[int, int, int, int]:
    """Returns first line, start column, last line, end column (columns from 0) without the line ends that a span covers."""
    source = span.source
    first, start = span.begin
    last, end = span.finish
    start = min(start - 1, len(source.line(first)))
    end = min(end - 1, len(source.line(last)))
    while last > first and end == 0:  # ends just behind a line end: nothing of this line belongs to it
        last -= 1
        end = len(source.line(last))
    return first, start, last, end


def _free_place(bars: Iterable[Bar], first: int, last: int) -> int:
    taken = {bar.place for bar in bars if bar.first <= last and first <= bar.last}
    place = 1
    while place in taken:
        place += 1
    return place


def _without_single_gaps(lines: Iterable[int]) -> list[int]:
    """Returns the lines in order; where just one is missing between two it is shown, since `...` would take as much room."""
    result: list[int] = []
    for line in sorted(lines):
        if result and line - result[-1] == 2:
            result.append(line - 1)
        result.append(line)
    return result
