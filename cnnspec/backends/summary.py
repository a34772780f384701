"""`render`: the table of layers in the format that was asked for. No torch."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.backends.summary_json import render_json
from cnnspec.backends.summary_markdown import render_markdown
from cnnspec.backends.summary_rows import Summary, summarise
from cnnspec.backends.summary_text import render_text
from cnnspec.network.network import Network

FORMATS: dict[str, Callable[[Summary], str]] = {"text": render_text, "markdown": render_markdown, "json": render_json}


def render(network: Network, format: str = "text", depth: int | None = None, batch: int | None = None) -> str:
    """Returns the summary as `text`, `markdown` or `json`, without a line end; raises ValueError for other formats.

    `depth` folds labelled sequences and blocks below that level (1 is the outermost) into one row each. `batch` shows
    shapes with that many samples in front, and multiplies MACs and activation memory by it.
    """
    if format not in FORMATS:
        raise ValueError(f"no summary format {format!r}: choose {', '.join(FORMATS)}")
    for what, number in (("depth", depth), ("batch", batch)):
        if number is not None and number < 1:
            raise ValueError(f"{what} must be at least 1, not {number}")
    return FORMATS[format](summarise(network, depth, batch))
