"""How text may look on the stream it goes to: colour, characters, width."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, TextIO

DEFAULT_WIDTH = 120  # where no terminal says otherwise
LEAST_WIDTH = 40  # below this nothing readable is left of a trimmed line


class Style(NamedTuple):
    """`color`: ANSI sequences; `unicode`: other characters than ASCII as they are; `width`: columns of the terminal."""

    color: bool = False
    unicode: bool = True
    width: int = DEFAULT_WIDTH


PLAIN = Style()


def style_of(stream: TextIO, color: str = "auto", environment: Mapping[str, str] = os.environ) -> Style:
    """Returns the style for a stream; `color` is what `--color` says: `auto`, `always` or `never`."""
    terminal = _is_terminal(stream)
    return Style(
        color=_wants_color(color, terminal, environment),
        unicode=_shows_unicode(stream),
        width=_width(stream, environment),
    )


def _wants_color(color: str, terminal: bool, environment: Mapping[str, str]) -> bool:
    """The option decides, then NO_COLOR, then FORCE_COLOR (both count when not empty), then whether it is a terminal."""
    if color != "auto":
        return color == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return terminal and environment.get("TERM") != "dumb"


def _shows_unicode(stream: TextIO) -> bool:
    """Only the encodings of all of Unicode count: a code page would show some characters and fail on others."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").replace("_", "")
    return encoding.startswith(("utf", "cp65001"))


def _width(stream: TextIO, environment: Mapping[str, str]) -> int:
    """Returns COLUMNS, else the columns of the terminal; a pipe has none, whatever terminal stands beside it."""
    try:
        columns = int(environment.get("COLUMNS") or 0) or os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, ValueError, OSError):
        columns = 0
    return max(columns, LEAST_WIDTH) if columns > 0 else DEFAULT_WIDTH


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False
