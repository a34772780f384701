"""A summary as a GitHub table, readable as plain text too."""

from __future__ import annotations

from cnnspec.backends.numbers import arrow, memory
from cnnspec.backends.summary_columns import COLUMNS
from cnnspec.backends.summary_rows import Row, Summary
from cnnspec.backends.tables import Table, escaped, markdown_table
from cnnspec.network.symbolic.valid_text import spread, with_shapes


def render_markdown(summary: Summary, columns: tuple[str, ...]) -> str:
    """Returns a heading, the table and a line with the memory."""
    chosen = [COLUMNS[name] for name in columns]
    head = tuple(" ".join(filter(None, column.title)) for column in chosen)
    rows = [tuple(_cell(name, row) for name in columns) for row in summary.rows]
    table = Table(head, tuple(column.is_number for column in chosen), (*rows, _totals(summary, columns)))
    title = escaped(f"{summary.name}: {arrow(summary.inputs, summary.outputs)}")
    valid = f"Valid inputs: {with_shapes(summary.valid)}."
    if elsewhere := spread(summary.valid):
        valid += f" Other shapes {elsewhere}."
    return "\n".join([f"### {title}", "", *markdown_table(table), "", _memory(summary), "", valid])


def _cell(name: str, row: Row) -> str:
    if name == "layer" and row.kind != "sequence":
        return f"`{row.layer}`" + (" (reused)" if row.reused else "")
    text = COLUMNS[name].shows(row)
    return text if COLUMNS[name].is_number else escaped(text)


def _totals(summary: Summary, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the last line: the totals of the numbers, and before them what they are."""
    texts = [COLUMNS[name].total(summary) if COLUMNS[name].is_number else "" for name in columns]
    if not COLUMNS[columns[0]].is_number:
        texts[0] = "total"
    return tuple(f"**{text}**" if text else "" for text in texts)


def _memory(summary: Summary) -> str:
    per = "one sample" if summary.batch is None else f"a batch of {summary.batch:,}"
    buffers = f", buffers {memory(summary.buffer_memory)}" if summary.buffer_memory else ""
    values = f"activations {memory(summary.activation_memory)} in inference and {memory(summary.saved_memory)} in training"
    optimizer = (
        f" The state of {summary.optimizer} takes {memory(summary.optimizer_memory)}." if summary.optimizer_memory else ""
    )
    return f"Weights {memory(summary.weight_memory)}{buffers}, {values} for {per}, in {summary.dtype}.{optimizer}"
