"""A run that is resumed where nothing can be written names its last good state, and loses nothing."""

from __future__ import annotations

import builtins
import errno
import io
import os
import tempfile
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
    """Returns a run that was stopped in its second epoch, with what a killed process leaves half-written."""
    network = compiled(TINY)
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(15))
    for name in (".beginning", ".best.safetensors.x1", "checkpoints/.epoch-0002-step-000006.safetensors.x2"):
        (tmp_path / "run" / name).write_text("")
    return tmp_path / "run"


def contents(run: Path) -> dict[str, bytes]:
    return {str(file.relative_to(run)): file.read_bytes() for file in run.rglob("*") if file.is_file()}


def make_read_only(patch: pytest.MonkeyPatch) -> None:
    """Lets files be read only, as a disk that is mounted so: the name of what is not there cannot be removed either."""
    opened = io.open

    def refuse(path: Any = None, *arguments: Any, **named: Any) -> Any:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), os.fspath(named.get("dir") or path))

    def open_to_read(path: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if not isinstance(path, int) and set(mode) & set("wax+"):
            refuse(path)
        return opened(path, mode, *arguments, **named)

    patch.setattr(builtins, "open", open_to_read)
    patch.setattr(io, "open", open_to_read)
    patch.setattr(tempfile, "mkstemp", refuse)
    for name in ("unlink", "mkdir", "touch"):
        patch.setattr(Path, name, refuse)


def refused(run: Path, epochs: int | None = None) -> str:
    before = contents(run)
    with pytest.MonkeyPatch.context() as patch:
        make_read_only(patch)
        with pytest.raises(UsageError) as caught:
            resume(run, epochs=epochs)
    assert contents(run) == before
    return str(caught.value)


def test_the_last_good_state_is_named(stopped: Path) -> None:
    newest = Checkpoints(stopped / "checkpoints").paths()[-1]
    assert refused(stopped) == (
        f"{stopped / 'metrics.jsonl'} cannot be written: Read-only file system; the last good state is {newest}; "
        f"`cnnspec train --resume {stopped}` goes on from it"
    )
    resume(stopped)
    whole(compiled(TINY), stopped.parent / "whole")
    assert results(stopped) == results(stopped.parent / "whole")


def test_a_damaged_checkpoint_is_no_good_state(stopped: Path) -> None:
    good, newest = Checkpoints(stopped / "checkpoints").paths()[-2:]
    newest.write_bytes(newest.read_bytes()[:-1])
    assert refused(stopped).startswith(f"{newest} cannot be removed: Read-only file system; the last good state is {good};")
    good.write_bytes(b"")
    assert "no state is saved yet; `cnnspec train --resume" in refused(stopped)


def test_more_epochs_for_a_finished_run(stopped: Path) -> None:
    resume(stopped)
    newest = Checkpoints(stopped / "checkpoints").paths()[-1]
    assert f"cannot be written: Read-only file system; the last good state is {newest};" in refused(stopped, epochs=40)


def test_leftovers_that_cannot_be_removed_end_no_run(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unlink, kept = Path.unlink, list[str]()

    def failing(path: Path, missing_ok: bool = False) -> None:
        if path.name.startswith("."):
            kept.append(path.name)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", failing)
        resume(stopped)
    assert {name.split(".")[1] for name in kept} == {"beginning", "best", "epoch-0002-step-000006"}
    whole(compiled(TINY), stopped.parent / "whole")
    assert results(stopped) == results(stopped.parent / "whole")
