"""`render_comparison`: two networks side by side, in the format that was asked for. No torch."""

from __future__ import annotations

from collections.abc import Callable

from cnnspec.backends.comparison_json import render_json
from cnnspec.backends.comparison_markdown import render_markdown
from cnnspec.backends.comparison_pairs import Comparison, compare
from cnnspec.backends.comparison_text import render_text
from cnnspec.network.network import Network

FORMATS: dict[str, Callable[[Comparison], str]] = {"text": render_text, "markdown": render_markdown, "json": render_json}


def render_comparison(
    before: tuple[str, Network], after: tuple[str, Network], form: str, depth: int | None = None, batch: int | None = None
) -> str:
    """Returns two networks side by side as `text`, `markdown` or `json`, without a line end.

    Each network comes with how it is asked for (`resnet.cnn --set depth=18`); `depth` and `batch` are those of a summary.
    """
    return FORMATS[form](compare(before, after, depth, batch))
