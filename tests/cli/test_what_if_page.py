"""What docs/what_if.md shows is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_line import cnnspec

ROOT = Path(__file__).parents[2]
PATH = ROOT / "docs" / "what_if.md"
PAGE = PATH.read_text(encoding="utf-8")
CONSOLE = re.compile(r"^```console\n\$ cnnspec (?P<arguments>[^\n]*)\n(?P<output>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def at_the_root(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def shown(arguments: str) -> str:
    """Returns what a command prints, mistakes included."""
    done = cnnspec(*shlex.split(arguments))
    return done.out + done.err


def renewed(page: str) -> str:
    """Returns a page with what its commands print now."""
    return CONSOLE.sub(lambda block: f"```console\n$ cnnspec {block['arguments']}\n{shown(block['arguments'])}```", page)


def test_the_page(update_snapshots: bool) -> None:
    if update_snapshots:
        PATH.write_text(renewed(PAGE), encoding="utf-8")
    assert PATH.read_text(encoding="utf-8") == renewed(PAGE)


def test_each_kind_of_question_is_shown() -> None:
    commands = [block["arguments"] for block in CONSOLE.finditer(PAGE)]
    for option in ("--compare", "--sweep", "--require", "--input"):
        assert any(option in command for command in commands)
    assert all(not block["output"].startswith("error: ") for block in CONSOLE.finditer(PAGE))


def test_a_page_that_shows_something_else_would_be_noticed() -> None:
    wrong = PAGE.replace("11,689,512", "11,689,513")
    assert renewed(wrong) == PAGE != wrong
