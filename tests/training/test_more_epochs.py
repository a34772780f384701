"""A run that is trained to another number of epochs than it began with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from interruptions import StopAt, results, whole
from training_specs import compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.recipe.schedule import SCHEDULES, Schedule
from cnnspec.training import course, keeper
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.report import EpochReport, Silent
from cnnspec.training.result import RunResult
from cnnspec.training.run_folder.lock import is_running
from cnnspec.training.run_folder.names import is_finished
from cnnspec.training.run_folder.settings_text import as_begun, extended
from cnnspec.training.run_folder.stored_run import read_run, read_started
from cnnspec.training.schedule import differ, learning_rate
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train

TEXT = """
network Net {
    input 1x8x8
    conv 4, kernel=3, padding=1
    batchnorm
    relu
    flatten
    dropout 0.2
    linear 10
}
train {
    data digits
    optimizer sgd, lr=0.1, momentum=0.9
    EXTRA
    epochs 2
    batch 128
    seed 5
}
"""
STEPS = 12


def network(*lines: str, epochs: int = 2) -> Network:
    return compiled(TEXT.replace("EXTRA", "\n    ".join(lines)).replace("epochs 2", f"epochs {epochs}"))


def settings(run: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / "settings.json").read_text())
    return found


def stopped(net: Network, out: Path, step: int) -> None:
    with pytest.raises(Interrupted):
        train(net, recipe_of(net), TrainOptions("cpu", out=out), StopAt(step))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "schedule step, step_size=1",
        "schedule exponential, gamma=0.5, warmup=1",
        "augment random_crop, padding=1",
        "ema 0.9",
    ],
)
def test_a_finished_run_goes_on_as_if_it_had_been_longer(line: str, tmp_path: Path) -> None:
    """Where nothing depends on the number of epochs, the bytes are those of a run that began with so many."""
    whole(network(line, epochs=4), tmp_path / "long")
    whole(network(line), tmp_path / "run")
    report = StopAt(-1)
    result = resume(tmp_path / "run", epochs=4, report=report)
    assert [epoch.epoch for epoch in result.history] == [1, 2, 3, 4]
    assert results(tmp_path / "run") == results(tmp_path / "long")
    assert report.notes == []
    assert results(tmp_path / "run") != results(whole(network(line, epochs=3), tmp_path / "shorter").path)


@pytest.mark.parametrize(("step", "epochs"), [(5, 3), (STEPS + 3, 3), (3, 1)])
def test_an_interrupted_run_too(step: int, epochs: int, tmp_path: Path) -> None:
    whole(network(epochs=epochs), tmp_path / "whole")
    stopped(network(), tmp_path / "run", step)
    resume(tmp_path / "run", epochs=epochs)
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def test_what_was_half_written_is_removed(tmp_path: Path) -> None:
    stopped(network(), tmp_path / "run", 3)
    names = ("settings.json", "failure.json", "spec.cnn", "manifest.json", "metrics.jsonl", "best.safetensors")
    for name in names:
        (tmp_path / "run" / f".{name}.x7_ab3q1").touch()
    (tmp_path / "run" / ".notes").touch()
    resume(tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").rglob(".*")] == [".notes"]


def test_a_schedule_that_ends_with_the_run_follows_the_new_number(tmp_path: Path) -> None:
    net = network("schedule cosine")
    for name in ("run", "again"):
        whole(net, tmp_path / name)
        report = StopAt(-1)
        resume(tmp_path / name, epochs=4, report=report)
        said = "`schedule cosine` goes by 4 epochs from here on, and went by 2 so far"
        assert report.notes == [f"{said}: the results are not those of a run that began with 4"]
    assert results(tmp_path / "run") == results(tmp_path / "again")
    recipe = recipe_of(net)
    rates = [line["lr"] for line in results(tmp_path / "run")["metrics"]]
    expected = [
        learning_rate(recipe.schedule, recipe.optimizer.lr, epoch * STEPS - 1, STEPS, epochs)
        for epoch, epochs in ((1, 2), (2, 2), (3, 4), (4, 4))
    ]
    assert rates == expected


def test_while_a_schedule_warms_up_the_number_makes_no_difference(tmp_path: Path) -> None:
    long = network("schedule cosine, warmup=1", epochs=4)
    whole(long, tmp_path / "long")
    stopped(network("schedule cosine, warmup=1"), tmp_path / "run", STEPS - 1)
    report = StopAt(-1)
    resume(tmp_path / "run", epochs=4, report=report)
    assert report.notes == []
    assert results(tmp_path / "run") == results(tmp_path / "long")


def test_the_settings_say_both_numbers(tmp_path: Path) -> None:
    run = tmp_path / "run"
    whole(network(), run)
    begun = (run / "settings.json").read_text()
    resume(run, epochs=3)
    resume(run, epochs=5)
    found = settings(run)
    assert found["recipe"]["epochs"] == 5  # type: ignore[index]
    assert found["extended"] == [{"epochs": 2, "steps": 2 * STEPS}, {"epochs": 3, "steps": 3 * STEPS}]
    assert as_begun((run / "settings.json").read_text()) == begun
    assert read_started(run).recipe.epochs == 5
    assert read_run(run).manifest["result"]["epoch"] == 5


def test_what_did_not_write_the_settings_shows() -> None:
    begun = '{\n  "recipe": {\n    "epochs": 2\n  }\n}\n'
    longer = extended(begun, 3, 10)
    assert as_begun(longer) == as_begun(begun) == begun
    for other in (longer + "\n", longer.replace('"extended"', '"extented"'), longer.replace("[", "{").replace("]", "}")):
        try:
            assert as_begun(other) != begun
        except ValueError:
            continue


def test_settings_that_were_changed_are_found_out(tmp_path: Path) -> None:
    stopped(network(), tmp_path / "run", 3)
    with pytest.raises(Interrupted):
        resume(tmp_path / "run", epochs=3, report=StopAt(2))
    path = tmp_path / "run" / "settings.json"
    path.write_text(path.read_text().replace('"lr": 0.1', '"lr": 0.2'))
    with pytest.raises(UsageError, match=r"settings\.json is not the file that the run began with"):
        resume(tmp_path / "run")


def test_once_given_the_number_holds(tmp_path: Path) -> None:
    """A finished run is one that can be interrupted again, and goes on to the new number by itself."""
    whole(network(epochs=4), tmp_path / "whole")
    run = tmp_path / "run"
    whole(network(), run)
    with pytest.raises(Interrupted):
        resume(run, epochs=4, report=StopAt(STEPS + 2))
    assert not is_finished(run)
    assert resume(run).last.epoch == 4
    assert results(run) == results(tmp_path / "whole")


def test_what_would_train_nothing_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    whole(network(), run)
    before = {path: path.read_bytes() for path in run.iterdir() if path.is_file()}
    for epochs in (1, 2):
        with pytest.raises(UsageError, match="run has trained 2 epochs: name more than that to train it further"):
            resume(run, epochs=epochs)
    assert {path: path.read_bytes() for path in run.iterdir() if path.is_file()} == before


def one_checkpoint_in_six_epochs(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves a run as a kill leaves one whose epochs are too short to write a checkpoint after each."""
    net = network(epochs=6)
    monkeypatch.setattr(keeper, "SHARE", 0.0)  # nothing is cheap enough but the last one

    class Killed(Silent):
        done = 0

        def epoch(self, report: EpochReport) -> None:
            self.done = report.epoch

        def step(self, examples: int) -> None:
            if self.done == 5:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        train(net, recipe_of(net), TrainOptions("cpu", out=run), Killed())
    monkeypatch.undo()
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["epoch-0001.safetensors"]


@pytest.mark.parametrize("lines", ["all of them", "none"])
def test_what_counts_is_the_checkpoint(lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of epochs that nothing goes on from are not behind the run, and epochs without lines are."""
    run = tmp_path / "run"
    one_checkpoint_in_six_epochs(run, monkeypatch)
    assert len((run / "metrics.jsonl").read_text().splitlines()) == 5
    if lines == "none":
        (run / "metrics.jsonl").unlink()
    with pytest.raises(UsageError, match="run has trained 1 epoch: name more than that"):
        resume(run, epochs=1)
    resume(run, epochs=3)
    whole(network(epochs=3), tmp_path / "whole")
    assert results(run) == results(tmp_path / "whole")


def test_a_finished_run_is_not_begun_anew(tmp_path: Path) -> None:
    run = tmp_path / "run"
    whole(network(), run)
    for path in (run / "checkpoints").iterdir():
        path.unlink()
    before = results(run)
    for epochs in (1, 3):
        with pytest.raises(UsageError, match=r"run is finished and has no whole checkpoint to go on from: .* `--weights"):
            resume(run, epochs=epochs)
    assert is_finished(run)
    assert results(run) == before


def test_a_run_that_stopped_early_stays_so(tmp_path: Path) -> None:
    net = compiled(
        TEXT.replace("sgd, lr=0.1, momentum=0.9", "sgd, lr=0")
        .replace("EXTRA", "early_stopping 1")
        .replace("epochs 2", "epochs 9")
    )
    result = whole(net, tmp_path / "run")
    assert len(result.history) < 9
    with pytest.raises(UsageError, match=r"was ended by `early_stopping 1`, epoch \d being the best: to train on all the same"):
        resume(tmp_path / "run", epochs=20)
    assert is_finished(tmp_path / "run")


def test_a_run_that_somebody_ended_goes_on_to_its_own_number(tmp_path: Path) -> None:
    class Enough(Silent):
        def epoch(self, report: EpochReport) -> bool:  # type: ignore[override]
            return report.epoch < 2

    net = network(epochs=3)
    whole(net, tmp_path / "whole")
    train(net, recipe_of(net), TrainOptions("cpu", out=tmp_path / "run"), Enough())
    assert resume(tmp_path / "run", epochs=3).last.epoch == 3
    assert results(tmp_path / "run") == results(tmp_path / "whole")


def test_it_stays_ended_where_it_was_killed_before_its_results_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Silent):
        def epoch(self, report: EpochReport) -> bool:  # type: ignore[override]
            return report.epoch < 2

    def killed(*arguments: object) -> RunResult:
        raise RuntimeError

    net, run = network(epochs=4), tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(course, "finish", killed)
        with pytest.raises(RuntimeError):
            train(net, recipe_of(net), TrainOptions("cpu", out=run), Enough())
    assert not is_finished(run)
    assert resume(run).last.epoch == 2
    train(net, recipe_of(net), TrainOptions("cpu", out=tmp_path / "whole"), Enough())
    assert results(run) == results(tmp_path / "whole")
    assert resume(run, epochs=3).last.epoch == 3


def test_nothing_changes_before_the_first_step(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n".join(f"{value},{value * 2}" for value in range(40)))
    net = compiled('network N {\n input 1\n linear 1\n}\ntrain {\n data csv, "t.csv"\n loss mse\n batch 4\n epochs 1\n}')
    train(net, recipe_of(net), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    text = (tmp_path / "run" / "settings.json").read_text()
    (tmp_path / "t.csv").unlink()
    with pytest.raises(TrainingError, match=r"there is no file .*t\.csv"):
        resume(tmp_path / "run", epochs=2)
    assert is_finished(tmp_path / "run")
    assert (tmp_path / "run" / "settings.json").read_text() == text


def test_nobody_else_works_in_a_run_meanwhile(tmp_path: Path) -> None:
    """The lock is on the settings, of which there is a new file."""

    seen: list[bool] = []

    class Looking(Silent):
        def epoch(self, report: EpochReport) -> None:
            seen.append(is_running(tmp_path / "run"))

    whole(network(), tmp_path / "run")
    result: RunResult = resume(tmp_path / "run", epochs=3, report=Looking())
    assert seen == [True]
    assert not is_running(result.path)


@pytest.mark.parametrize("keyword", list(SCHEDULES))
@pytest.mark.parametrize("warmup", [0.0, 2.5])
def test_which_schedules_depend_on_the_number(keyword: str, warmup: float) -> None:
    """Against a look at every step; 10 epochs and 30, of 7 steps each."""
    arguments = {"step": {"step_size": 2}, "multistep": {"milestones": (3, 20)}, "exponential": {"gamma": 0.5}}
    schedule: Schedule = SCHEDULES[keyword](warmup=warmup, **arguments.get(keyword, {}))
    for steps in (0, 3, 7, 17, 18, 25, 70):
        expected = any(
            learning_rate(schedule, 0.1, step, 7, 10) != learning_rate(schedule, 0.1, step, 7, 30) for step in range(steps)
        )
        assert differ(schedule, 0.1, steps, 7, (10, 30)) == expected, steps
    assert differ(schedule, 0.1, 70, 7, (10, 30)) == (keyword in ("cosine", "polynomial", "one_cycle"))
