"""Files that are read, changed and written again: everything but the change stays as it is, to the byte."""

from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path
from typing import NamedTuple

from cnnspec.compiler import decode
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source


class Original(NamedTuple):
    """What a file, or for None standard input, holds: its text, or that it is none."""

    path: Path | None
    source: Source | Diagnostic
    has_mark: bool  # whether it begins with a byte order mark


def read_original(path: Path | None, stdin_name: str | None) -> Original:
    """Returns what is to be changed; raises OSError."""
    data = sys.stdin.buffer.read() if path is None else path.read_bytes()
    source = decode(data, stdin_name or "<stdin>" if path is None else str(path))
    return Original(path, source, data.startswith(codecs.BOM_UTF8))


def rewrite(original: Original, text: str) -> None:
    """Writes the new text: a file in one step, with its mode, where a link leads to; standard input to standard output.

    Raises UsageError where it cannot be written, or is the spec of a run.
    """
    data = (codecs.BOM_UTF8 if original.has_mark else b"") + text.encode("utf-8")
    if original.path is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        return
    from cnnspec.training.run_folder.atomic import write_bytes
    from cnnspec.training.run_folder.taken import verify_free

    verify_free(original.path)
    try:
        write_bytes(Path(os.path.realpath(original.path)), data)
    except OSError as error:
        raise UsageError(f"cannot write {original.path}: {error.strerror}") from None


def unified_diff(before: Source, after: str) -> str:
    """Returns the change as `diff -u` writes it, for people and for `patch`."""
    import difflib  # which a check that fixes nothing need not read

    texts = (before.text.splitlines(keepends=True), after.splitlines(keepends=True))
    lines = difflib.unified_diff(*texts, before.name, before.name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
