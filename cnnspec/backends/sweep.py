"""`render_sweep`: one network with several settings, in the format that was asked for. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnnspec.backends.sweep_documents import render_csv, render_json
from cnnspec.backends.sweep_rows import Sweep, Trial, sweep
from cnnspec.backends.sweep_tables import render_markdown, render_text

FORMATS: dict[str, Callable[[Sweep], str]] = {
    "text": render_text,
    "markdown": render_markdown,
    "json": render_json,
    "csv": render_csv,
}


def render_sweep(names: tuple[str, ...], asked: str, trials: Sequence[Trial], form: str, batch: int | None = None) -> str:
    """Returns the trials of a sweep as `text`, `markdown`, `json` or `csv`, without a line end.

    `names` are swept, `asked` says which file and options all trials share; `batch` is that of a summary.
    """
    return FORMATS[form](sweep(names, asked, trials, batch))
