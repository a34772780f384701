"""A bar on the terminal, beside output that takes a while."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

_SOON = 100  # items that are done before anybody would read a bar

Item = TypeVar("Item")


def with_progress(items: Iterable[Item], count: int, unit: str, color: str = "auto") -> Iterator[Item]:
    """Yields the same; shows on standard error how many of `count` there were and how fast, where that is a terminal.

    `color` is what the command line asks for.
    """
    if count <= _SOON or not sys.stderr.isatty():
        yield from items
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from cnnspec.training.report import console_for

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=console_for(sys.stderr, color), transient=True) as progress:
        task = progress.add_task("", total=count, rate="")
        for item in items:
            yield item
            speed = progress.tasks[0].speed  # not known before the second item
            progress.update(task, advance=1, rate="" if speed is None else f"{speed:,.0f} {unit}/sec")
