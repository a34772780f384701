"""A summary as a plain table for terminals: ASCII, 100 columns where names and shapes allow it."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.backends.numbers import arrow, intensity, memory, number, rounded, shape
from cnnspec.backends.summary_columns import COLUMNS, totals
from cnnspec.backends.summary_rows import Summary
from cnnspec.backends.tables import GAP, padded
from cnnspec.diagnostics.visible import width as squares
from cnnspec.network.symbolic.valid_sizes import ValidSizes
from cnnspec.network.symbolic.valid_text import spread, ways

WIDTH = 100
SHORTEST = {"layer": 16, "name": 12}  # characters that stay, however long the others are
HEAD = 2  # lines of the titles
VALID = "valid inputs"
OTHER = "other shapes"
FIGURE = 20  # characters of a figure that stands in a column; a formula may be longer

Lines = list[tuple[str, ...]]


def render_text(summary: Summary, columns: tuple[str, ...], width: int | None = None) -> str:
    """Returns the table with a title above and the memory below.

    The descriptions of layers are shortened to `width`, and where that is a terminal's the names too; numbers never are.
    """
    chosen = [COLUMNS[name] for name in columns]
    titles = [tuple(column.title[line] for column in chosen) for line in range(HEAD)]
    cells = [tuple(column.shows(row) for column in chosen) for row in summary.rows]
    total = tuple(
        "below" if column.is_number and len(text) > 2 * FIGURE else text
        for column, text in zip(chosen, totals(summary, columns), strict=True)
    )
    lines = _fitted([*titles, *cells, total], columns, "layer", _short, width or WIDTH)
    if width is not None:
        lines = _fitted(lines, columns, "name", _tail, width)
    widths = _widths(lines)
    table = [_line(line, widths, [column.is_number for column in chosen]) for line in lines]
    rule = GAP.join("-" * size for size in widths)
    head = [line for line in table[:HEAD] if line]
    whole = [*head, rule, *table[HEAD:-1], rule, table[-1]]
    return "\n".join([_title(summary, len(rule)), "", *whole, "", *_notes(summary)])


def _fitted(lines: Lines, columns: tuple[str, ...], name: str, cut: Callable[[str, int], str], width: int) -> Lines:
    """Returns the lines with the cells of one column cut, where the table would exceed a width."""
    if name not in columns:
        return lines
    place = columns.index(name)
    widths = _widths(lines)
    room = max(SHORTEST[name], width - sum(widths) - len(GAP) * (len(widths) - 1) + widths[place])
    return [(*cells[:place], cut(cells[place], room), *cells[place + 1 :]) for cells in lines]


def _widths(lines: Lines) -> list[int]:
    return [max(map(squares, column)) for column in zip(*lines, strict=True)]


def _line(cells: tuple[str, ...], widths: list[int], right: list[bool]) -> str:
    return GAP.join(padded(cells, widths, right)).rstrip()


def _short(text: str, width: int) -> str:
    """Returns at most `width` characters, cut where an argument ends if there is one to keep."""
    if len(text) <= width:
        return text
    whole, _, _ = text[: width - 4].rpartition(", ")
    return f"{whole}, ..." if whole else text[: width - 3] + "..."


def _tail(text: str, width: int) -> str:
    """Returns at most `width` characters, the last ones of a name, which differ."""
    return text if len(text) <= width else "..." + text[3 - width :]


def _title(summary: Summary, width: int) -> str:
    title = f"{summary.name}: {arrow(summary.inputs, summary.outputs)}"
    room = width - squares(title) - squares(summary.file)
    return title if room < len(GAP) else f"{title}{' ' * room}{summary.file}"


def _notes(summary: Summary) -> list[str]:
    """Returns the lines below the table: what the totals mean, and the memory."""
    per = "one sample" if summary.batch is None else f"a batch of {summary.batch:,}"
    frozen = f", {number(summary.frozen)} of them frozen" if summary.frozen else ""
    lines = [("weights", memory(summary.weight_memory), f"{number(summary.parameters)} parameters in {summary.dtype}{frozen}")]
    if summary.buffer_memory:
        lines.append(("buffers", memory(summary.buffer_memory), "running statistics, which are not trained"))
    lines += [
        ("activations", memory(summary.activation_memory), f"the most that is alive at once in inference, for {per}"),
        ("training", memory(summary.saved_memory), f"activations kept for the backward pass, for {per}"),
    ]
    if summary.optimizer_memory is not None:
        whole = memory(summary.training_memory)
        text = f"state of {summary.optimizer}; {whole} with weights, gradients and activations"
        lines.append(("optimizer", memory(summary.optimizer_memory), text))
    text = f"multiply-accumulates for {per}"
    if summary.costs.intensity:
        text += f"; {intensity(summary.costs.intensity)} FLOPs per byte moved"
    lines.append(("compute", f"{rounded(summary.macs)} MACs", text))
    first = max(len(name) for name in (VALID, *(line[0] for line in lines)))
    second = max((len(figure) for _, figure, _ in lines if len(figure) <= FIGURE), default=0)
    notes = [
        f"{name.ljust(first)}{GAP}{f'{figure.rjust(second)}{GAP}{text}' if len(figure) <= FIGURE else f'{text}: {figure}'}"
        for name, figure, text in lines
    ]
    return [*notes, *_valid_inputs(summary.valid, first)]


def _valid_inputs(valid: ValidSizes, indent: int) -> list[str]:
    """Returns the inputs that the network takes, one line for each alternative."""
    shapes = " and ".join(map(shape, (given.sizes for given in valid.shapes)))
    if not valid.symbols:
        return [f"{VALID.ljust(indent)}{GAP}{shapes} only"]
    first, *others = ways(valid)
    lines = [f"{VALID.ljust(indent)}{GAP}{shapes} with {first}", *(f"{' ' * indent}{GAP}or {other}" for other in others)]
    elsewhere = spread(valid)
    return [*lines, f"{OTHER.ljust(indent)}{GAP}{elsewhere}"] if elsewhere else lines
