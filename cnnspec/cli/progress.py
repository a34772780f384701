"""A bar on the terminal, beside output that takes a while."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

_SOON = 100  # items that are done before anybody would read a bar

Item = TypeVar("Item")


def with_progress(items: Iterable[Item], count: int, unit: str) -> Iterator[Item]:
    """Yields the same; shows on standard error how many of `count` there were and how fast, where that is a terminal."""
    if count <= _SOON or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=count, rate="")
        for item in items:
            yield item
            speed = progress.tasks[0].speed  # not known before the second item
            progress.update(task, advance=1, rate="" if speed is None else f"{speed:,.0f} {unit}/sec")
