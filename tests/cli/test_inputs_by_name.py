"""`--input`: one shape, shapes by name, and several turns."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CLEAN, cnnspec

from cnnspec.cli.options import Inputs, input_turns, single_input
from cnnspec.diagnostics.problem import UsageError


@pytest.mark.parametrize(
    ("texts", "turns"),
    [
        ([], []),
        (["3x4x4"], ["3x4x4"]),
        (["3x4x4", "3x5x5"], ["3x4x4", "3x5x5"]),
        (["left=3x4x4", "right=3x5x5"], [{"left": "3x4x4", "right": "3x5x5"}]),
        (["left=3x4x4", "left=3x5x5", "right=1"], [{"left": "3x4x4"}, {"left": "3x5x5", "right": "1"}]),
        (["3x4x4", "left=3x5x5", "8"], ["3x4x4", {"left": "3x5x5"}, "8"]),
    ],
)
def test_turns(texts: list[str], turns: list[Inputs]) -> None:
    assert input_turns(texts) == turns


def test_one_turn_for_commands_that_work_on_one_network(folder: Path) -> None:
    assert single_input(["left=3x4x4", "right=3x5x5"]) == {"left": "3x4x4", "right": "3x5x5"}
    assert single_input([]) is None
    for texts in (["8", "9"], ["a=8", "a=9"]):
        with pytest.raises(UsageError, match="--input is given twice"):
            single_input(texts)
    (folder / "net.cnn").write_text(CLEAN)
    for command in ("summary", "generate", "train"):
        assert "given twice" in cnnspec(command, "net.cnn", "--input", "1x8x8", "--input", "1x9x9").complaint


def test_shapes_that_are_none(folder: Path) -> None:
    (folder / "net.cnn").write_text(CLEAN)
    done = cnnspec("check", "net.cnn", "--input", "left=3xx4")
    assert done.code == 2
    assert done.complaint.startswith("--input left 3xx4: ")
