"""Processes that make a run folder: one that is killed leaves a folder that can be used again, a living one keeps others out.

Files of others stay.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest
from training_specs import TINY, compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.run_folder.claim import claimed
from cnnspec.training.run_folder.damage import damage
from cnnspec.training.run_folder.names import is_run
from cnnspec.training.train import resume, train

fcntl = pytest.importorskip("fcntl")

# Kills itself when so many files have got their names, before the next one is renamed or removed.
KILLED = """
import os, signal, sys
from pathlib import Path
left = int(sys.argv[1])

def counted(before):
    def replace(*arguments):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        before(*arguments)
    return replace

os.replace = counted(os.replace)
from cnnspec.compiler import check_source
from cnnspec.source import Source
from cnnspec.training.options import TrainOptions
from cnnspec.training.train import train
network = check_source(Source("net.cnn", Path("net.cnn").read_text())).last
Path.unlink = counted(Path.unlink)
train(network, network.recipe, TrainOptions("cpu", out=Path("run")))
"""


@pytest.mark.parametrize("written", [0, 1, 2], ids=["nothing", "spec", "settings"])
def test_the_folder_can_be_used(tmp_path: Path, written: int) -> None:
    (tmp_path / "net.cnn").write_text(TINY)
    (tmp_path / "killed.py").write_text(KILLED)
    killed = subprocess.run([sys.executable, "killed.py", str(written)], cwd=tmp_path, check=False)
    assert killed.returncode == -9
    run = tmp_path / "run"
    assert (run / ".beginning").is_file()
    assert is_run(run) == (written == 2)
    network = compiled(TINY)
    if written == 2:
        with pytest.raises(UsageError, match="exists and is not empty"):
            train(network, recipe_of(network), TrainOptions("cpu", out=run))
        resume(run)
    else:
        train(network, recipe_of(network), TrainOptions("cpu", out=run))
    assert not [path.name for path in run.iterdir() if path.name.startswith(".")]
    assert "spec.cnn" in json.loads((run / "manifest.json").read_text())["files"]


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """A spec in a folder is no beginning of a run."""
    (tmp_path / "spec.cnn").write_text(TINY)
    network = compiled(TINY)
    with pytest.raises(UsageError, match="exists and is not empty"):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["spec.cnn"]


# Waits before a file gets its name, of which so many have got theirs, until there is a file `go`.
SLOW = """
import os, sys, time
from pathlib import Path
left, replaced = int(sys.argv[1]), os.replace

def replace(*arguments):
    global left
    left -= 1
    if left == -1:
        Path("waits").touch()
        while not Path("go").exists():
            time.sleep(0.01)
    replaced(*arguments)

os.replace = replace
from cnnspec.compiler import check_source
from cnnspec.source import Source
from cnnspec.training.options import TrainOptions
from cnnspec.training.train import train
network = check_source(Source("net.cnn", Path("net.cnn").read_text())).last
train(network, network.recipe, TrainOptions("cpu", out=Path("run")))
"""


@pytest.mark.parametrize("written", [0, 1, 2], ids=["nothing", "spec", "settings"])
def test_a_living_beginner_keeps_others_out(tmp_path: Path, written: int) -> None:
    (tmp_path / "net.cnn").write_text(TINY)
    (tmp_path / "slow.py").write_text(SLOW)
    network, run = compiled(TINY), tmp_path / "run"
    with subprocess.Popen([sys.executable, "slow.py", str(written)], cwd=tmp_path) as slow:
        try:
            while not (tmp_path / "waits").exists():
                assert slow.poll() is None
                sleep(0.01)
            before = sorted(path.name for path in run.iterdir())
            with pytest.raises(UsageError, match="run is being trained by another process"):
                train(network, recipe_of(network), TrainOptions("cpu", out=run))
            if written == 2:
                with pytest.raises(UsageError, match="run is being trained by another process"):
                    resume(run)
            assert sorted(path.name for path in run.iterdir()) == before
        finally:
            (tmp_path / "go").touch()
    assert slow.returncode == 0
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 2
    assert damage(run) is None


def test_a_folder_that_its_beginner_removes_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the moments when it is opened and when it is locked."""
    out, flock, folders = tmp_path / "run", fcntl.flock, []

    def late(folder: int, how: int) -> None:
        if not folders:
            out.rmdir()
        folders.append(folder)
        flock(folder, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with claimed(out, "run") as path:
        assert path.is_dir()
        with pytest.raises(UsageError, match="is being trained by another process"), claimed(out, "run"):
            pass
    assert out.is_dir()
    assert len(folders) > 2


def test_what_fails_before_its_first_step_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for out in (None, tmp_path / "out"):
        with pytest.raises(FileNotFoundError), claimed(out, "net") as path:
            (path / "none").stat()
        assert list(tmp_path.iterdir()) == []


def test_what_went_wrong_is_said_where_nothing_can_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The data is not there, and the disk has become read-only meanwhile."""
    network = compiled(TINY.replace("data digits", 'data folder, "nowhere"'))

    unlink = Path.unlink

    def refused(path: Path, missing_ok: bool = False) -> None:
        if path.name == "settings.json":
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        with pytest.raises(TrainingError, match="nowhere"):
            train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    assert is_run(tmp_path / "run")
