"""Run folders looked at from outside: how far they are, how good, and what they differ in. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import harmonic_mean
from typing import Any

from cnnspec.training.problems import TrainingError
from cnnspec.training.results.run_settings import run_settings
from cnnspec.training.run_folder.damage import failure
from cnnspec.training.run_folder.lock import is_running
from cnnspec.training.run_folder.metrics import Line, best_epoch, epoch_lines
from cnnspec.training.run_folder.names import METRICS, SETTINGS, is_finished, is_run
from cnnspec.training.run_folder.nearby import no_run
from cnnspec.training.run_folder.stored_run import read_started
from cnnspec.values.shapes import Dim


@dataclass(frozen=True)
class RunFacts:
    """One run. `state` is `running`, `interrupted`, `finished`, `failed` where loss or data ended it, or `broken`.

    The last two have a `problem`; of a `broken` run the folder cannot be read. `done` of `epochs` are over; `best` and `last`
    are lines of metrics.jsonl. `examples_per_second` is that of all epochs, of which each has as many. `settings` are all that
    decides the outcome, by the names that a command line takes: `train.optimizer.lr`, `width`, `--device`.
    """

    path: Path
    state: str
    begun: datetime
    problem: str | None = None
    network: str | None = None
    spec: str | None = None
    parameters: Dim | None = None
    epochs: int | None = None
    done: int = 0
    best: Line | None = None
    last: Line | None = None
    examples_per_second: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measure(self) -> str | None:
        """Returns the key of what tells how good the run is: `test_acc`, `test_rmse`, or without a test `train_acc`."""
        keys = ("test_acc", "test_rmse", "train_acc", "train_rmse")
        return next((key for key in keys if self.last is not None and key in self.last), None)


def run_facts(path: Path) -> RunFacts:
    """Returns what a run folder tells; raises UsageError for a folder that is none."""
    try:
        if not is_run(path):
            raise no_run(path)
        return _facts(path)
    except TrainingError as error:
        return RunFacts(path, "broken", _begun(path), str(error))
    except OSError as error:
        return RunFacts(path, "broken", _begun(path), f"{error.filename or path}: {error.strerror}")


def _facts(path: Path) -> RunFacts:
    """Returns what a run folder tells; raises TrainingError and OSError for one that does not tell it."""
    stored, problem = read_started(path), failure(path)
    state = "finished" if is_finished(path) else "running" if is_running(path) else "failed" if problem else "interrupted"
    lines = epoch_lines(path / METRICS)
    source = stored.network.source
    return RunFacts(
        path,
        state,
        _written(Path(source.name)),  # the settings are written anew where a run gets other epochs
        problem,
        stored.network.name,
        Path(source.name).name,
        stored.network.parameters,
        stored.recipe.epochs,
        len(lines),
        best_epoch(lines),
        lines[-1] if lines else None,
        _rate(lines),
        run_settings(stored),
    )


def _begun(path: Path) -> datetime:
    """Returns when a run began, as far as a folder tells into which perhaps nobody may look."""
    try:
        return _written(path / SETTINGS)
    except OSError:
        return _written(path)


def _written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime)


def _rate(lines: Sequence[Line]) -> float | None:
    """Returns the examples of all epochs per second of all epochs: the harmonic mean of their rates."""
    rates = [rate for line in lines if (rate := line.get("examples_per_second")) is not None and rate > 0]
    return harmonic_mean(rates) if rates else None
