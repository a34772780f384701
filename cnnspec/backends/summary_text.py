"""A summary as a plain table for terminals: ASCII, 100 columns where names and shapes allow it."""

from __future__ import annotations

from cnnspec.backends.numbers import memory, rounded, shape
from cnnspec.backends.summary_rows import Row, Summary

WIDTH = 100
SHORTEST_LAYER = 16  # columns that the description of a layer keeps, however long names and shapes are
GAP = "  "
HEAD = (("", "", "", "receptive", "", ""), ("name", "layer", "output", "field", "parameters", "MACs"))
LAYER = 1
RIGHT = (False, False, False, True, True, True)


def render_text(summary: Summary) -> str:
    """Returns the table with a title above and the memory below."""
    body = [_cells(row) for row in summary.rows]
    total = ("", "total", shape(summary.output), "", f"{summary.parameters:,}", f"{summary.macs:,}")
    widths = _widths([*HEAD, *body, total])
    rule = GAP.join("-" * width for width in widths)
    table = [
        *(_line(cells, widths) for cells in HEAD),
        rule,
        *(_line(cells, widths) for cells in body),
        rule,
        _line(total, widths),
    ]
    return "\n".join([_title(summary, len(rule)), "", *table, "", *_notes(summary)])


def _cells(row: Row) -> tuple[str, ...]:
    return (row.name, row.layer, shape(row.output), shape(row.field.size), _count(row.parameters), _count(row.macs))


def _count(number: int) -> str:
    """Returns a number with thousands separators, a dash for none, so that the layers that cost something stand out."""
    return f"{number:,}" if number else "-"


def _widths(lines: list[tuple[str, ...]]) -> list[int]:
    """Returns the width of each column; the layer column gives way where the table would exceed WIDTH."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    excess = sum(widths) + len(GAP) * (len(widths) - 1) - WIDTH
    if excess > 0:
        widths[LAYER] = max(min(SHORTEST_LAYER, widths[LAYER]), widths[LAYER] - excess)
    return widths


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [
        _short(cell, width).rjust(width) if right else _short(cell, width).ljust(width)
        for cell, width, right in zip(cells, widths, RIGHT, strict=True)
    ]
    return GAP.join(padded).rstrip()


def _short(text: str, width: int) -> str:
    """Returns at most `width` characters, cut where an argument ends if there is one to keep."""
    if len(text) <= width:
        return text
    whole, _, _ = text[: width - 4].rpartition(", ")
    return f"{whole}, ..." if whole else text[: width - 3] + "..."


def _title(summary: Summary, width: int) -> str:
    title = f"{summary.name}: {shape(summary.input)} -> {shape(summary.output)}"
    room = width - len(title)
    return title if len(summary.file) + len(GAP) > room else title + summary.file.rjust(room)


def _notes(summary: Summary) -> list[str]:
    """Returns the lines below the table: what the totals mean, and the memory."""
    per = "one sample" if summary.batch is None else f"a batch of {summary.batch:,}"
    frozen = f", {summary.frozen:,} of them frozen" if summary.frozen else ""
    lines = [
        ("weights", memory(summary.weight_memory), f"{summary.parameters:,} parameters in float32{frozen}"),
        ("activations", memory(summary.activation_memory), f"the outputs of all layers for {per}, in float32"),
        ("compute", f"{rounded(summary.macs)} MACs", f"multiply-accumulates of convolutions and linear layers for {per}"),
    ]
    if summary.buffer_memory:
        lines.insert(1, ("buffers", memory(summary.buffer_memory), "running statistics, which are not trained"))
    first, second = (max(len(line[column]) for line in lines) for column in (0, 1))
    return [f"{name.ljust(first)}{GAP}{figure.rjust(second)}{GAP}{text}" for name, figure, text in lines]
