"""The columns that a table of layers may have: their titles, what they show, and by what they sort."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from cnnspec.backends.numbers import decimal, intensity, memory, number, percent, shape
from cnnspec.backends.summary_rows import Row, Summary
from cnnspec.diagnostics.nearest import nearest
from cnnspec.values.dims import Formula, in_the_end
from cnnspec.values.shapes import Dim

NOTHING = "-"
ALL = "all"


class Column(NamedTuple):
    """`title` has two lines; `shows` is the cell of a row, `total` that of the last line; `orders` tells which row has more.

    What orders by words begins with the first of them, what orders by numbers with the largest.
    """

    title: tuple[str, str]
    shows: Callable[[Row], str]
    orders: Callable[[Row], str | float]
    total: Callable[[Summary], str] = lambda summary: ""

    @property
    def is_number(self) -> bool:
        """Returns whether it stands on the right: numbers do, words and shapes do not."""
        return self.title[1] not in ("name", "kind", "layer", "output")


def _count(title: tuple[str, str], of: Callable[[Row | Summary], Dim]) -> Column:
    """Returns a column of counts: with thousands separators, a dash for none, so that what costs something stands out."""
    return Column(title, lambda row: _or_nothing(of(row)), lambda row: in_the_end(of(row)), lambda summary: number(of(summary)))


def _bytes(title: tuple[str, str], of: Callable[[Row], Dim], total: Callable[[Summary], Dim]) -> Column:
    return Column(
        title,
        lambda row: memory(of(row)) if of(row) else NOTHING,
        lambda row: in_the_end(of(row)),
        lambda summary: memory(total(summary)),
    )


COLUMNS: dict[str, Column] = {
    "name": Column(("", "name"), lambda row: row.name, lambda row: row.name),
    "kind": Column(("", "kind"), lambda row: row.kind, lambda row: row.kind, lambda summary: "total"),
    "layer": Column(
        ("", "layer"),
        lambda row: f"{row.layer} (reused)" if row.reused else row.layer,
        lambda row: row.layer,
        lambda summary: "total",
    ),
    "output": Column(
        ("", "output"),
        lambda row: shape(row.output),
        lambda row: in_the_end(math.prod(row.output)),
        lambda summary: ", ".join(map(shape, summary.outputs)),
    ),
    "receptive_field": Column(
        ("receptive", "field"), lambda row: shape(row.field.size), lambda row: max(map(in_the_end, row.field.size), default=0)
    ),
    "stride": Column(("", "stride"), lambda row: _axes(row.field.stride), lambda row: _most(row.field.stride)),
    "offset": Column(("centre", "offset"), lambda row: _axes(row.field.offset), lambda row: _most(row.field.offset)),
    "border": Column(
        ("sees", "padding"), lambda row: percent(row.field.whole_border), lambda row: _or_least(row.field.whole_border)
    ),
    "parameters": _count(("", "parameters"), lambda row: row.costs.parameters),
    "frozen": _count(("", "frozen"), lambda row: row.costs.frozen),
    "buffers": _count(("", "buffers"), lambda row: row.costs.buffers),
    "macs": _count(("", "MACs"), lambda row: row.costs.macs),
    "share": Column(("share", "of MACs"), lambda row: percent(row.share), lambda row: _or_least(row.share)),
    "activations": _count(("", "activations"), lambda row: row.costs.activations),
    "weights": _bytes(
        ("", "weights"), lambda row: row.costs.weights, lambda summary: summary.weight_memory + summary.buffer_memory
    ),
    "memory": _bytes(("alive in", "inference"), lambda row: row.costs.memory, lambda summary: summary.activation_memory),
    "saved": _bytes(("kept in", "training"), lambda row: row.costs.saved, lambda summary: summary.saved_memory),
    "intensity": Column(
        ("FLOPs", "per byte"),
        lambda row: intensity(row.costs.intensity),
        lambda row: _or_least(row.costs.intensity),
        lambda summary: intensity(summary.costs.intensity),
    ),
}
USUAL = ("name", "layer", "output", "receptive_field", "parameters", "macs")


class UnknownColumn(ValueError):
    """A name that no column has; the text offers the nearest one."""

    def __init__(self, name: str) -> None:
        guess = nearest(name, COLUMNS)
        super().__init__(f"no column `{name}`; {f'did you mean `{guess}`?' if guess else 'choose from ' + ', '.join(COLUMNS)}")


def chosen(names: Iterable[str]) -> tuple[str, ...]:
    """Returns names of columns, in order and each once, `all` for every one; raises UnknownColumn."""
    listed = [known for name in names for known in (COLUMNS if name == ALL else (name,))]
    for name in listed:
        if name not in COLUMNS:
            raise UnknownColumn(name)
    return tuple(dict.fromkeys(listed))


def totals(summary: Summary, names: Sequence[str]) -> tuple[str, ...]:
    """Returns the cells of the last line, which says of itself what it is where there is a place for a word."""
    cells = [COLUMNS[name].total(summary) for name in names]
    if names[0] == "name" and "total" not in cells:
        cells[0] = "total"
    return tuple(cells)


def ordered(rows: Sequence[Row], by: str, reverse: bool = False) -> tuple[Row, ...]:
    """Returns rows sorted by a column: words from the first on, numbers from the largest on; `reverse` turns that around.

    Rows that are equal there stay in the order of execution. Raises UnknownColumn.
    """
    (name,) = chosen([by])
    column = COLUMNS[name]
    by_words = bool(rows) and isinstance(column.orders(rows[0]), str)
    return tuple(sorted(rows, key=column.orders, reverse=reverse if by_words else not reverse))


def _or_nothing(count: Dim) -> str:
    return number(count) if count else NOTHING


def _axes(values: Sequence[int | Fraction | None]) -> str:
    """Returns one number for each axis, or one for all where they are equal."""
    return ", ".join(map(decimal, values if len(set(values)) > 1 else values[:1])) or NOTHING


def _most(values: Sequence[int | Fraction | None]) -> float:
    return float(max((value for value in values if value is not None and not isinstance(value, Formula)), default=0))


def _or_least(value: float | None) -> float:
    return -math.inf if value is None else value
