"""A sweep as a table for people: for terminals, and for GitHub."""

from __future__ import annotations

from cnnspec.backends.figures import TITLES, figure
from cnnspec.backends.numbers import shape
from cnnspec.backends.sweep_rows import COMPARED, Measured, Sweep
from cnnspec.backends.tables import Cells, Table, escaped, markdown_table, plain_table
from cnnspec.diagnostics.diagnostic import Diagnostic

SHOWN = ("parameters", "macs", "weight_memory", "activation_memory")


def render_text(sweep: Sweep) -> str:
    """Returns the table with what all trials share above it, in ASCII."""
    return "\n".join([sweep.asked, "", *plain_table(_table(sweep))])


def render_markdown(sweep: Sweep) -> str:
    """Returns the table with what all trials share as its heading."""
    return "\n".join([f"### {escaped(sweep.asked)}", "", *markdown_table(_table(sweep))])


def _table(sweep: Sweep) -> Table:
    """Returns a line for each trial: its values, figures with their ratios to the first, and the output or the mistake."""
    columns = [(TITLES[key], *(["ratio"] if key in COMPARED else [])) for key in SHOWN]
    numbers = [title for titles in columns for title in titles]
    head = (*sweep.names, *numbers, "output")
    rows = tuple((*values, *_cells(found, len(numbers))) for values, found in sweep.trials)
    return Table(head, (*(False for _ in sweep.names), *(True for _ in numbers), False), rows)


def _cells(found: Measured | Diagnostic, numbers: int) -> Cells:
    if isinstance(found, Diagnostic):
        return (*("-" for _ in range(numbers)), f"{found.severity}[{found.code}]: {found.message}")
    cells = [(figure(key, found.figures[key]), *_ratio(found, key)) for key in SHOWN]
    return (*(cell for pair in cells for cell in pair), ", ".join(map(shape, found.outputs)))


def _ratio(found: Measured, key: str) -> Cells:
    if key not in COMPARED:
        return ()
    times = found.ratios[key]
    return ("-" if times is None else f"{times:g}",)
