"""What docs/what_if.md and docs/analyses.md show is what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command_line import cnnspec

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / f"{name}.md" for name in ("what_if", "analyses")]
PAGE = PAGES[0].read_text(encoding="utf-8")
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


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_page(path: Path, update_snapshots: bool) -> None:
    page = path.read_text(encoding="utf-8")
    assert CONSOLE.search(page)
    if update_snapshots:
        path.write_text(renewed(page), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == renewed(page)


def test_each_kind_of_question_is_shown() -> None:
    commands = [block["arguments"] for block in CONSOLE.finditer(PAGE)]
    for option in ("--compare", "--sweep", "--require", "--input"):
        assert any(option in command for command in commands)
    assert all(not block["output"].startswith("error: ") for block in CONSOLE.finditer(PAGE))


def test_a_page_that_shows_something_else_would_be_noticed() -> None:
    wrong = PAGE.replace("11,689,512", "11,689,513")
    assert renewed(wrong) == PAGE != wrong
