"""A sheet of squares to draw on, and its text with or without colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FRAME = "1;94"  # ANSI: bold, bright blue
EMPHASIS = "1"
SEVERITIES = {"error": "1;91", "warning": "1;93", "note": "1;92"}


class Canvas:
    """Rows of squares; each holds a character (or "" behind a wide one) and an ANSI colour ("" for none)."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[str, str]]] = []

    def put(self, row: int, column: int, squares: Iterable[str], color: str = "") -> None:
        """Writes squares from a place on, over what stands there."""
        while len(self.rows) <= row:
            self.rows.append([])
        line = self.rows[row]
        written = [(square, color) for square in squares]
        line.extend([(" ", "")] * (column + len(written) - len(line)))
        line[column : column + len(written)] = written

    def extend(self, rows: int) -> None:
        """Makes the canvas at least `rows` high."""
        while len(self.rows) < rows:
            self.rows.append([])

    def lines(self, color: bool) -> list[str]:
        """Returns the rows as text, without blanks at their ends."""
        return [_line(row, color) for row in self.rows]


def painted(text: str, color: str, wanted: bool) -> str:
    """Returns `text` in a colour, if colour is wanted."""
    return f"\x1b[{color}m{text}\x1b[0m" if wanted and color and text else text


def _line(row: Sequence[tuple[str, str]], color: bool) -> str:
    if not color:
        return "".join([square for square, _ in row]).rstrip(" ")
    end = len(row)
    while end and row[end - 1][0] == " ":
        end -= 1
    runs: list[tuple[str, list[str]]] = []
    for square, paint in row[:end]:
        if runs and (runs[-1][0] == paint or square in ("", " ")):
            runs[-1][1].append(square)
        else:
            runs.append((paint, [square]))
    return "".join(painted("".join(squares), paint, True) for paint, squares in runs)
