"""Marks and labels below one source line, placed as rustc places them.

The rightmost label stands beside its underline. A label that would run into another goes further down, joined to its
underline by `|`; the opening and closing of a span over several lines are joined to its bar by `___`.
"""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.canvas import FRAME, Canvas
from cnnspec.diagnostics.marks import Mark
from cnnspec.diagnostics.visible import cells


class Placed:
    """A mark with its squares on the shown line, its label as squares, and the row that the label hangs at (0: beside it)."""

    def __init__(self, mark: Mark, extent: tuple[int, int], label: list[str], color: str) -> None:
        self.mark = mark
        self.start, self.end = extent
        self.label = label
        self.color = color
        self.row = 0

    @property
    def takes_space(self) -> bool:
        return self.mark.bar > 0

    @property
    def stands_alone(self) -> bool:
        return bool(self.label) or self.takes_space


def place(mark: Mark, extent: tuple[int, int], color: str, *, unicode: bool) -> Placed:
    """Returns the mark at its squares, not yet arranged with the others."""
    return Placed(mark, extent, cells(mark.label, unicode=unicode).cells, color if mark.primary else FRAME)


def arrange(marks: list[Placed]) -> int:
    """Sorts the marks from right to left, gives each its row, and returns the number of rows below the source line."""
    marks.sort(key=lambda placed: (-placed.start, -placed.end, not placed.mark.primary))
    row = 0
    for index, placed in enumerate(marks):
        rest = marks[index + 1 :]
        if row == 0 and placed.label and any(_overlap(placed, other) and not _same(placed, other) for other in rest):
            row = 1
        placed.row = row
        if any(_collide(placed, other, row) for other in rest):
            row += 1
    deepest = max((placed.row for placed in marks), default=0)
    return deepest + 2 if deepest else 1


def draw(canvas: Canvas, marks: Sequence[Placed], offset: int) -> None:
    """Draws the marks below row 0 of the canvas; the source begins at square `offset`."""
    for placed in marks:
        if placed.takes_space:
            canvas.put(placed.row + 1, placed.mark.bar, "_" * (offset + placed.start - placed.mark.bar), placed.color)
    for placed in marks:
        if placed.row and placed.stands_alone:
            for row in range(1, placed.row + 2):
                canvas.put(row, offset + placed.start, "|", placed.color)
    for placed in marks:
        if placed.label and placed.row:
            canvas.put(placed.row + 2, offset + placed.start, placed.label, placed.color)
        elif placed.label:
            canvas.put(1, offset + placed.end + 1, placed.label, placed.color)
    # Short marks over long ones, and the primary one over all, so that each stays visible.
    for placed in sorted(marks, key=lambda placed: (placed.mark.primary, placed.start - placed.end)):
        canvas.put(1, offset + placed.start, ("^" if placed.mark.primary else "-") * (placed.end - placed.start), placed.color)


def _overlap(a: Placed, b: Placed, padding: int = 0) -> bool:
    """Returns whether two marks share squares, the right one `a` being seen from `b` with its label."""
    return a.start < b.end + padding and b.start < a.end


def _same(a: Placed, b: Placed) -> bool:
    """Returns whether `b` is an underline without words below the same text, which then needs no room of its own."""
    return (a.start, a.end) == (b.start, b.end) and not b.label


def _collide(a: Placed, b: Placed, row: int) -> bool:
    """Returns whether `b`, which begins further left, has to hang lower than `a`."""
    if (a.takes_space and b.stands_alone) or (a.label and b.takes_space):
        return True
    touching = _overlap(a, b, len(b.label) + 2 if b.label else 0)
    return touching and bool(b.label) and (bool(a.label) or (b.end <= a.end and row == 0))
