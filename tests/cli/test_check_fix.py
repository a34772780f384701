"""`cnnspec check --fix` and `--diff`: what is repaired, and that nothing else changes, to the byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import BAD, CLEAN, cnnspec

import cnnspec as package

BROKEN = """network N {
    input 3x8x8
    conv(4, kernel=3)   # one
    Relu
    if 1 < 2 { relu }
    else { tanh }
    flatten
    linear 10, bais=true
}"""
SAFE = BROKEN.replace("conv(4, kernel=3)", "conv 4, kernel=3").replace("Relu", "relu").replace("}\n    else", "} else")
ALL = SAFE.replace("bais", "bias")
MARK = b"\xef\xbb\xbf"


@pytest.fixture(autouse=True)
def file(folder: Path) -> Path:
    path = Path("broken.cnn")
    path.write_text(BROKEN)
    return path


def test_what_is_safe_is_fixed(file: Path) -> None:
    done = cnnspec("check", "--fix", "--format", "concise", "broken.cnn")
    assert done.code == 1
    assert done.out.splitlines()[1:] == ["1 error", "Fixed 3 mistakes."]
    assert file.read_text() == SAFE
    again = cnnspec("check", "--fix", "--format", "concise", "broken.cnn")
    assert again.out.splitlines()[1:] == ["1 error"]
    assert file.read_text() == SAFE


def test_what_is_unsafe_is_fixed_when_it_is_asked_for(file: Path) -> None:
    done = cnnspec("check", "--fix", "--unsafe-fixes", "broken.cnn")
    assert (done.code, done.out.splitlines()[-1]) == (0, "Fixed 4 mistakes.")
    assert file.read_text() == ALL
    assert cnnspec("check", "--unsafe-fixes", "broken.cnn").code == 2


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Relu", "relu"), ("Max_Pool 2", "maxpool 2"), ("leakyReLU", "leaky_relu"), ("Batch_norm", "batchnorm")],
)
def test_capitals_and_underscores_are_safe_to_fix(file: Path, written: str, meant: str) -> None:
    text = "network N {\n    input 3x8x8\n    conv 4, kernel=3\n    %s\n}\n"
    file.write_text(text % written)
    assert cnnspec("check", "--fix", "broken.cnn").code == 0
    assert file.read_text() == text % meant


@pytest.mark.parametrize("written", ["rleu", "Dense 10", "kernl 3"])
def test_guesses_are_not(file: Path, written: str) -> None:
    text = f"network N {{\n    input 3\n    linear 4\n    {written}\n}}\n"
    file.write_text(text)
    assert cnnspec("check", "--fix", "broken.cnn").code == 1
    assert file.read_text() == text


def test_all_other_bytes_stay(file: Path) -> None:
    file.write_bytes(MARK + BROKEN.replace("\n", "\r\n").encode())
    file.chmod(0o640)
    Path("link.cnn").symlink_to(file)
    assert cnnspec("check", "--fix", "link.cnn").code == 1
    assert file.read_bytes() == MARK + SAFE.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert Path("link.cnn").is_symlink()


def test_lines_that_are_inserted_end_as_the_others_do() -> None:
    path = Path("flat.cnn")
    path.write_bytes(b"network N {\r\n    input 3x8x8\r\n    linear 10\r\n}\r\n")
    assert cnnspec("check", "--fix", "--unsafe-fixes", "flat.cnn").code == 0
    assert path.read_bytes() == b"network N {\r\n    input 3x8x8\r\n    flatten\r\n    linear 10\r\n}\r\n"


def test_standard_input_is_fixed_to_standard_output() -> None:
    done = cnnspec("check", "--fix", "-", stdin=BROKEN.encode())
    assert (done.code, done.out) == (1, SAFE)
    assert "E0202" in done.err
    clean = cnnspec("check", "--fix", "-", stdin=CLEAN.encode())
    assert (clean.code, clean.out) == (0, CLEAN)


def test_a_diff_writes_nothing(file: Path) -> None:
    done = cnnspec("check", "--diff", "broken.cnn")
    assert done.code == 1
    assert file.read_text() == BROKEN
    assert "-    Relu\n" in done.out
    patch = shutil.which("patch")
    if patch is not None:
        subprocess.run([patch, "-s", "broken.cnn"], input=done.out, text=True, check=True)
        assert file.read_text() == SAFE
    Path("clean.cnn").write_text(CLEAN)
    nothing = cnnspec("check", "--diff", "clean.cnn")
    assert (nothing.code, nothing.out) == (0, "")


def test_a_fix_that_uncovers_another_mistake_is_left_to_the_author(file: Path) -> None:
    file.write_text(BAD)
    assert cnnspec("check", "--fix", "--unsafe-fixes", "broken.cnn").code == 1
    assert file.read_text() == BAD
    (finding,) = package.check("broken.cnn").diagnostics
    assert (finding.help, finding.fixes) == ("did you mean `kernel`?", ())


def test_fixes_in_the_interface_work(file: Path) -> None:
    fixes = [fix for finding in package.check("broken.cnn").diagnostics for fix in finding.fixes]
    assert [fix.applicability for fix in fixes] == ["safe", "safe", "safe", "unsafe"]


def test_a_file_that_cannot_be_written_stays_and_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert cnnspec("check", "--fix", "broken.cnn").complaint == "cannot write broken.cnn: No space left on device"
    assert file.read_text() == BROKEN
