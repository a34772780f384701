"""A run that was stopped and goes on ends with the bytes of one that nobody stopped."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from interruptions import StopAt, interrupted, results, whole
from training_specs import compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.layers.problems import counted
from cnnspec.recipe.optimizer import OPTIMIZERS
from cnnspec.training import keeper
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.lock import alone_in, is_running
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train

# What has a state beyond its weights: running statistics, masks, random pools, in the 12 steps of each of 2 epochs.
TEXT = """
network Net {
    input 1x8x8
    conv 4, kernel=3, padding=1
    batchnorm
    relu
    conv 4, kernel=3
    fractional_maxpool 2, output_ratio=0.5
    flatten
    dropout 0.2
    linear 10
}
train {
    data digits
    EXTRA
    epochs 2
    batch 128
    seed 5
}
"""
STEPS = 12


def text(*lines: str) -> str:
    return TEXT.replace("EXTRA", "\n    ".join(lines))


def example(optimizer: str) -> str:
    kind = OPTIMIZERS[optimizer]
    return kind.examples[-1] if kind.examples else f"optimizer {optimizer}"


@pytest.mark.parametrize("stops", [(1,), (5,), (STEPS - 1,), (STEPS,), (STEPS + 1,), (2 * STEPS,), (3, 1, STEPS)])
def test_wherever_it_stops(tmp_path: Path, stops: tuple[int, ...]) -> None:
    network = compiled(text("optimizer adam, amsgrad=true"))
    whole(network, tmp_path / "whole", log_steps=5)
    interrupted(network, tmp_path / "stopped", *stops, log_steps=5)
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")
    assert len(results(tmp_path / "stopped")["metrics"]) == 2 * STEPS // 5 + 2


@pytest.mark.parametrize(
    "lines",
    [
        ("optimizer sgd, lr=0.1, momentum=0.9, nesterov=true",),
        ("accumulate 3", "clip_norm 0.5"),
        ("ema 0.9",),
        ("augment random_crop, padding=1", "augment cutout, size=3"),
        ("schedule cosine, warmup=1",),
        ("augment random_crop, padding=1", "augment random_erasing", "schedule one_cycle", "accumulate 2"),
        ('freeze "0", "1"', "optimizer rmsprop, momentum=0.9"),
        ("loss mse",),
        ("loss cross_entropy, weight=[1, 1, 1, 1, 1, 1, 1, 1, 1, 2]",),
        ("loss cross_entropy, ignore_index=3",),
        ("init orthogonal", "loss cross_entropy"),
    ],
)
def test_whatever_the_recipe_says(tmp_path: Path, lines: tuple[str, ...]) -> None:
    network = compiled(text(*lines))
    whole(network, tmp_path / "whole")
    interrupted(network, tmp_path / "stopped", 2, STEPS - 2 if len(lines) == 1 else 3)
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "muon"])
def test_whatever_the_optimizer_remembers(tmp_path: Path, optimizer: str, precision: str) -> None:
    network = compiled(text(example(optimizer), "epochs 1").replace("    epochs 2\n", ""))
    whole(network, tmp_path / "whole", precision=precision)
    interrupted(network, tmp_path / "stopped", 3, precision=precision)
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


def test_the_rate_of_an_epoch_that_is_trained_but_not_tested(tmp_path: Path) -> None:
    network = compiled(text("schedule cosine"))
    whole(network, tmp_path / "whole")
    interrupted(network, tmp_path / "stopped", STEPS)
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


def test_an_optimizer_for_matrices_only(tmp_path: Path) -> None:
    network = compiled("""
network Net {
    input 1x8x8
    flatten
    linear 16, bias=false
    tanh
    linear 10, bias=false
}
train {
    data digits
    optimizer muon
    batch 128
    epochs 1
}
""")
    whole(network, tmp_path / "whole")
    interrupted(network, tmp_path / "stopped", 3)
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


@pytest.mark.parametrize("precision", ["fp64", "bf16", "fp16"])
def test_in_all_precisions(tmp_path: Path, precision: str) -> None:
    network = compiled(
        text("epochs 1").replace("    epochs 2\n", "").replace("    fractional_maxpool 2, output_ratio=0.5\n", "")
    )
    whole(network, tmp_path / "whole", precision=precision)
    interrupted(network, tmp_path / "stopped", 7, precision=precision)
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


def test_the_comparison_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its random numbers, its momentum or its place in the epoch a run ends elsewhere."""
    network = compiled(text())
    whole(network, tmp_path / "whole")
    expected = results(tmp_path / "whole")
    capture = keeper.capture
    for name, value in (("random/cpu", torch.Generator().manual_seed(1).get_state()), ("tally", torch.zeros(4))):
        with monkeypatch.context() as patch:

            def other(session, state, name=name, value=value):  # type: ignore[no-untyped-def]
                found = capture(session, state)
                found.tensors[name] = value
                return found

            patch.setattr(keeper, "capture", other)
            interrupted(network, tmp_path / name.replace("/", "-"), 5)
        found = results(tmp_path / name.replace("/", "-"))
        assert found["metrics"] != expected["metrics"]
        assert (found["model.safetensors"] != expected["model.safetensors"]) == (name == "random/cpu")


def test_a_stop_in_the_midst_of_testing_goes_on_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = compiled(text())
    whole(network, tmp_path / "whole")
    # The signal comes with the last step of the epoch, and is heard only when the test part is due.
    stop = StopAt(STEPS)
    monkeypatch.setattr(keeper.RunKeeper, "after_step", lambda self, state, samples: stop.step(samples))
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "stopped"))
    monkeypatch.undo()
    names = [path.name for path in (tmp_path / "stopped" / "checkpoints").iterdir()]
    assert names == [f"epoch-0001-step-{STEPS:06}.safetensors"]
    resume(tmp_path / "stopped")
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


def test_what_was_half_written_is_removed(tmp_path: Path) -> None:
    network = compiled(text())
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(3))
    halves = [tmp_path / "run" / ".model.safetensors.x7_", tmp_path / "run" / "checkpoints" / ".epoch-0001.safetensors.ab3"]
    for half in halves:
        half.touch()
    resume(tmp_path / "run")
    assert not list((tmp_path / "run").rglob(".*"))


def test_without_a_checkpoint_it_begins_again(tmp_path: Path) -> None:
    network = compiled(text())
    whole(network, tmp_path / "whole")
    interrupted_run = tmp_path / "stopped"
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=interrupted_run), StopAt(3))
    for path in (interrupted_run / "checkpoints").iterdir():
        path.unlink()
    (interrupted_run / "metrics.jsonl").write_text("half a li")
    resume(interrupted_run)
    assert results(interrupted_run) == results(tmp_path / "whole")


def test_weights_to_begin_with_are_needed_only_at_the_beginning(tmp_path: Path) -> None:
    network = compiled(text())
    first = whole(network, tmp_path / "first")
    weights = tmp_path / "weights.safetensors"
    weights.write_bytes((first.path / "model.safetensors").read_bytes())
    whole(network, tmp_path / "whole", weights=weights)
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "stopped", weights=weights), StopAt(3))
    weights.unlink()
    resume(tmp_path / "stopped")
    assert results(tmp_path / "stopped") == results(tmp_path / "whole")


def test_a_resumed_run_is_a_run_like_any_other(tmp_path: Path) -> None:
    result = interrupted(compiled(text()), tmp_path / "run", 4)
    found = evaluate(read_run(result.path), options=EvaluateOptions("cpu"))
    assert found.samples == 359
    assert [report.epoch for report in result.history] == [1, 2]
    assert result.examples_per_second > 0


def test_what_differs_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    network = compiled(text())
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(3))
    report = StopAt(-1)
    torch.set_num_threads(before + 1)
    try:
        resume(tmp_path / "run", report=report)
    finally:
        torch.set_num_threads(before)
    expected = f"the results may differ in their last digits: {counted(before, 'thread')} before, {before + 1} now"
    assert report.notes == [expected]


@pytest.mark.parametrize("name", ["spec.cnn", "settings.json"])
def test_a_changed_spec_is_no_longer_that_run(tmp_path: Path, name: str) -> None:
    network = compiled(text())
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(3))
    path = tmp_path / "run" / name
    path.write_text(path.read_text() + "\n")
    with pytest.raises(UsageError, match=f"^{path} is not the file that the run began with"):
        resume(tmp_path / "run")


def test_other_data_is_refused(tmp_path: Path) -> None:
    rows = [f"{value},{value * 2}" for value in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(rows))
    network = compiled('network N {\n input 1\n linear 1\n}\ntrain {\n data csv, "t.csv"\n loss mse\n batch 4\n epochs 3\n}')
    options = TrainOptions("cpu", out=tmp_path / "run", base=tmp_path)
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), options, StopAt(3))
    (tmp_path / "t.csv").write_text("\n".join(rows[:-1]))
    with pytest.raises(TrainingError, match="the data is not what the run began with"):
        resume(tmp_path / "run")


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    network = compiled(text())
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), StopAt(3))
    assert not is_running(tmp_path / "run")
    with alone_in(tmp_path / "run"):
        assert is_running(tmp_path / "run")
        with pytest.raises(UsageError, match="is being trained by another process"):
            resume(tmp_path / "run")


def test_only_torch_draws_random_numbers(tmp_path: Path) -> None:
    """So that a checkpoint needs no others: neither Python's nor numpy's generators are touched by a run."""
    python, numbers = random.getstate(), np.random.get_state()
    whole(compiled(text()), tmp_path / "run")
    assert random.getstate() == python
    assert all(np.array_equal(one, other) for one, other in zip(np.random.get_state(), numbers, strict=True))


def test_early_stopping(tmp_path: Path) -> None:
    network = compiled(text("optimizer sgd, lr=0", "early_stopping 2", "epochs 9").replace("    epochs 2\n", ""))
    report = StopAt(-1)
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"), report)
    assert len(result.history) == result.best_epoch + 2 < 9
    assert report.notes[-1] == f"stopped after epoch {len(result.history)}: no better one since epoch {result.best_epoch}"
    assert json.loads((result.path / "manifest.json").read_text())["result"]["epoch"] == len(result.history)


def test_the_average_of_the_weights_is_what_is_saved(tmp_path: Path) -> None:
    result = whole(compiled(text("ema 0.5")), tmp_path / "run")
    stored = safetensors.torch.load((tmp_path / "run" / "model.safetensors").read_bytes())
    assert stored.keys() == result.model.state_dict().keys()
    found = evaluate(read_run(result.path), options=EvaluateOptions("cpu"))
    assert found.loss == pytest.approx(result.last.test_loss, rel=0.2)  # the pools draw anew
