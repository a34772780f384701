"""What TensorBoard itself reads of a run. Skipped where it is not installed, since no part of the package needs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from interruptions import interrupted, whole
from training_specs import TINY, compiled

from cnnspec.training.packages import has_tensorboard

pytestmark = [
    pytest.mark.skipif(not has_tensorboard(), reason="TensorBoard is not installed"),
    pytest.mark.filterwarnings("ignore"),  # its own
]


def curves(run: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    read = EventAccumulator(str(run / "tensorboard"))
    read.Reload()
    return {tag: [(event.step, event.value) for event in read.Scalars(tag)] for tag in read.Tags()["scalars"]}


def test_it_shows_the_metrics(tmp_path: Path) -> None:
    result = whole(compiled(TINY), tmp_path / "run", tensorboard=True, log_steps=5)
    found = curves(tmp_path / "run")
    assert [step for step, _ in found["epochs/loss"]] == [12, 24]
    assert [value for _, value in found["epochs/test_acc"]] == pytest.approx([report.test for report in result.history])
    lines = map(json.loads, (tmp_path / "run" / "metrics.jsonl").read_text().splitlines())
    expected = [(line["step"], pytest.approx(line["loss"])) for line in lines if "step" in line]
    assert found["steps/loss"] == expected


def test_an_interrupted_run_shows_each_number_once(tmp_path: Path) -> None:
    whole(compiled(TINY), tmp_path / "whole", tensorboard=True, log_steps=1)
    interrupted(compiled(TINY), tmp_path / "stopped", 7, 9, tensorboard=True, log_steps=1)
    found, expected = curves(tmp_path / "stopped"), curves(tmp_path / "whole")
    for tag in ("steps/loss", "epochs/loss"):
        assert found[tag] == expected[tag]
