"""Run folders from outside."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from training_specs import TINY, compiled, recipe_of

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source
from cnnspec.training.batches.batches import Batch, Batches
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.run_tables import run_comparison, run_json, run_list
from cnnspec.training.results.runs import best_epoch, run_facts
from cnnspec.training.run_folder.lock import alone_in
from cnnspec.training.run_folder.names import MANIFEST, METRICS, SETTINGS
from cnnspec.training.run_folder.nearby import find_runs
from cnnspec.training.run_folder.stored_run import read_run, read_started
from cnnspec.training.train import resume, train


def trained(out: Path, text: str = TINY) -> Path:
    network = compiled(text)
    return train(network, recipe_of(network), TrainOptions("cpu", out=out)).path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("runs") / "Tiny-1")


def copy(run: Path, to: Path, *left_out: str) -> Path:
    to.mkdir(parents=True)
    for file in run.iterdir():
        if file.is_file() and file.name not in left_out:
            (to / file.name).write_bytes(file.read_bytes())
    return to


def test_a_finished_run(finished: Path) -> None:
    facts = run_facts(finished)
    manifest = json.loads((finished / MANIFEST).read_text())
    assert (facts.state, facts.network, facts.done, facts.epochs) == ("finished", "Tiny", 2, 2)
    assert facts.parameters == compiled(TINY).parameters
    assert facts.best is not None
    assert facts.best["epoch"] == manifest["result"]["best_epoch"]
    assert facts.measure == "test_acc"
    assert facts.last is not None
    assert facts.last["test_acc"] == manifest["result"]["test_acc"]
    assert facts.examples_per_second == pytest.approx(manifest["result"]["examples_per_second"], rel=1e-4)
    assert facts.settings["train.batch"] == 128
    assert facts.settings["--data"] == "digits"


def test_states(finished: Path, tmp_path: Path) -> None:
    stopped = copy(finished, tmp_path / "a", MANIFEST)
    assert run_facts(stopped).state == "interrupted"
    with alone_in(stopped):
        assert run_facts(stopped).state == "running"
    fresh = copy(finished, tmp_path / "b", MANIFEST, METRICS)
    facts = run_facts(fresh)
    assert (facts.state, facts.done, facts.best, facts.measure) == ("interrupted", 0, None, None)
    (fresh / SETTINGS).write_text("{")
    broken = run_facts(fresh)
    assert broken.state == "broken"
    assert "is not JSON" in str(broken.problem)
    with pytest.raises(UsageError, match="is no run folder"):
        run_facts(tmp_path)


def test_who_looks_at_a_run_keeps_nobody_out(finished: Path, tmp_path: Path) -> None:
    """Neither others who look, nor, but for a moment, whoever trains; whoever trains keeps others out all the time."""
    fcntl = pytest.importorskip("fcntl")
    run = copy(finished, tmp_path / "a", MANIFEST)
    looking = os.open(run, os.O_RDONLY)
    fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
    assert run_facts(run).state == "interrupted"
    gone = Timer(0.05, os.close, [looking])
    gone.start()
    with alone_in(run):
        gone.join()
        assert run_facts(run).state == "running"
        with pytest.raises(UsageError, match="is being trained by another process"), alone_in(run):
            pass


def test_a_run_that_failed_says_why_until_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shuffled = Batches.shuffled

    def broken(self: Batches, *arguments: Any, **named: Any) -> Iterator[Batch]:
        for inputs, targets in shuffled(self, *arguments, **named):
            yield inputs / 0.0, targets

    monkeypatch.setattr(Batches, "shuffled", broken)
    with pytest.raises(TrainingError) as raised:
        trained(tmp_path / "Tiny-1")
    monkeypatch.undo()
    facts = run_facts(tmp_path / "Tiny-1")
    assert facts.state == "failed"
    assert facts.problem == f"E0432: {raised.value}"
    with pytest.raises(TrainingError, match="has no results, for the run failed: E0432"):
        read_run(tmp_path / "Tiny-1")
    resume(tmp_path / "Tiny-1")
    facts = run_facts(tmp_path / "Tiny-1")
    assert (facts.state, facts.problem) == ("finished", None)


def test_lines_that_are_no_epoch_do_not_count(finished: Path, tmp_path: Path) -> None:
    run = copy(finished, tmp_path / "a")
    with open(run / METRICS, "a") as file:
        file.write('{"epoch": 3, "step": 30, "loss": 9, "train_acc": 0, "lr": 1}\n{"epoch": 3, "lo')
    assert run_facts(run).done == 2


@pytest.mark.parametrize(
    ("lines", "best"),
    [
        ([{"test_acc": 0.5, "test_loss": 1.0}, {"test_acc": 0.7, "test_loss": 3.0}, {"test_acc": 0.7, "test_loss": 1.0}], 1),
        ([{"test_rmse": 2.0, "test_loss": 4.0}, {"test_rmse": 1.0, "test_loss": 1.0}], 1),
        ([{"loss": 1.0, "train_acc": 0.9}, {"loss": 2.0, "train_acc": 1.0}], 0),
        ([{"loss": None}, {"loss": 2.0}], 1),
        ([{"test_loss": math.inf}, {"test_loss": 2.0}, {"test_loss": math.nan}], 1),
        ([{"test_acc": None}, {"test_acc": None}], 0),
        ([], None),
    ],
)
def test_the_best_epoch(lines: list[dict[str, Any]], best: int | None) -> None:
    assert best_epoch(lines) is (None if best is None else lines[best])


@pytest.mark.parametrize(
    ("data", "outputs", "key", "best_of"),
    [
        ("data digits\n    optimizer sgd, lr=0.5", 10, "test_acc", max),
        ("data synthetic\n    loss mse\n    optimizer sgd, lr=0.02", 1, "test_loss", min),
        ("data digits, test=0\n    optimizer sgd, lr=0.5", 10, "loss", min),
    ],
)
def test_a_run_keeps_the_best_epoch_of_its_lines(
    data: str, outputs: int, key: str, best_of: Callable[[list[float]], float], tmp_path: Path
) -> None:
    """By accuracy, by an error, and without a test part."""
    network = compiled(
        TINY.replace("data digits", data).replace("linear 10", f"linear {outputs}").replace("epochs 2", "epochs 5")
    )
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    values = [epoch.as_json()[key] for epoch in result.history]
    found = run_facts(result.path).best
    assert found is not None
    assert found["epoch"] == result.best_epoch == values.index(best_of(values)) + 1


def test_a_run_begins_once(tmp_path: Path) -> None:
    run = trained(tmp_path / "Tiny-1")
    for file in run.iterdir():
        os.utime(file, (1e9, 1e9))
    begun = run_facts(run).begun
    assert begun.timestamp() == 1e9
    resume(run, epochs=3)
    assert (run / SETTINGS).stat().st_mtime > 1e9
    assert run_facts(run).begun == begun


def test_runs_of_a_folder_as_people_sort(finished: Path, tmp_path: Path) -> None:
    for name in ("Tiny-10", "Tiny-2", "other"):
        copy(finished, tmp_path / name)
    (tmp_path / "no run").mkdir()
    paths = find_runs(tmp_path)
    assert [path.name for path in paths] == ["Tiny-2", "Tiny-10", "other"]
    table = run_list(list(map(run_facts, paths)))
    assert [row[1] for row in table.rows] == ["finished"] * 3
    with pytest.raises(UsageError, match="there is no folder"):
        find_runs(tmp_path / "none")


def test_comparing_shows_what_differs(finished: Path, tmp_path: Path) -> None:
    other = trained(tmp_path / "other", TINY.replace("batch 128", "batch 64\n    optimizer sgd, lr=0.5"))
    pair = [run_facts(finished), run_facts(other)]
    rows = {row[0]: row[1:] for row in run_comparison(pair, everything=False).rows}
    assert rows["train.batch"] == ("128", "64")
    assert rows["train.optimizer"] == ("adam", "sgd")
    assert rows["spec"][0] != rows["spec"][1]
    assert "train.epochs" not in rows
    assert run_comparison([pair[0], pair[0]], everything=False).rows[-1][0] == "examples/sec", "nothing differs"
    everything = {row[0] for row in run_comparison([pair[0], pair[0]], everything=True).rows}
    assert {"train.epochs", "train.loss", "--device"} <= everything
    assert json.loads(json.dumps(run_json(pair[1])))["settings"]["train.optimizer.lr"] == 0.5


PASTED = """
network Net(width=4, act="relu") {
    input 1x8x8
    stem: conv width, kernel=3
    if act == "relu" { relu }
    flatten
    linear 10
}
train {
    data digits
    augment horizontal_flip
    epochs 1
}
"""
OTHER = [
    "width=3",
    'act="none at all"',
    "train.optimizer=sgd",
    "train.optimizer.momentum=0.5",
    "train.loss.label_smoothing=0.25",
    "train.schedule=cosine",
    "train.schedule.warmup=0.5",
    "train.augment=[vertical_flip, horizontal_flip]",
    "train.freeze=[stem]",
    "train.batch=100",
    "train.epochs=2",
    "train.seed=7",
    "train.ema=0.5",
    "train.early_stopping=3",
    "train.clip_norm=2",
]


def test_what_differs_can_be_pasted(tmp_path: Path) -> None:
    """The truth is the other run: by the names and values of its column, the first spec gets its recipe and parameters."""
    (tmp_path / "t x.csv").write_text("".join(f"{'1,2,3,4,' * 16}{row % 10}\n" for row in range(50)))
    data = f'csv, "{tmp_path / "t x.csv"}", target=-1, normalize=(0.5, 0.25), test=0.1'
    runs = {}
    for name, options in (("a", Options()), ("b", Options(set=OTHER, data=data))):
        (network,) = check_source(Source("net.cnn", PASTED), options).networks
        train(
            network, recipe_of(network), TrainOptions("cpu", precision="fp64" if options.set else "fp32", out=tmp_path / name)
        )
        runs[name] = read_started(tmp_path / name)
    table = run_comparison([run_facts(run.path) for run in runs.values()], everything=False)
    rows = dict(zip((row[0] for row in table.rows), table.rows, strict=True))
    (_, before, now) = rows.pop("--data")
    assert before == "digits"
    assert rows.pop("--precision")[1:] == ("fp32", "fp64")
    assert "spec" not in rows
    given = [name for name, row in rows.items() if (name.startswith("train.") or name in ("width", "act")) and row[2] != "-"]
    settings = [f"{name}={rows[name][2]}" for name in given]
    assert set(OTHER) - {"train.clip_norm=2"} <= set(settings)
    (again,) = check_source(Source("net.cnn", PASTED), Options(set=settings, data=now)).networks
    assert again.recipe == runs["b"].recipe != runs["a"].recipe
    assert again.settings == runs["b"].network.settings
    cells = {row[0]: row[1] for row in table.rows}
    assert (cells["train.ema"], cells["train.schedule"], cells["train.freeze"]) == ("none", "none", "[]")
    back = [f"{name}={row[1]}" for name, row in rows.items() if name.startswith("train.") and row[1] != "-"]
    lines = PASTED.replace("    augment", "    freeze stem\n    schedule cosine, warmup=3\n    ema 0.5\n    augment")
    (first,) = check_source(Source("net.cnn", lines), Options(set=back)).networks
    assert first.recipe == runs["a"].recipe


def test_augmentations_with_arguments_are_shown_as_lines(tmp_path: Path) -> None:
    text = TINY.replace("epochs 2", "epochs 1\n    augment random_crop, padding=1\n    augment horizontal_flip")
    facts = run_facts(trained(tmp_path / "run", text))
    rows = {row[0]: row[1] for row in run_comparison([facts], everything=True).rows}
    assert rows["train.augment"] == "random_crop, padding=1; horizontal_flip"
    assert facts.settings["train.augment"] == ["random_crop, padding=1", "horizontal_flip"]
    assert rows["--input"] == "1x8x8"
