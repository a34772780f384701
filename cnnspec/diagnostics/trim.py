"""One source line as it is shown: tabs expanded, escapes written out, and what is too long for the width cut away."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.diagnostics.marks import Mark
from cnnspec.diagnostics.visible import Cells, cells

ELLIPSIS = "..."
CUT = len(ELLIPSIS)


class ShownLine:
    """The squares of a line within a window around its marks; `place` finds a mark in them."""

    def __init__(self, line: str, marks: Sequence[Mark], width: int, *, unicode: bool) -> None:
        # Only the surroundings of the first mark can be shown, so only they are measured, however long the line is.
        focus = next((mark for mark in marks if mark.primary), marks[0] if marks else None)
        anchor = focus.start if focus else 0
        self.skipped = max(0, anchor - 4 * width)
        behind = min(len(line), anchor + 4 * width)
        self.layout: Cells = cells(line[self.skipped : behind], unicode=unicode)
        full = len(self.layout.cells)
        uncut = self.skipped == 0 and behind == len(line)
        self.left, self.right = (0, full) if uncut and full <= width else self._window(marks, focus, width)
        self.cut_left = CUT if self.left or self.skipped else 0
        self.cut_right = CUT if self.right < full or behind < len(line) else 0

    def _window(self, marks: Sequence[Mark], focus: Mark | None, width: int) -> tuple[int, int]:
        """Returns the range of squares to show: all marks if they fit, otherwise the focus; with room for the label."""
        full = len(self.layout.cells)
        if focus is None:
            return 0, min(full, width - CUT)
        extents = [self._squares(mark) for mark in marks]
        start, end = min(first for first, _ in extents), max(last for _, last in extents)
        room = min(max(len(mark.label) for mark in marks) + 1, width // 3)
        if end + room <= width - CUT and not self.skipped:
            return 0, min(full, width - CUT)
        budget = width - 2 * CUT
        if end - start + room > budget:
            start, end = self._squares(focus)
        spare = max(budget - (end - start) - room, 0)
        left = max(0, min(start - spare // 2, full + room - budget))
        if end - start + room > budget:  # the focus itself is too long: its beginning says most
            left = start
        return left, min(full, left + budget)

    def _squares(self, mark: Mark) -> tuple[int, int]:
        """Returns the half-open range of squares of the whole line that a mark covers, at least one."""
        starts, ends = self.layout.starts, self.layout.ends
        last = len(starts) - 1
        start = starts[min(max(mark.start - self.skipped, 0), last)]
        end_column = min(max(mark.end - self.skipped, 0), last)
        end = ends[end_column - 1] if end_column else 0
        return start, max(end, start + 1)

    def place(self, mark: Mark) -> tuple[int, int]:
        """Returns the half-open range of shown squares for a mark; outside the window it stands under the `...`."""
        start, end = self._squares(mark)
        start = min(max(start, self.left - self.cut_left), self.right)
        end = max(min(end, self.right + self.cut_right), self.left, start + 1)
        shift = self.cut_left - self.left
        return start + shift, end + shift

    @property
    def squares(self) -> list[str]:
        """Returns the squares to print."""
        shown = self.layout.cells[self.left : self.right]
        if shown and shown[0] == "":  # the second half of a wide character
            shown[0] = " "
        if self.right < len(self.layout.cells) and shown and self.layout.cells[self.right] == "":
            shown[-1] = " "
        return [*ELLIPSIS[: self.cut_left], *shown, *ELLIPSIS[: self.cut_right]]

    @property
    def indent(self) -> int:
        """Returns how many blanks the shown line begins with."""
        count = 0
        for square in self.squares:
            if square != " ":
                break
            count += 1
        return count
