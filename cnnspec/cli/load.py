"""One network from a file, for the commands that work on one: mistakes are shown and end the command with exit code 1."""

from __future__ import annotations

import sys
from pathlib import Path

from cnnspec.cli.output import print_text
from cnnspec.compiler import Options, Result, check_source, decode
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.network import Network


def load(file: str, options: Options, color: str = "auto") -> Network:
    """Returns the network that is asked for (by name, otherwise the last); `-` is standard input."""
    data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    source = decode(data, "<stdin>" if file == "-" else file)
    return verified(Result((), (source,)) if isinstance(source, Diagnostic) else check_source(source, options), color)


def verified(result: Result, color: str = "auto") -> Network:
    """Returns the last network of a result; shows what was found, and ends the command where that are errors."""
    print_text([item for item in result.diagnostics if item.severity != "note"], color, to_stderr=True)
    if not result.ok or not result.networks:
        raise SystemExit(1)
    return result.networks[-1]
