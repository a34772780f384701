"""`cnnspec summary --columns`, `--sort`, `--reverse` and `--dtype`, and the width of a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CLEAN, cnnspec


@pytest.fixture(autouse=True)
def file(folder: Path) -> None:
    Path("clean.cnn").write_text(CLEAN)


def test_columns_and_order() -> None:
    done = cnnspec("summary", "clean.cnn", "--columns", "name, macs,share", "--sort", "macs")
    assert (done.code, done.err) == (0, "")
    head, rule, *rows = done.out.split("\n\n")[1].splitlines()[1:]
    assert head.split() == ["name", "MACs", "of", "MACs"]
    assert set(rule) == {"-", " "}
    assert [row.split()[0] for row in rows[:2]] == ["3", "0"] or [row.split()[0] for row in rows[:2]] == ["0", "3"]
    turned = cnnspec("summary", "clean.cnn", "--columns", "name,macs", "--sort", "macs", "--reverse").out
    assert [row.split()[0] for row in turned.split("\n\n")[1].splitlines()[2:6]][:2] == ["1", "2"]


def test_numbers_of_another_kind() -> None:
    whole, half = (
        cnnspec("summary", "clean.cnn", "--format", "json", "--dtype", kind).json for kind in ("float32", "bfloat16")
    )
    assert (whole["dtype"], half["dtype"]) == ("float32", "bfloat16")
    for key in ("weight_memory", "activation_memory", "saved_memory"):
        assert whole[key] == 2 * half[key]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--columns", "name,mac"], "no column `mac`; did you mean `macs`?"),
        (["--sort", "zzz"], "no column `zzz`; choose from name, kind,"),
        (["--columns", ""], "no column ``; choose from name"),
        (["--reverse"], "--reverse turns --sort around: name a column to sort by"),
        (
            ["--sweep", "classes=2,3", "--sort", "macs"],
            "--columns, --sort, --reverse and --dtype are for the table of one network",
        ),
    ],
)
def test_what_cannot_be_done_is_said(options: list[str], text: str) -> None:
    done = cnnspec("summary", "clean.cnn", *options)
    assert (done.code, done.out) == (2, "")
    assert text in done.err


@pytest.mark.parametrize("width", [72, 100])
def test_a_terminal_is_not_exceeded(width: int) -> None:
    Path("long.cnn").write_text(CLEAN.replace("conv width", f"{'a_label_that_goes_on' * 3}_for_long: conv width"))
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "cnnspec", "summary", "long.cnn"]
    with subprocess.Popen(command, stdout=writer, env={**os.environ, "COLUMNS": str(width)}) as run:
        assert run.wait() == 0
    text = os.read(reader, 100_000).decode().replace("\r\n", "\n")
    os.close(writer)
    os.close(reader)
    assert "for_long" in text
    assert "a_label_that_goes_on" * 3 not in text
    assert max(map(len, text.split("\n\n")[1].splitlines())) <= width
