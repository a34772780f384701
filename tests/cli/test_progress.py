"""The bar beside output that takes a while: on terminals only, and only for many items."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import pytest

from cnnspec.cli.progress import with_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def slowly(count: int) -> Iterator[int]:
    for number in range(count):
        time.sleep(0.002)
        yield number


@pytest.mark.parametrize(("color", "is_coloured"), [("never", False), ("always", True)])
def test_colours_are_those_that_were_asked_for(color: str, is_coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    seen = Terminal()
    monkeypatch.setattr("sys.stderr", seen)
    assert len(list(with_progress(slowly(200), 200, "images", color))) == 200
    assert ("━" in seen.getvalue(), "\x1b[3" in seen.getvalue()) == (True, is_coloured)


@pytest.mark.parametrize(
    ("stream", "count", "shows"), [(Terminal, 200, True), (Terminal, 20, False), (io.StringIO, 200, False)]
)
def test_where_there_is_a_bar(stream: type[io.StringIO], count: int, shows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    seen = stream()
    monkeypatch.setattr("sys.stderr", seen)
    assert list(with_progress(slowly(count), count, "images")) == list(range(count))
    assert (f"/{count}" in seen.getvalue()) is shows
    assert ("images/sec" in seen.getvalue()) is shows
