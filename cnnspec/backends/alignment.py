"""Which rows of two summaries belong together: the alignment of least cost, as of two texts.

The recurrence is that of Wagner and Fischer (1974), "The string-to-string correction problem", Journal of the ACM 21(1),
doi:10.1145/321796.321811; rows that are equal at both ends are left out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from cnnspec.backends.summary_rows import Row
from cnnspec.diagnostics.problem import UsageError

Pair = tuple[Row | None, Row | None]  # a row before and after; None where there is none

DIFFERENCE = 1000  # the cost of a row that changed, or stands alone
OTHER_LABEL = 500  # of one that is the same under another label
RENAMED = 1  # of one whose number is another one, since rows came in or went away before it
NEVER = 1 << 40  # of two rows that have nothing in common
MOST_CELLS = 4_000_000  # of the table of costs: some seconds

_Key = tuple[tuple[object, ...], str, str]  # place, kind and layer of a row

_TOGETHER, _BEFORE, _AFTER = range(3)  # the last step: both rows, the one before alone, the one after alone


def aligned(before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """Returns the rows of both in one order; a row without a partner stands alone.

    Rows may belong together where they are of one kind and have the same labels around and at them, numbers aside, since these
    move where a row comes in between. Of all such ways, the one that leaves the fewest differences is taken: what is put in
    between keeps its surroundings so, and layers that all become wider keep their order. Raises UsageError for too many rows.
    """
    head = _equal(before, after)
    tail = _equal(before[head:][::-1], after[head:][::-1])
    one, other = before[head : len(before) - tail], after[head : len(after) - tail]
    if len(one) * len(other) > MOST_CELLS:
        rows = f"{len(one):,} rows of the one network with {len(other):,} of the other"
        raise UsageError(f"it would take too long to match {rows}: fold them with --depth")
    last = zip(before[len(before) - tail :], after[len(after) - tail :], strict=True)
    return [*zip(before[:head], after[:head], strict=True), *_traced(one, other), *last]


def _equal(before: Sequence[Row], after: Sequence[Row]) -> int:
    """Returns how many rows at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: _name(pair[0]) == _name(pair[1]), zip(before, after, strict=False)))


def _name(row: Row) -> tuple[object, ...]:
    return row.name, row.kind, row.layer, row.reused


def _traced(before: Sequence[Row], after: Sequence[Row]) -> list[Pair]:
    """Returns the way of least cost, followed from its end."""
    steps = _steps(before, after)
    pairs: list[Pair] = []
    row, column = len(before), len(after)
    while row or column:
        step = _AFTER if row == 0 else _BEFORE if column == 0 else steps[row - 1][column - 1]
        row, column = row - (step != _AFTER), column - (step != _BEFORE)
        pairs.append((None if step == _AFTER else before[row], None if step == _BEFORE else after[column]))
    return pairs[::-1]


def _steps(before: Sequence[Row], after: Sequence[Row]) -> list[bytearray]:
    """Returns the last step of the best way to each pair of rows, in a table."""
    table: list[bytearray] = []
    costs = [DIFFERENCE * column for column in range(len(after) + 1)]
    names, others = [row.name for row in after], [(_place(row), row.kind, row.layer) for row in after]
    known: dict[_Key, list[int]] = {}
    for row in before:
        key = (_place(row), row.kind, row.layer)
        together = known.get(key) or known.setdefault(key, [_cost(key, other) for other in others])
        steps, diagonal, name = bytearray(), costs[0], row.name
        current = costs[0] = diagonal + DIFFERENCE
        for column, (cost, above) in enumerate(zip(together, costs[1:], strict=True)):
            best, step = diagonal + cost + (names[column] != name) * RENAMED, _TOGETHER
            if current + DIFFERENCE < best:
                best, step = current + DIFFERENCE, _AFTER
            if above + DIFFERENCE < best:
                best, step = above + DIFFERENCE, _BEFORE
            costs[column + 1] = current = best
            diagonal = above
            steps.append(step)
        table.append(steps)
    return table


def _cost(before: _Key, after: _Key) -> int:
    """Returns what it costs that two rows belong together, their numbers aside."""
    if before[0] == after[0]:
        return 0 if before == after else DIFFERENCE
    return OTHER_LABEL if before[1:] == after[1:] else NEVER


def _place(row: Row) -> tuple[object, ...]:
    """Returns the labels in the path of a row without the numbers, and what kind of layer it is."""
    return tuple("" if name.isdecimal() else name for name in row.name.split(".")), row.kind, row.reused
