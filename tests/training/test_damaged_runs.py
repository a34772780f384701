"""Finished runs of which a file is damaged: what can be done about it, and that it works."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from interruptions import StopAt

from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.damage import damage
from cnnspec.training.run_folder.names import RESULTS
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.train import resume


def contents(run: Path) -> dict[str, bytes]:
    return {str(file.relative_to(run)): file.read_bytes() for file in run.rglob("*") if file.is_file()}


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


DAMAGES: list[tuple[str, Callable[[Path], None]]] = [
    *((name, how) for name in RESULTS if name != "trace.json" for how in (flipped, cut, Path.unlink)),
    ("manifest.json", cut),
    ("manifest.json", lambda path: path.write_bytes(b"\xff\x00")),
    ("manifest.json", lambda path: path.write_text("[]")),
    ("manifest.json", lambda path: path.write_text("{}")),
    ("manifest.json", lambda path: path.write_text('{"files": ["model.safetensors"], "data": {}}')),
    ("manifest.json", lambda path: path.write_text(json.dumps({**json.loads(path.read_text()), "data": None}))),
]


@pytest.mark.parametrize(("name", "how"), DAMAGES)
def test_what_came_of_a_run_is_written_anew(name: str, how: Callable[[Path], None], run: Path) -> None:
    before = contents(run)
    assert damage(run) is None
    how(run / name)
    assert contents(run) != before
    with pytest.raises(TrainingError, match=re.escape(name)) as caught:
        read_run(run)
    assert str(caught.value).endswith(f"; `cnnspec train --resume {run}` writes it anew, without training more")
    resume(run, report=StopAt(1))  # which would stop at the first step
    assert contents(run) == before
    evaluate(read_run(run), options=EvaluateOptions("cpu"))


@pytest.mark.parametrize("name", ["spec.cnn", "settings.json"])
def test_what_was_asked_for_is_nowhere_else(name: str, run: Path) -> None:
    (run / name).write_bytes((run / name).read_bytes() + b"\n")
    with pytest.raises(TrainingError) as caught:
        read_run(run)
    remedy = f"bring it back as it was; with `--weights {run / 'model.safetensors'}` the weights go with any spec that they fit"
    assert str(caught.value).endswith(
        f"{name} is not the file that the run wrote: its SHA-256 sum differs from manifest.json; {remedy}"
    )


@pytest.mark.parametrize(("name", "other"), [("model", "best"), ("best", "model")])
def test_without_checkpoints_the_other_weights_are_left(name: str, other: str, run: Path) -> None:
    shutil.rmtree(run / "checkpoints")
    flipped(run / f"{name}.safetensors")
    found = damage(run)
    assert found is not None
    assert f"`--weights {run / f'{other}.safetensors'}`" in found.remedy
    (run / "manifest.json").write_text("{")
    found = damage(run)
    assert found is not None
    assert "--resume" not in found.remedy
