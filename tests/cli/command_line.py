"""Runs of the command: in this process, which is quick, or in one of their own where the process itself is what is tested."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from cnnspec.cli.main import _run

CLEAN = """network Net(classes=10, width=4) {
    input 1x8x8
    conv width, kernel=3 -> 4x6x6
    relu
    flatten
    linear classes
}
"""
BAD = """network Net {
    input 1x8x8
    conv 4, kernl=3
    flatten
    linear 10, in_features=5
}
"""
MISFIT = """network Misfit {
    input 1x8x8
    flatten
    linear 10, in_features=8*9
}
"""
WARNED = """let width = 3
network Warned {
    input 1x8x8
    let width = 4
    conv width, kernel=3
}
"""
YAML = "network: Small\ninput: 4\nlayers:\n  - linear: 2\n"
RECIPE = """network Tiny {
    input 1x8x8
    flatten
    linear 10
}

train {
    data digits
    optimizer sgd, lr=0.1
    epochs 1
}
"""


class Done(NamedTuple):
    """How a run ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """Returns the single line on standard error, without `error: `; nothing may have been printed beside it."""
        assert self.out == ""
        assert self.err.startswith("error: ")
        assert self.err.count("\n") == 1
        assert self.err.endswith("\n")
        return self.err.removeprefix("error: ").rstrip("\n")


def cnnspec(*arguments: str | Path, stdin: bytes = b"") -> Done:
    """Returns a run of the command in this process."""
    with _streams(stdin) as (out, err):
        code = _run([str(argument) for argument in arguments])
        sys.stderr.flush()
        return Done(code, out.getvalue().decode(), err.getvalue().decode())


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple[io.BytesIO, io.BytesIO]]:
    out, err = io.BytesIO(), io.BytesIO()
    with (
        patch("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")),
        patch("sys.stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True)),
        patch("sys.stderr", io.TextIOWrapper(err, encoding="utf-8", write_through=True)),
    ):
        yield out, err


def process(
    *arguments: str | Path, stdin: bytes = b"", program: str | None = None, environment: Mapping[str, str] | None = None
) -> Done:
    """Returns a run in a process of its own; `program` is Python code to run instead of the module."""
    start = ["-m", "cnnspec"] if program is None else ["-c", program]
    command = [sys.executable, *start, *map(str, arguments)]
    run = subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)
    done = Done(run.returncode, run.stdout.decode(), run.stderr.decode())
    assert "Traceback" not in done.err
    return done
