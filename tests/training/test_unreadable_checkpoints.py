"""Checkpoints that cannot be read may well be whole: the run stops with their name, and nothing of it is lost."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from interruptions import StopAt, results, whole
from training_specs import TINY, compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.options import TrainOptions
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Returns a run that was stopped in its second epoch, with two checkpoints."""
    network = compiled(TINY)
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(15))
    return tmp_path / "run"


def contents(run: Path) -> dict[str, bytes]:
    return {str(file.relative_to(run)): file.read_bytes() for file in run.rglob("*") if file.is_file()}


def goes_on_as_if_nothing_had_been(run: Path) -> None:
    resume(run)
    whole(compiled(TINY), run.parent / "whole")
    assert results(run) == results(run.parent / "whole")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENOMEM])
def test_nothing_is_lost_where_the_system_fails(stopped: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, read, newest = contents(stopped), Path.read_bytes, Checkpoints(stopped / "checkpoints").paths()[-1]

    def failing(path: Path) -> bytes:
        if path.suffix == ".safetensors":
            raise OSError(number, os.strerror(number), str(path))
        return read(path)

    report = StopAt(-1)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", failing)
        with pytest.raises(UsageError) as caught:
            resume(stopped, report=report)
    assert str(caught.value) == f"{newest} cannot be read: {os.strerror(number)}; nothing of the run is changed"
    assert report.notes == []
    assert contents(stopped) == before
    goes_on_as_if_nothing_had_been(stopped)


def test_nothing_is_lost_where_the_folder_cannot_be_listed(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, listed = contents(stopped), Path.iterdir

    def failing(path: Path) -> Any:
        if path.name == "checkpoints":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return listed(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", failing)
        with pytest.raises(UsageError, match=r"checkpoints cannot be read: Permission denied; nothing of the run is changed"):
            resume(stopped)
    assert contents(stopped) == before


@pytest.mark.parametrize("kind", ["pipe", "endless", "folder", "nothing"])
def test_what_is_no_file_is_not_read(stopped: Path, kind: str) -> None:
    """A pipe and a device would be read for ever."""
    newest = Checkpoints(stopped / "checkpoints").paths()[-1]
    aside = newest.rename(stopped / "aside")
    if kind == "pipe":
        os.mkfifo(newest)
    elif kind == "folder":
        newest.mkdir()
    else:
        newest.symlink_to("/dev/zero" if kind == "endless" else "/nowhere")
    before = contents(stopped)
    words = {"folder": "it is a folder", "nothing": "No such file or directory"}.get(kind, "it is no plain file")
    for _ in range(2):
        with pytest.raises(UsageError) as caught:
            resume(stopped)
        assert str(caught.value) == f"{newest} cannot be read: {words}; nothing of the run is changed"
        assert contents(stopped) == before
    newest.rmdir() if kind == "folder" else newest.unlink()
    aside.rename(newest)
    goes_on_as_if_nothing_had_been(stopped)


def test_checkpoints_that_cannot_be_removed_leave_the_metrics(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in Checkpoints(stopped / "checkpoints").paths():
        path.write_bytes(path.read_bytes()[:-1])
    before, unlink = contents(stopped), Path.unlink

    def failing(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".safetensors":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", failing)
    with pytest.raises(UsageError, match=r"checkpoints/epoch-.* cannot be removed: Permission denied"):
        resume(stopped)
    assert contents(stopped) == before


def test_a_run_without_checkpoints_says_so(stopped: Path) -> None:
    """With or without lines of metrics, which are those of epochs that are trained again."""
    folder = stopped / "checkpoints"
    for lines in ((stopped / "metrics.jsonl").read_text(), ""):
        shutil.rmtree(folder)
        (stopped / "metrics.jsonl").write_text(lines)
        report = StopAt(1)
        with pytest.raises(Interrupted):
            resume(stopped, report=report)
        lost = ", and metrics.jsonl with it" if lines else ""
        assert report.notes == [f"there is no checkpoint in {folder}: the run begins anew{lost}"]
    goes_on_as_if_nothing_had_been(stopped)


def test_a_new_run_says_nothing_of_checkpoints(tmp_path: Path) -> None:
    network, report = compiled(TINY), StopAt(-1)
    train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), report)
    assert report.notes == []


@pytest.mark.parametrize("kind", ["link", "file"])
def test_checkpoints_that_are_elsewhere_are_awaited(stopped: Path, kind: str) -> None:
    """A link to a disk that is not mounted."""
    folder, elsewhere = stopped / "checkpoints", stopped.parent / "disk"
    folder.rename(elsewhere)
    folder.symlink_to(stopped.parent / "unmounted") if kind == "link" else folder.write_text("")
    before = contents(stopped)
    with pytest.raises(UsageError) as caught:
        resume(stopped)
    assert str(caught.value) == (f"{folder} cannot be read: it is no folder, nor leads to one; nothing of the run is changed")
    assert contents(stopped) == before
    folder.unlink()
    folder.symlink_to(elsewhere)
    goes_on_as_if_nothing_had_been(stopped)


@pytest.mark.parametrize("name", ["metrics.jsonl", "checkpoints/epoch-0002.safetensors", "best.safetensors", "curve.svg"])
def test_a_file_that_cannot_be_written_is_named(stopped: Path, name: str) -> None:
    """A folder has its name, once the run is under way."""

    class Meanwhile(StopAt):
        def step(self, examples: int) -> None:
            if not (stopped / name).is_dir():
                (stopped / name).unlink(missing_ok=True)
                (stopped / name).mkdir()

    with pytest.raises(UsageError) as caught:
        resume(stopped, report=Meanwhile(-1))
    assert str(caught.value).startswith(f"{stopped / name} cannot be written: Is a directory; the last good state is ")
    (stopped / name).rmdir()
    goes_on_as_if_nothing_had_been(stopped)
