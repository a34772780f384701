"""Writes down what happens in a run, so that it can go on after whatever stops it, and stops it when asked to."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any, NoReturn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.capture import capture
from cnnspec.training.device import own_random_numbers
from cnnspec.training.options import TrainOptions
from cnnspec.training.processes.distributed import all_stop, told_by_first, wait
from cnnspec.training.report import Reporter
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.run_folder.folder import RunFolder
from cnnspec.training.run_folder.metrics import Metrics
from cnnspec.training.run_folder.names import BEST, CHECKPOINTS, METRICS
from cnnspec.training.run_folder.tensorboard import TensorBoard
from cnnspec.training.run_folder.unwritable import writing
from cnnspec.training.session import Session
from cnnspec.training.signals import Interrupted, StopRequest
from cnnspec.training.state import NotFinite, State
from cnnspec.training.usual_torch import usual_torch
from cnnspec.training.weights.weights import to_bytes

# What checkpoints may cost: after short epochs they stay in memory until this share of the time is enough to write them.
SHARE = 0.015


class RunKeeper:
    """Metrics, checkpoints and the reporter of one run. `facts` are written into every checkpoint."""

    def __init__(
        self,
        session: Session,
        folder: RunFolder,
        options: TrainOptions,
        report: Reporter,
        request: StopRequest,
        facts: Mapping[str, Any],
        steps: int,
    ) -> None:
        """Goes on behind so many steps."""
        self._session, self._folder, self._options, self._report, self._request = session, folder, options, report, request
        self._facts = facts
        self._metrics = Metrics(folder.path / METRICS)
        self._checkpoints = Checkpoints(folder.path / CHECKPOINTS)
        self._tensorboard = TensorBoard(folder.path, steps) if options.tensorboard else None
        self._saved_at = perf_counter()
        self._cost = 0.0  # seconds that the last checkpoint took
        self._unwritten: list[Checkpoint] = []  # of the epochs since then, that before the next and the best
        self._best: int | None = None  # the epoch whose weights were written last

    @property
    def is_stopping(self) -> bool:
        """Returns whether this process, or another one, was asked to stop."""
        return all_stop(self._request, self._session.ranks)

    def after_step(self, state: State, samples: int) -> None:
        """Reports a step; raises Interrupted where the run is asked to stop, and UsageError where it cannot be saved."""
        self._report.step(samples)
        if self._options.log_steps is not None and self._number(state) % self._options.log_steps == 0:
            self._log(state)
        if self.is_stopping:
            self.stop(state)
        if perf_counter() - self._saved_at >= 60 * self._options.checkpoint_minutes:
            self.save(state)

    def after_epoch(self, state: State) -> None:
        """Reports the epoch that was closed last; raises as `after_step` does, and what a program raises that is told of it.

        The epoch is not lost then: the run goes on behind it.
        """
        report = state.history[-1]
        self._append(report.as_json(), report.epoch * self._session.steps)
        try:
            with own_random_numbers(), usual_torch():  # what a program that is told draws and sets is no part of the run
                is_enough = self._report.epoch(report) is False
        except BaseException as error:
            with suppress(UsageError, NotFinite):  # what the program raises says more
                self.save(state)
                path = self._folder.path
                error.add_note(f"{path} is saved behind epoch {report.epoch}: `cnnspec train --resume {path}` goes on")
            raise
        state.is_enough = told_by_first(is_enough, self._session.ranks)
        if self.is_stopping:
            self.stop(state)
        since = perf_counter() - self._saved_at
        is_due = since * SHARE >= self._cost or since >= 60 * self._options.checkpoint_minutes
        if is_due or state.is_finished(self._session.recipe):
            self.save(state)
        else:
            self._remember(state)

    def stop(self, state: State) -> NoReturn:
        """Saves the run and raises Interrupted."""
        self.save(state)
        wait(self._session.ranks)
        assert self._request.number is not None
        raise Interrupted(self._folder.path, self._request.number)

    def note(self, text: str) -> None:
        """Says what a person should know about how the run goes."""
        self._report.note(text)

    def save(self, state: State) -> None:
        """Writes a checkpoint, and the best weights where there are better ones; raises UsageError where that fails.

        Weights that are not finite are never written: raises NotFinite.
        """
        state.verify_finite(self._session.model.parameters())
        began = perf_counter()
        with writing(self._folder.path, self._checkpoints.newest):
            if state.best is not None and state.best.epoch != self._best:
                self._folder.write(BEST, to_bytes(state.best.weights))
                self._best = state.best.epoch
            self._metrics.sync()
            for checkpoint in (*self._unwritten, self._captured(state)):
                self._checkpoints.save(checkpoint)
        self._unwritten = []
        self._saved_at = perf_counter()
        self._cost = self._saved_at - began

    def _remember(self, state: State) -> None:
        """Keeps the checkpoint of an epoch in memory, as those on the disk are kept: the newest, and that of the best epoch."""
        assert state.best is not None
        best = [found for found in self._unwritten if found.after == state.best.epoch]
        self._unwritten = [*best, self._captured(state).copied()]

    def _captured(self, state: State) -> Checkpoint:
        """Returns what a checkpoint says about where the run is."""
        found = capture(self._session, state)
        return Checkpoint(found.tensors, {**found.facts, **self._facts, "metrics": self._metrics.mark()})

    def close(self) -> None:
        """Ends what runs beside the training."""
        if self._tensorboard is not None:
            self._tensorboard.close()

    def _number(self, state: State) -> int:
        """Returns the number of the step just taken, counted over all epochs."""
        return (state.epoch - 1) * self._session.steps + state.steps

    def _log(self, state: State) -> None:
        """Writes the means since the last line of this epoch; waits for the device."""
        measure = state.tally.task.measure
        score, state.logged = state.tally.since(state.logged)
        line = {"epoch": state.epoch, "step": self._number(state), "loss": score.loss, f"train_{measure}": score.measure}
        self._append({**line, "lr": self._session.learner.lr}, self._number(state))

    def _append(self, line: Mapping[str, Any], step: int) -> None:
        with writing(self._folder.path, self._checkpoints.newest):
            self._metrics.append(line)
            if self._tensorboard is not None:
                self._tensorboard.append(line, step)
