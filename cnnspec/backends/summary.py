"""`render`: the table of layers in the format that was asked for. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from cnnspec.backends.summary_columns import USUAL, chosen, ordered
from cnnspec.backends.summary_json import render_json
from cnnspec.backends.summary_markdown import render_markdown
from cnnspec.backends.summary_rows import Summary, summarise
from cnnspec.backends.summary_text import render_text
from cnnspec.network.analyses.analysis import NUMBER_BYTES
from cnnspec.network.network import Network
from cnnspec.values.solve import MAX_PERIOD

FORMATS: dict[str, Callable[[Summary, tuple[str, ...], int | None], str]] = {
    "text": render_text,
    "markdown": lambda summary, columns, width: render_markdown(summary, columns),
    "json": lambda summary, columns, width: render_json(summary),
}


class Layout(NamedTuple):
    """Which `columns` a table has, in this order, the column to `sort` by, and the `width` of the terminal, None for a file."""

    columns: Sequence[str] = USUAL
    sort: str | None = None
    reverse: bool = False
    width: int | None = None


PLAIN = Layout()


def render(
    network: Network,
    format: str = "text",
    depth: int | None = None,
    batch: int | None = None,
    dtype: str = "float32",
    layout: Layout = PLAIN,
    max_period: int = MAX_PERIOD,
) -> str:
    """Returns the summary as `text`, `markdown` or `json`, without a line end; raises ValueError for what there is not.

    `depth` folds labelled sequences and blocks below that level (1 is the outermost) into one row each. `batch` shows
    shapes with that many samples in front, and multiplies MACs and the memory of values by it. `dtype` is what all numbers
    are. JSON has all columns always. Which inputs are valid is found where that repeats after at most `max_period` sizes.
    """
    for what, name, known in (("summary format", format, FORMATS), ("dtype", dtype, NUMBER_BYTES)):
        if name not in known:
            raise ValueError(f"no {what} {name!r}: choose {', '.join(known)}")
    for what, number in (("depth", depth), ("batch", batch)):
        if number is not None and number < 1:
            raise ValueError(f"{what} must be at least 1, not {number}")
    columns = chosen(layout.columns)
    summary = summarise(network, depth, batch, dtype, max_period)
    if layout.sort is not None:
        summary = replace(summary, rows=ordered(summary.rows, layout.sort, layout.reverse))
    return FORMATS[format](summary, columns, layout.width)
