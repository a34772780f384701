"""What a comparison shows to people, whatever the form: a table of figures, one of layers, and a note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.backends.alignment import Pair
from cnnspec.backends.comparison_pairs import Comparison, Side, change
from cnnspec.backends.figures import TITLES, difference, figure, ratio
from cnnspec.backends.numbers import arrow, number, shape
from cnnspec.backends.summary_rows import Row
from cnnspec.backends.tables import Cells, Table

MARKS = {"equal": "", "changed": "~", "added": "+", "removed": "-"}


def ends(side: Side) -> str:
    """Returns what a network is called, takes and gives: `LeNet 1x28x28 -> 10`."""
    return f"{side.summary.name} {arrow(side.summary.inputs, side.summary.outputs)}"


def figure_table(comparison: Comparison) -> Table:
    """Returns a line for each figure, and one for the shape of the output."""
    head = ("", "before", "after", "difference", "ratio")
    return Table(head, (False, True, True, True, True), tuple(_figures(comparison)))


def layer_table(comparison: Comparison) -> Table | None:
    """Returns a line for each row of one network only, two for one that changed, and one for all equal neighbours together.

    The second line of a row that changed says what became of it, where that is something else. None where all rows are equal.
    """
    if all(change(pair) == "equal" for pair in comparison.pairs):
        return None
    head = ("", "name", "layer", "output", "parameters", "MACs")
    return Table(head, (False, False, False, False, True, True), tuple(_layers(comparison)))


def note(comparison: Comparison) -> str:
    """Returns what the tables do not show; nothing where there is nothing to say."""
    count = sum(map(_is_renamed, comparison.pairs))
    what = "1 layer with parameters has" if count == 1 else f"{number(count)} layers with parameters have"
    renamed = f"{what} another name: stored weights of the one network do not fit the other there." if count else ""
    alike = all(change(pair) == "equal" for pair in comparison.pairs)
    return f"All layers are equal. {renamed}".rstrip() if alike else renamed


def _figures(comparison: Comparison) -> Iterator[Cells]:
    before, after = comparison.before, comparison.after
    for key, title in TITLES.items():
        one, other = before.figures[key], after.figures[key]
        times = None if one == other else ratio(one, other)
        yield title, figure(key, one), figure(key, other), difference(key, one, other), "" if times is None else f"{times:g}"
    yield "output", *(", ".join(map(shape, side.summary.outputs)) for side in (before, after)), "", ""


def _layers(comparison: Comparison) -> Iterator[Cells]:
    for kind, pairs in comparison.runs:
        if kind == "equal" and len(pairs) > 1:
            yield "", "...", _equal(pairs), "", "", ""
            continue
        for before, after in pairs:
            cells = [_cells(row) for row in (before, after) if row is not None]
            yield MARKS[kind], *cells[0]
            if kind == "changed":
                yield "", *(new if new != old else "" for old, new in zip(*cells, strict=True))


def _equal(pairs: Sequence[Pair]) -> str:
    merges = any(row is not None and row.is_merge for row, _ in pairs)
    return f"{number(len(pairs))} equal layers{' and merges' if merges else ''}"


def _is_renamed(pair: Pair) -> bool:
    before, after = pair
    return before is not None and after is not None and before.name != after.name and before.parameters != 0


def _cells(row: Row) -> Cells:
    layer = f"{row.layer} (reused)" if row.reused else row.layer
    return row.name, layer, shape(row.output), *(number(count) if count != 0 else "-" for count in (row.parameters, row.macs))
