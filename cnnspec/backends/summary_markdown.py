"""A summary as a GitHub table, readable as plain text too."""

from __future__ import annotations

from cnnspec.backends.numbers import arrow, memory, shape
from cnnspec.backends.summary_rows import Row, Summary

HEAD = ("name", "layer", "output", "receptive field", "parameters", "MACs")
RIGHT = (False, False, False, True, True, True)


def render_markdown(summary: Summary) -> str:
    """Returns a heading, the table and a line with the memory."""
    total = ("**total**", "", "", "", f"**{summary.parameters:,}**", f"**{summary.macs:,}**")
    lines = [HEAD, *map(_cells, summary.rows), total]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    marks = tuple("-" * (width - 1) + ":" if right else "-" * width for width, right in zip(widths, RIGHT, strict=True))
    table = [_line(cells, widths) for cells in (lines[0], marks, *lines[1:])]
    ends = arrow(summary.inputs, summary.outputs)
    return "\n".join([f"### {_escaped(f'{summary.name}: {ends}')}", "", *table, "", _memory(summary)])


def _cells(row: Row) -> tuple[str, ...]:
    layer = row.layer if row.kind == "sequence" else f"`{row.layer}`"
    layer += " (reused)" if row.reused else ""
    return (
        _escaped(row.name),
        layer.replace("|", "\\|"),
        shape(row.output),
        shape(row.field.size),
        f"{row.parameters:,}",
        f"{row.macs:,}",
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = (
        cell.rjust(width) if right else cell.ljust(width) for cell, width, right in zip(cells, widths, RIGHT, strict=True)
    )
    return f"| {' | '.join(padded)} |"


def _escaped(name: str) -> str:
    """Returns a name in which Markdown sees no emphasis: labels may hold underscores."""
    return name.replace("_", "\\_")


def _memory(summary: Summary) -> str:
    per = "one sample" if summary.batch is None else f"a batch of {summary.batch:,}"
    buffers = f", buffers {memory(summary.buffer_memory)}" if summary.buffer_memory else ""
    weights, activations = memory(summary.weight_memory), memory(summary.activation_memory)
    return f"Weights {weights}{buffers}, activations {activations} for {per}, in float32."
