"""`--columns`, `--sort` and the width of the terminal: how a summary is laid out."""

from __future__ import annotations

import shutil
import sys

from cnnspec.backends.summary import Layout
from cnnspec.backends.summary_columns import USUAL, UnknownColumn, chosen
from cnnspec.diagnostics.problem import UsageError


def layout_of(columns: str | None, sort: str | None, reverse: bool) -> Layout:
    """Returns the layout that the options ask for; raises UsageError for columns that there are not."""
    listed = USUAL if columns is None else tuple(name.strip() for name in columns.split(","))
    try:
        names = chosen(listed)
        chosen([] if sort is None else [sort])
    except UnknownColumn as error:
        raise UsageError(str(error)) from None
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return Layout(names, sort, reverse, width)
