"""Tables as lines of text: for terminals, and for GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnspec.diagnostics.visible import pad, width

GAP = "  "

Cells = tuple[str, ...]


class Table(NamedTuple):
    """Cells that are text already; `right` says of each column whether it holds numbers."""

    head: Cells
    right: tuple[bool, ...]
    rows: tuple[Cells, ...]


def plain_table(table: Table) -> list[str]:
    """Returns the lines of a table with a rule under its head, in ASCII."""
    widths = _widths(table, 0)
    head, *rows = (GAP.join(padded(cells, widths, table.right)).rstrip() for cells in (table.head, *table.rows))
    return [head, GAP.join("-" * size for size in widths), *rows]


def markdown_table(table: Table) -> list[str]:
    """Returns the lines of a table that GitHub shows as one, and that is readable as it is."""
    table = table._replace(rows=tuple(tuple(cell.replace("|", "\\|") for cell in cells) for cells in table.rows))
    widths = _widths(table, 3)
    head, *rows = (f"| {' | '.join(padded(cells, widths, table.right))} |" for cells in (table.head, *table.rows))
    marks = ("-" * (size - 1) + ":" if right else "-" * size for size, right in zip(widths, table.right, strict=True))
    return [head, f"| {' | '.join(marks)} |", *rows]


def escaped(text: str) -> str:
    """Returns a text in which Markdown sees no emphasis and no code: names may hold underscores, options stars."""
    return text.translate({ord(character): f"\\{character}" for character in "\\_*`"})


def _widths(table: Table, least: int) -> list[int]:
    return [max(least, *map(width, column)) for column in zip(table.head, *table.rows, strict=True)]


def padded(cells: Cells, widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """Returns the cells of a row as wide as their columns, those of numbers on the right."""
    columns = zip(cells, widths, right, strict=True)
    return [cell.rjust(size) if is_number else pad(cell, size) for cell, size, is_number in columns]
