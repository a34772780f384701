"""`cnnspec summary` and `cnnspec generate`: options, files that are written, standard output that stays clean."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import BAD, CLEAN, WARNED, YAML, cnnspec

from cnnspec.training.run_folder import atomic

NESTED = """network Nested {
    input 1x8x8
    features: {
        first: { conv 4, kernel=3 }
        relu
    }
    flatten
    linear 10
}
"""


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    texts = {"clean.cnn": CLEAN, "bad.cnn": BAD, "warned.cnn": WARNED, "nested.cnn": NESTED, "small.yaml": YAML}
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("both.cnn").write_text(CLEAN + NESTED)


def test_summary() -> None:
    done = cnnspec("summary", "clean.cnn")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Net: 1x8x8 -> 10 ")
    assert "conv 4, kernel=3  4x6x6         3x3          40  1,296" in done.out


def test_summary_as_json() -> None:
    done = cnnspec("summary", "clean.cnn", "--format", "json")
    facts = done.json
    assert {"name", "input", "output", "parameters", "macs", "layers", "valid_inputs"} <= facts.keys()
    assert (facts["name"], facts["input"], facts["output"]) == ("Net", [1, 8, 8], [10])
    assert (facts["parameters"], facts["macs"]) == (1490, 2736)
    keys = {"name", "kind", "output", "parameters", "macs", "receptive_field"}
    assert all(keys <= layer.keys() for layer in facts["layers"])
    assert [layer["kind"] for layer in facts["layers"]] == ["conv", "relu", "flatten", "linear"]


def test_summary_as_markdown() -> None:
    assert cnnspec("summary", "clean.cnn", "--format", "markdown").out.startswith("### Net: 1x8x8 -> 10\n\n| name")


def test_summary_of_a_batch() -> None:
    facts = cnnspec("summary", "clean.cnn", "--format", "json", "--batch", "8").json
    assert (facts["batch"], facts["macs"]) == (8, 8 * 2736)
    assert "8x4x6x6" in cnnspec("summary", "clean.cnn", "--batch", "8").out


def test_summary_folds_sequences() -> None:
    assert "features.first.0" in cnnspec("summary", "nested.cnn").out
    folded = cnnspec("summary", "nested.cnn", "--depth", "1").out
    assert "features  2 layers" in folded
    assert "features.first" not in folded


@pytest.mark.parametrize("command", ["summary", "generate"])
def test_options_from_outside(command: str) -> None:
    out = cnnspec(command, "clean.cnn", "--set", "classes=7", "--input", "1x10x10").out
    assert "1x10x10 -> 7" in out
    assert "Nested" in cnnspec(command, "both.cnn").out  # the last one
    assert "Nested" not in cnnspec(command, "both.cnn", "--network", "Net").out
    assert "Small" in cnnspec(command, "small.yaml").out
    assert "Net" in cnnspec(command, "-", stdin=CLEAN.encode()).out


@pytest.mark.parametrize("command", [["summary"], ["summary", "--format", "json"], ["generate"], ["generate", "-o", "x.py"]])
def test_mistakes_go_to_standard_error(command: list[str]) -> None:
    done = cnnspec(*command, "bad.cnn")
    assert done.code == 1
    assert done.out == ""
    assert done.err.startswith("error[E0202]")
    assert not Path("x.py").exists()


def test_warnings_do_not_stop_a_command() -> None:
    done = cnnspec("summary", "warned.cnn", "--format", "json")
    assert done.code == 0
    assert done.json["name"] == "Warned"
    assert done.err.startswith("warning[W0601]")


def test_generated_source_runs() -> None:
    done = cnnspec("generate", "clean.cnn", "-o", "model.py")
    assert done == (0, "", "")
    assert (
        Path("model.py").read_text() == cnnspec("generate", "clean.cnn").out == cnnspec("generate", "clean.cnn", "-o", "-").out
    )
    compile(Path("model.py").read_text(), "model.py", "exec")


def test_a_written_file_has_the_permissions_of_any_new_file() -> None:
    Path("other").touch()
    cnnspec("generate", "clean.cnn", "-o", "model.py")
    assert stat.S_IMODE(Path("model.py").stat().st_mode) == stat.S_IMODE(Path("other").stat().st_mode)


def test_a_file_is_replaced_in_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("model.py").write_text("before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", fail)
    done = cnnspec("generate", "clean.cnn", "-o", "model.py")
    assert done.code == 2
    assert done.complaint == "cannot write model.py: No space left on device"
    assert Path("model.py").read_text() == "before"
    assert not list(Path().glob(".model.py*"))


def test_links_stay_links() -> None:
    Path("real.py").touch()
    Path("link.py").symlink_to("real.py")
    cnnspec("generate", "clean.cnn", "-o", "link.py")
    assert Path("link.py").is_symlink()
    assert "class Net" in Path("real.py").read_text()


def test_devices_are_written_into() -> None:
    before = os.stat(os.devnull)
    assert cnnspec("generate", "clean.cnn", "-o", os.devnull) == (0, "", "")
    after = os.stat(os.devnull)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)


def test_pipes_are_written_into() -> None:
    command = f"cat <({sys.executable} -m cnnspec generate clean.cnn -o /dev/stdout)"
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert run.stdout == cnnspec("generate", "clean.cnn").out
    assert run.stderr == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written() -> None:
    Path("locked").mkdir(mode=0o500)
    assert cnnspec("generate", "clean.cnn", "-o", "locked/x.py").complaint == "cannot write locked/x.py: Permission denied"
