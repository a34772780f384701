"""Runs that are stopped on purpose, and what two runs have to have in common."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from training_specs import recipe_of

from cnnspec.network.network import Network
from cnnspec.training.options import TrainOptions
from cnnspec.training.report import Silent
from cnnspec.training.result import RunResult
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train

TIMES = "examples_per_second"


class StopAt(Silent):
    """Sends a signal to this process when a step is taken."""

    def __init__(self, step: int, number: int = signal.SIGINT) -> None:
        self._left = step
        self._number = number
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def step(self, examples: int) -> None:
        self._left -= 1
        if self._left == 0:
            signal.raise_signal(self._number)


def whole(network: Network, out: Path, **options: Any) -> RunResult:
    """Returns a run that nobody stops."""
    return train(network, recipe_of(network), TrainOptions("cpu", out=out, **options))


def interrupted(network: Network, out: Path, *stops: int, **options: Any) -> RunResult:
    """Returns a run that is stopped after so many steps, then after so many more, and so on, and then goes on to its end."""
    first, *more = stops
    with pytest.raises(Interrupted):
        train(network, recipe_of(network), TrainOptions("cpu", out=out, **options), StopAt(first))
    for stop in more:
        with pytest.raises(Interrupted):
            resume(out, report=StopAt(stop))
    return resume(out)


def results(run: Path) -> dict[str, Any]:
    """Returns what equal runs have to have in common: the bytes of the weights, and the metrics apart from times."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    names = ("model.safetensors", "best.safetensors", "curve.svg", "confusion.csv")
    return {
        **{name: (run / name).read_bytes() for name in names if (run / name).exists()},
        "metrics": [{name: value for name, value in line.items() if name != TIMES} for line in lines],
    }
