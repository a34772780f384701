"""A summary as a plain table for terminals: ASCII, 100 columns where names and shapes allow it."""

from __future__ import annotations

from cnnspec.backends.numbers import arrow, memory, rounded, shape
from cnnspec.backends.summary_rows import Row, Summary

WIDTH = 100
SHORTEST_LAYER = 16  # columns that the description of a layer keeps, however long names and shapes are
GAP = "  "
HEAD = (("", "", "", "receptive", "", ""), ("name", "layer", "output", "field", "parameters", "MACs"))
LAYER = 1
RIGHT = (False, False, False, True, True, True)


def render_text(summary: Summary) -> str:
    """Returns the table with a title above and the memory below."""
    total = ("", "total", ", ".join(map(shape, summary.outputs)), "", f"{summary.parameters:,}", f"{summary.macs:,}")
    lines = _fitted([*HEAD, *map(_cells, summary.rows), total])
    widths = _widths(lines)
    table = [_line(cells, widths) for cells in lines]
    rule = GAP.join("-" * width for width in widths)
    whole = [*table[: len(HEAD)], rule, *table[len(HEAD) : -1], rule, table[-1]]
    return "\n".join([_title(summary, len(rule)), "", *whole, "", *_notes(summary)])


def _cells(row: Row) -> tuple[str, ...]:
    layer = f"{row.layer} (reused)" if row.reused else row.layer
    return (row.name, layer, shape(row.output), shape(row.field.size), _count(row.parameters), _count(row.macs))


def _count(number: int) -> str:
    """Returns a number with thousands separators, a dash for none, so that the layers that cost something stand out."""
    return f"{number:,}" if number else "-"


def _fitted(lines: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Returns the lines with the layer column shortened, where the table would exceed WIDTH."""
    widths = _widths(lines)
    room = WIDTH - sum(widths) - len(GAP) * (len(widths) - 1) + widths[LAYER]
    return [(*cells[:LAYER], _short(cells[LAYER], max(SHORTEST_LAYER, room)), *cells[LAYER + 1 :]) for cells in lines]


def _widths(lines: list[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(cells, widths, RIGHT, strict=True)
    )
    return GAP.join(padded).rstrip()


def _short(text: str, width: int) -> str:
    """Returns at most `width` characters, cut where an argument ends if there is one to keep."""
    if len(text) <= width:
        return text
    whole, _, _ = text[: width - 4].rpartition(", ")
    return f"{whole}, ..." if whole else text[: width - 3] + "..."


def _title(summary: Summary, width: int) -> str:
    title = f"{summary.name}: {arrow(summary.inputs, summary.outputs)}"
    room = width - len(title)
    return title if len(summary.file) + len(GAP) > room else title + summary.file.rjust(room)


def _notes(summary: Summary) -> list[str]:
    """Returns the lines below the table: what the totals mean, and the memory."""
    per = "one sample" if summary.batch is None else f"a batch of {summary.batch:,}"
    frozen = f", {summary.frozen:,} of them frozen" if summary.frozen else ""
    lines = [
        ("weights", memory(summary.weight_memory), f"{summary.parameters:,} parameters in float32{frozen}"),
        ("activations", memory(summary.activation_memory), f"the most that is alive at once in inference, for {per}"),
        ("compute", f"{rounded(summary.macs)} MACs", f"multiply-accumulates of convolutions and linear layers for {per}"),
    ]
    if summary.buffer_memory:
        lines.insert(1, ("buffers", memory(summary.buffer_memory), "running statistics, which are not trained"))
    first, second = (max(len(line[column]) for line in lines) for column in (0, 1))
    return [f"{name.ljust(first)}{GAP}{figure.rjust(second)}{GAP}{text}" for name, figure, text in lines]
