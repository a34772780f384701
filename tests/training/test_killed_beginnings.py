"""A process that is killed while it makes its run folder: the folder can be used again, and files of others stay."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from training_specs import TINY, compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.job import TrainOptions
from cnnspec.training.run_folder.folder import is_run
from cnnspec.training.train import resume, train

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
from cnnspec.training.job import TrainOptions
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
