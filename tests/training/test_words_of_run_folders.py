"""What is said of run folders that are no finished runs names what is at fault, and what helps."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from interruptions import StopAt, results
from training_specs import TINY, compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.run_folder.lock import alone_in
from cnnspec.training.run_folder.stored_run import read_run, read_started
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train


def refused(call: Callable[[Path], object], path: Path) -> str:
    with pytest.raises((TrainingError, UsageError)) as caught:
        call(path)
    return str(caught.value)


def test_a_run_that_is_being_trained(run: Path) -> None:
    (run / "manifest.json").unlink()
    with alone_in(run):
        assert refused(read_run, run).startswith(f"{run} is being trained, and has no results yet: ")
    assert "manifest.json is missing: the run did not finish; `cnnspec train --resume" in refused(read_run, run)


@pytest.mark.parametrize("text", ["", "network Other {\n    input 4\n    relu\n}\n", "# nothing\n"])
def test_a_spec_that_was_overwritten_is_named(tmp_path: Path, text: str) -> None:
    """Of a run that is not finished, there is no manifest with a sum of it."""
    network = compiled(TINY)
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(2))
    spec, settings = tmp_path / "run/spec.cnn", tmp_path / "run/settings.json"
    spec.write_text(text)
    message = refused(read_started, tmp_path / "run")
    assert message.startswith(f"{spec} is not what {settings} tells of: there is no network ")
    assert message.endswith("; bring back the file that changed")


@pytest.mark.parametrize("name", ["best.safetensors", "manifest.json", "model.safetensors", "metrics.jsonl", "curve.svg"])
def test_a_folder_in_the_place_of_a_file(run: Path, finished: Path, name: str) -> None:
    (run / name).unlink()
    (run / name).mkdir()
    words = f"{run / name} is a folder in the place of a file of the run: remove it"
    assert re.fullmatch(
        rf"{re.escape(words)}(;|, and) `cnnspec train --resume {run}` writes it( anew.*)?", refused(read_run, run)
    )
    assert refused(resume, run) == words
    (run / name).rmdir()
    resume(run)
    assert results(run) == results(finished)


def test_a_beginning_can_be_begun_again(tmp_path: Path) -> None:
    out, network = tmp_path / "run", compiled(TINY)
    out.mkdir()
    (out / ".beginning").touch()
    (out / "spec.cnn").write_text(TINY)
    message = refused(read_started, out)
    assert message == (
        f"{out} is no run folder: a run was stopped there before it had begun; start it again with `--out {out}`"
    )
    train(network, recipe_of(network), TrainOptions("cpu", out=out))
    read_run(out)
