"""The standard streams: that there are some, that no character fails to be printed, and that nobody has to read on."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TextIO


class Unheard(TextIOWrapper):
    """Standard error that goes on in silence where nobody reads it any more, or its disk is full.

    What a command does is worth more than what it has to say beside it.
    """

    def write(self, text: str) -> int:
        """Returns the number of characters, which may not have been written."""
        try:
            return super().write(text)
        except OSError:
            silence(self)
            return len(text)

    def flush(self) -> None:
        """Writes what is left, or nothing."""
        try:
            super().flush()
        except OSError:
            silence(self)


def prepare_streams() -> None:
    """Makes sure that there are streams to read and write, and that no character of a file or its name fails to be printed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if type(sys.stderr) is TextIOWrapper:  # Python's own, and not what a test has put there
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        own = open(sys.stderr.fileno(), "wb", closefd=False)  # noqa: SIM115 - `sys.__stderr__` goes on as well
        sys.stderr = Unheard(own, encoding, errors, line_buffering=True)


def silence(stream: TextIO) -> None:
    """Lets what is written to a stream vanish, also what Python writes to it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
