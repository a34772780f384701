"""A loss that stops being a number: which step, which layer, and what to try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from interruptions import whole
from training_specs import compiled, recipe_of

from cnnspec.diagnostics.render_text import render_text
from cnnspec.training.batches.batches import Batch, Batches
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import LossNotFinite, TrainingError
from cnnspec.training.report import EpochReport, Silent
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.train import train
from cnnspec.training.weights.weights import all_finite

TEXT = """
network Net {
    input 1x8x8
    conv1: conv 4, kernel=3
    act: relu
    conv2: conv 4, kernel=3
    flatten
    head: linear 10
}
train {
    data digits
    optimizer sgd, lr=0.1
    batch 64
    epochs 3
    EXTRA
}
"""
DIVERGING = TEXT.replace("lr=0.1", "lr=2.0, momentum=0.99").replace("EXTRA", "")


def failure(text: str, tmp_path: Path, **options: object) -> LossNotFinite:
    with pytest.raises(TrainingError) as caught:
        whole(compiled(text), tmp_path / "run", **options)
    (problem,) = caught.value.problems
    assert isinstance(problem, LossNotFinite)
    return problem


def test_a_learning_rate_that_is_too_high(tmp_path: Path) -> None:
    text = TEXT.replace("lr=0.1", "lr=1e30").replace("EXTRA", "")
    network = compiled(text)
    with pytest.raises(TrainingError) as caught:
        whole(network, tmp_path / "run")
    shown = render_text(caught.value.diagnostics(network)[0])
    assert "error[E0432]: the loss became nan in epoch 1, step 2: `conv1` is the first layer with outputs" in shown or (
        "`conv2` is the first layer with outputs" in shown
    )
    assert "not finite from here on" in shown
    assert "= help: lower `lr` (here 1e+30), or write `clip_norm 1.0`" in shown


@pytest.mark.parametrize("minutes", [0.0, 10.0])
def test_a_loss_that_overflows_by_itself(tmp_path: Path, minutes: float) -> None:
    """Many steps in, where a checkpoint is at hand, and from the beginning."""
    problem = failure(DIVERGING, tmp_path, checkpoint_minutes=minutes)
    assert problem.message.startswith(
        "the loss became inf in epoch 2, step 1: no layer overflows, but the outputs of the network"
    )
    assert problem.help == "lower `lr` (here 2), or write `clip_norm 1.0`"


def test_data_that_is_no_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shuffled = Batches.shuffled

    def broken(self: Batches, *arguments: Any, **named: Any) -> Iterator[Batch]:
        for inputs, targets in shuffled(self, *arguments, **named):
            yield inputs / 0.0, targets

    monkeypatch.setattr(Batches, "shuffled", broken)
    problem = failure(TEXT.replace("EXTRA", ""), tmp_path)
    assert problem.layer == "conv1"
    assert "`conv1` is the first layer with outputs that are not finite, and so are its inputs" in problem.message
    assert problem.help == "look for values in the data that are no numbers"


def test_a_gradient_that_is_no_number(tmp_path: Path) -> None:
    """Zeros pass two huge kernels as zeros, but what comes back through them overflows; the loss shows it one step later."""
    huge = "conv 1, kernel=1, bias=false, weight=[[[[1e25]]]]"
    text = TEXT.replace("conv1: conv 4, kernel=3", 'conv1: conv 1, kernel=3, bias=false, init="zeros"').replace(
        "act: relu", huge
    )
    text = text.replace("conv2: conv 4, kernel=3", huge).replace("EXTRA", "")
    problem = failure(text, tmp_path)
    assert "in epoch 1, step 2: `conv1`" in problem.message
    assert "in the step before, the gradient of `conv1.weight` was not finite" in problem.message


def test_short_numbers_are_the_first_suspicion(tmp_path: Path) -> None:
    text = TEXT.replace(
        "conv2: conv 4, kernel=3", "conv2: conv 4, kernel=3, weight=[[[[9e4]]], [[[9e4]]], [[[9e4]]], [[[9e4]]]]"
    )
    text = text.replace("kernel=3, weight", "kernel=1, weight").replace("conv1: conv 4", "conv1: conv 1").replace("EXTRA", "")
    problem = failure(text, tmp_path, precision="fp16")
    assert problem.layer == "conv2"


def test_what_was_good_before_is_still_there(tmp_path: Path) -> None:
    failure(DIVERGING, tmp_path, checkpoint_minutes=0.0)
    kept = list(Checkpoints(tmp_path / "run" / "checkpoints").newest_first())
    assert all(isinstance(found, Checkpoint) for _, found in kept)
    assert any(isinstance(found, Checkpoint) and all_finite(found.part("model").values()) for _, found in kept)


def test_an_update_that_no_loss_tells_of(tmp_path: Path) -> None:
    """The last step of an epoch: its loss is that of the weights before it."""
    text = TEXT.replace("lr=0.1", "lr=1e39").replace("batch 64", "batch 2000").replace("EXTRA", "")
    problem = failure(text, tmp_path)
    assert "the update of epoch 1, step 1 makes `conv1.weight` infinite or not a number" in str(problem)
    assert problem.layer == "conv1"
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_weights_that_a_run_began_with_are_needed_no_more(tmp_path: Path) -> None:
    begun = tmp_path / "w.safetensors"
    begun.write_bytes((whole(compiled(TEXT.replace("EXTRA", "")), tmp_path / "first").path / "model.safetensors").read_bytes())

    class Gone(Silent):
        def epoch(self, report: EpochReport) -> None:
            begun.unlink(missing_ok=True)

    network = compiled(TEXT.replace("EXTRA", "schedule step, step_size=1, gamma=1e30"))
    with pytest.raises(TrainingError) as caught:
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", weights=begun), Gone())
    assert isinstance(caught.value.problems[0], LossNotFinite)


NUMBERS = """
network Net {
    input 3
    linear 4
    relu
    linear 1
}
train {
    data csv, "t.csv"NORMALIZE
    loss mse
    optimizer sgd, lr=0.01
    batch 4
    epochs 2
}
"""


def test_large_numbers_in_the_data_are_the_first_suspicion(tmp_path: Path) -> None:
    """Who follows the advice trains; a rate that is too high is still the rate's fault."""
    rows = [f"{1e9 + index * 1e7},{index * 1e9},{-index * 1e8},{index % 3}" for index in range(20)]
    (tmp_path / "t.csv").write_text("\n".join(rows) + "\n")
    given = {"base": tmp_path}
    problem = failure(NUMBERS.replace("NORMALIZE", ""), tmp_path, **given)
    assert problem.help is not None
    assert re.fullmatch(r"the data reaches 1\.\de\+10: write `normalize=true` behind `data`; or lower `lr` .*", problem.help)
    whole(compiled(NUMBERS.replace("NORMALIZE", ", normalize=true")), tmp_path / "normalized", **given)
    fast = NUMBERS.replace("NORMALIZE", ", normalize=true").replace("lr=0.01", "lr=1e30")
    assert failure(fast, tmp_path / "fast", **given).help == "lower `lr` (here 1e+30), or write `clip_norm 1.0`"
