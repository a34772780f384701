"""`cnnspec completion`: what a real bash offers with the script, and what the program offers to each shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CLEAN, cnnspec

from cnnspec.cli.main import COMMANDS


@pytest.fixture(autouse=True)
def program(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a command `cnnspec` in the path, and two files and a folder around it."""
    Path("bin").mkdir()
    program = Path("bin/cnnspec")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cnnspec "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{Path('bin').resolve()}{os.pathsep}{os.environ['PATH']}")
    Path("net.cnn").write_text(CLEAN)
    Path("nets").mkdir()


@pytest.mark.parametrize(
    ("shell", "known_by"), [("bash", "complete -o nosort"), ("zsh", "#compdef cnnspec"), ("fish", "complete --no-files")]
)
def test_the_script(shell: str, known_by: str) -> None:
    done = cnnspec("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert known_by in done.out
    assert f"_CNNSPEC_COMPLETE={shell}_complete" in done.out


def test_another_shell() -> None:
    assert "is not one of" in cnnspec("completion", "tcsh").complaint


def offered(line: str) -> list[str]:
    """Returns what bash offers for the last word of a line, which may be empty."""
    words = line.split(" ")
    script = f"""
source <(cnnspec completion bash)
compopt() {{ echo "compopt $*"; }}
COMP_WORDS=({" ".join(f"'{word}'" for word in words)})
COMP_CWORD={len(words) - 1}
_cnnspec_completion cnnspec
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("cnnspec ", sorted(COMMANDS)),
        ("cnnspec ev", ["evaluate"]),
        ("cnnspec nothing", []),
        ("cnnspec check --for", ["--format"]),
        ("cnnspec check --format s", ["sarif"]),
        ("cnnspec convert --to ", ["cnn", "json", "yaml"]),
        ("cnnspec completion z", ["zsh"]),
        ("cnnspec explain E030", [f"E030{digit}" for digit in range(1, 10)]),
        ("cnnspec explain conv_", ["conv_transpose"]),
        ("cnnspec explain resi", ["residual"]),
    ],
)
def test_what_bash_offers(line: str, expected: list[str]) -> None:
    assert sorted(offered(line)) == expected


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    "line",
    [
        "cnnspec check ",
        "cnnspec convert ne",
        "cnnspec generate net.cnn -o ",
        "cnnspec train ",
        "cnnspec summary net.cnn --compare ",
    ],
)
def test_bash_completes_files_itself(line: str) -> None:
    assert offered(line) == ["compopt", "-o", "default"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_what_the_other_shells_are_told(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "_CNNSPEC_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "cnnspec ch",
        "COMP_CWORD": "ch" if shell == "fish" else "1",
    }
    done = subprocess.run(["cnnspec"], env={**os.environ, **environment}, capture_output=True, text=True, check=True)
    assert "check" in done.stdout
    assert "summary" not in done.stdout
