"""What an `on_epoch` is told, and what it may do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from handed_over import NET, run, samples

import cnnspec


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_epoch_is_told_and_may_be_the_last() -> None:
    told: list[int] = []
    result = run(samples(), on_epoch=lambda report: told.append(report.epoch))
    assert told == [1, 2, 3, 4]
    assert [report.epoch for report in result.history] == told
    stopped = run(samples(), "stopped", on_epoch=lambda report: report.epoch < 2)
    assert [report.epoch for report in stopped.history] == [1, 2]
    lines = (stopped.path / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 2
    assert json.loads((stopped.path / "manifest.json").read_text())["result"]["epoch"] == 2
    short = run(samples(), "short", epochs=2)
    assert (short.path / "model.safetensors").read_bytes() == (stopped.path / "model.safetensors").read_bytes()


@pytest.mark.parametrize("stop", [False, np.False_, np.array(False), torch.tensor(False)])
def test_false_ends_the_run(stop: object) -> None:
    assert [report.epoch for report in run(samples(), on_epoch=lambda report: stop).history] == [1]


ARRAYS = [np.zeros(2), np.zeros(2, bool), np.array([False]), torch.rand(2), torch.zeros(()), torch.zeros(2, dtype=torch.bool)]


@pytest.mark.parametrize("answer", [None, True, 0, 0.0, "", [], {}, np.float64(0), np.int64(0), torch.tensor(0), *ARRAYS])
def test_whatever_else_a_callback_returns_the_run_goes_on(answer: object) -> None:
    result = run(samples(), epochs=2, on_epoch=lambda report: answer)
    assert [report.epoch for report in result.history] == [1, 2]


def test_what_ended_the_run_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    net, told = cnnspec.loads(NET), "stopped after epoch 2: `on_epoch` returned False"
    cnnspec.train(net, data=samples(), on_epoch=lambda report: report.epoch < 2)
    assert told in capsys.readouterr().out.splitlines()
    cnnspec.train(net, data=samples(), epochs=2, on_epoch=lambda report: report.epoch < 2)
    assert "stopped" not in capsys.readouterr().out  # it was the last one


def test_a_callback_draws_no_random_numbers_of_the_run() -> None:
    def draw(report: Any) -> None:
        torch.rand(5)
        torch.manual_seed(report.epoch)

    text = NET.replace("    linear", "    dropout 0.5\n    linear", 1)
    alone, drawn = run(samples(), "alone", text=text), run(samples(), "drawn", text=text, on_epoch=draw)
    assert (drawn.path / "model.safetensors").read_bytes() == (alone.path / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    "change",
    [lambda: torch.set_grad_enabled(False), lambda: torch.set_default_dtype(torch.float64)],
    ids=["gradients", "floats"],
)
def test_what_a_callback_sets_torch_to_is_no_part_of_the_run(change: Any) -> None:
    alone, changed = run(samples(), "alone"), run(samples(), "changed", on_epoch=lambda report: change() and None)
    assert (changed.path / "model.safetensors").read_bytes() == (alone.path / "model.safetensors").read_bytes()
    assert (torch.is_grad_enabled(), torch.get_default_dtype()) == (True, torch.float32)


def test_a_callback_that_fails_ends_the_run() -> None:
    def fail(report: Any) -> None:
        raise RuntimeError(f"epoch {report.epoch}")

    with pytest.raises(RuntimeError, match="epoch 1"):
        run(samples(), on_epoch=fail)


@pytest.mark.parametrize("raised", [KeyError("of the program"), KeyboardInterrupt(), cnnspec.UsageError("of the program")])
def test_what_a_callback_raises_says_how_the_run_goes_on(raised: BaseException) -> None:
    def fail(report: Any) -> None:
        if report.epoch == 2:
            raise raised

    with pytest.raises(type(raised)) as found:
        run(samples(), on_epoch=fail)
    (note,) = found.value.__notes__
    assert note == 'run is saved behind epoch 2: `cnnspec.resume("run", data=...)` goes on'
    assert [report.epoch for report in cnnspec.resume("run", data=samples(), progress=False).history] == [1, 2, 3, 4]


@pytest.mark.parametrize("failing", [1, 2, 4])
def test_an_epoch_is_not_lost_where_a_callback_fails(failing: int) -> None:
    """The run goes on behind it, to the bytes of one whose callback did not fail."""

    def fail(report: Any) -> None:
        torch.manual_seed(report.epoch)
        if report.epoch == failing:
            raise KeyError("of the program")

    whole = run(samples(), "whole")
    with pytest.raises(KeyError, match="of the program"):
        run(samples(), on_epoch=fail)
    told: list[int] = []
    resumed = cnnspec.resume("run", data=samples(), on_epoch=lambda report: told.append(report.epoch), progress=False)
    assert told == list(range(failing + 1, 5))
    assert [report.epoch for report in resumed.history] == [1, 2, 3, 4]
    assert (resumed.path / "model.safetensors").read_bytes() == (whole.path / "model.safetensors").read_bytes()


def test_a_callback_that_fails_on_a_full_disk_says_what_it_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(report: Any) -> None:
        def full(*arguments: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("cnnspec.training.run_folder.checkpoints.Checkpoints.save", full)
        raise KeyError("of the program")

    with pytest.raises(KeyError, match="of the program") as found:
        run(samples(), on_epoch=fail)
    assert not hasattr(found.value, "__notes__")  # there is nothing that would go on


def test_a_callback_may_go_elsewhere(tmp_path: Path) -> None:
    """The run stays where it is, with its relative path; what the callback writes there lies there."""
    (tmp_path / "elsewhere").mkdir()

    def go(report: Any) -> None:
        os.chdir("elsewhere")
        Path(f"{report.epoch}.txt").touch()

    alone, gone = run(samples(), "alone"), run(samples(), "gone", on_epoch=go)
    assert Path.cwd() == tmp_path
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == ["1.txt", "2.txt", "3.txt", "4.txt"]
    assert (tmp_path / "gone" / "model.safetensors").read_bytes() == (alone.path / "model.safetensors").read_bytes()
    assert gone.evaluate(samples()).samples == 60
