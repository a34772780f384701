"""The command at the head of generated source makes the same source again, whatever the parameters hold."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

import cnnspec
from cnnspec.cli.main import _run

VALUES = [
    *("3", "-2", "2.0", "1e-6", "true", "none"),
    *('"two words"', '"none"', '"and"', '""', '"3"', '"é"', '"it\'s"'),
    *("[]", "[5]", "[3, 5]", "[-1, 2.5]", "[true, none]", "[[1, 2], [3]]", '["same", "x y"]'),
    *("relu", "Unit", "[relu, Unit]", "[(3, gelu), (2, Unit)]"),
]


def source_and_command(spec: Path, **parameters: object) -> tuple[str, list[str]]:
    """Returns generated source, and the arguments of the command that its head names."""
    source = cnnspec.load(spec, **parameters).generate()
    head = source.split("\n\n")[0].splitlines()[1:]
    return source, shlex.split(" ".join(line.removeprefix("#").strip() for line in head))[1:]


@pytest.mark.parametrize("value", VALUES)
def test_the_same_source_comes_again(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spec = Path("net.cnn")
    block = "block Unit { tanh }\n"
    spec.write_text(f"{block}network N(value={value}) {{\n    input 3xHxW\n    relu\n}}\n", encoding="utf-8")
    source, command = source_and_command(spec, input="3x5x7")
    spec.write_text(
        f"{block}network N(value=0) {{\n    input 3xHxW\n    relu\n}}\n", encoding="utf-8"
    )  # only the command knows
    assert _run([*command, "-o", "again.py"]) == 0
    assert Path("again.py").read_text(encoding="utf-8") == source
    assert source_and_command(spec, input="3x5x7")[0] != source


def test_lists_of_layers_and_blocks_can_be_set(tmp_path: Path) -> None:
    spec = tmp_path / "net.cnn"
    spec.write_text(
        "block Unit { tanh }\nnetwork N(acts=[relu]) {\n    input 3\n    for act in acts { act }\n}\n", encoding="utf-8"
    )
    source = tmp_path / "n.py"
    assert _run(["generate", str(spec), "--set", "acts=[gelu, Unit, relu]", "-o", str(source)]) == 0
    text = source.read_text(encoding="utf-8")
    assert [text.count(name) for name in ("nn.GELU()", "nn.Tanh()", "nn.ReLU()")] == [1, 1, 1]
