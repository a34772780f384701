"""Colour, characters and width, from the option, the environment and the stream."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import cnnspec
from cnnspec.diagnostics.style import DEFAULT_WIDTH, LEAST_WIDTH, style_of


class Stream(io.StringIO):
    def __init__(self, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self.terminal = terminal
        self._encoding = encoding

    def isatty(self) -> bool:
        return self.terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


@pytest.mark.parametrize(
    ("color", "terminal", "environment", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_color(color: str, terminal: bool, environment: dict[str, str], expected: bool) -> None:
    assert style_of(Stream(terminal), color, environment).color is expected


@pytest.mark.parametrize(
    ("encoding", "expected"), [("utf-8", True), ("UTF8", True), ("utf-16-le", True), ("ascii", False), ("cp1252", False)]
)
def test_unicode(encoding: str, expected: bool) -> None:
    assert style_of(Stream(False, encoding), "auto", {}).unicode is expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [("", DEFAULT_WIDTH), ("90", 90), ("3", LEAST_WIDTH), ("-1", DEFAULT_WIDTH), ("many", DEFAULT_WIDTH)],
)
def test_width(columns: str, expected: int) -> None:
    assert style_of(Stream(True), "auto", {"COLUMNS": columns}).width == expected


def test_a_closed_stream_is_no_terminal() -> None:
    stream = io.StringIO()
    stream.close()
    assert not style_of(stream, "auto", {}).color


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs pseudo-terminals")
def test_a_terminal() -> None:
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as stream:
        style = style_of(stream, "auto", {"TERM": "xterm"})
    os.close(leader)
    assert style.color
    assert style.width >= LEAST_WIDTH


HEAVY = ("json", "pydantic", "lark", "unicodedata", "shutil", "hashlib", "urllib.parse")


def loaded_by(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*[name for name in {HEAVY} if name in sys.modules])"
    return set(subprocess.run([sys.executable, "-Sc", program], capture_output=True, text=True, check=True).stdout.split())


def test_text_loads_nothing_heavy() -> None:
    path = f"sys.path.insert(0, {str(Path(cnnspec.__file__).parents[1])!r})"
    assert loaded_by(f"{path}\nimport cnnspec.diagnostics.render_text, cnnspec.diagnostics.style") == set()
    assert "json" in loaded_by(f"{path}\nimport cnnspec.diagnostics.render_json")
