"""What docs/ci.md and .pre-commit-hooks.yaml say: the commands run, the options exist, the hooks are those of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from command_line import BAD, cnnspec

from cnnspec.cli.check import command as check
from cnnspec.cli.fmt import command as fmt
from cnnspec.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```yml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
RUN = re.compile(r"(?:-|run:|entry:) (cnnspec .*)$", re.MULTILINE)
LINES = sorted({line for text in (*SNIPPETS, HOOKS) for line in RUN.findall(text)})


def test_there_is_something_to_test() -> None:
    assert len(SNIPPETS) >= 6
    assert len(LINES) >= 4


@pytest.mark.parametrize("line", LINES)
def test_commands_run(line: str) -> None:
    Path("net.cnn").write_text(BAD.replace("    ", "  "))
    _, *arguments = shlex.split(line)
    done = cnnspec(*arguments, *([] if line in PAGE else ["net.cnn"]))
    assert done.code == (0 if "--exit-zero" in line or line == "cnnspec fmt" else 1)
    assert "error:" not in done.err
    written = re.findall(r"--output-file (\S+)", line)
    assert all(Path(name).is_file() and name in PAGE.replace(line, "") for name in written)


@pytest.mark.parametrize("text", [*SNIPPETS, HOOKS])
def test_snippets_are_yaml(text: str) -> None:
    assert yaml.compose(text) is not None


def test_options_exist() -> None:
    known = {name for command in (check, fmt) for parameter in command.params for name in parameter.opts}
    said = set(re.findall(r"[` ](--[a-z-]+)", PAGE))
    assert "--exit-zero" in said
    assert said - known - {"--output"} == set()  # which is an option of sarif-tools


def test_the_hooks_are_those_of_the_page() -> None:
    offered = re.findall(r"^- id: (\S+)$", HOOKS, re.MULTILINE)
    assert offered == [f"cnnspec-{line.split()[1]}" for line in RUN.findall(HOOKS)]
    assert {line.split()[1] for line in RUN.findall(HOOKS)} <= set(COMMANDS)
    assert set(re.findall(r"- id: (\S+)$", PAGE, re.MULTILINE)) == set(offered)
