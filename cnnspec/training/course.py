"""The course of one run: from the beginning or from its last checkpoint to the end."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.value_problems import counted_samples
from cnnspec.training.capture import restore
from cnnspec.training.finish import finish
from cnnspec.training.fitness import frozen_untrained
from cnnspec.training.fitted import fitted
from cnnspec.training.keeper import RunKeeper
from cnnspec.training.loop import run
from cnnspec.training.machine import differences, machine_facts
from cnnspec.training.non_finite import explain
from cnnspec.training.problems import RunBroken, TrainingError
from cnnspec.training.processes.agreement import agreed
from cnnspec.training.processes.distributed import told_by_first, wait
from cnnspec.training.processes.ranks import ALONE, Ranks
from cnnspec.training.profile import closed
from cnnspec.training.report import Reporter
from cnnspec.training.result import RunResult
from cnnspec.training.resumed import want_more
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.checkpoints import Checkpoints
from cnnspec.training.run_folder.folder import RunFolder
from cnnspec.training.run_folder.metrics import BEGINNING, Mark, Metrics
from cnnspec.training.run_folder.names import CHECKPOINTS, LAST, METRICS, TRACE, is_finished
from cnnspec.training.run_folder.stored_run import StoredRun
from cnnspec.training.run_folder.unwritable import writing
from cnnspec.training.schedule import differ
from cnnspec.training.session import Session
from cnnspec.training.signals import watched_signals
from cnnspec.training.state import NotFinite, State
from cnnspec.training.task import Tally
from cnnspec.training.together import prepare_together


@dataclass(frozen=True)
class Course:
    """A run that is ready for its next step. `facts` are what a checkpoint says about how it was made."""

    stored: StoredRun
    folder: RunFolder
    session: Session
    state: State
    report: Reporter
    facts: dict[str, Any]

    @classmethod
    def prepare(
        cls,
        stored: StoredRun,
        folder: RunFolder,
        report: Reporter,
        ranks: Ranks = ALONE,
        is_new: bool = False,
        wants_more: bool = False,
    ) -> Course:
        """Returns a run as it begins, or as its last good checkpoint has it; raises TrainingError, UsageError and OSError.

        `is_new`: nobody expects it to go on; `wants_more`: its number of epochs is another one than it had.
        """
        options, data = stored.options, stored.data()
        checkpoints, metrics = Checkpoints(folder.path / CHECKPOINTS), Metrics(folder.path / METRICS)
        path, found = _last_good(checkpoints, report)
        told_by_first((folder.path, path), ranks)
        begins_with = options if found is None else replace(options, weights=None)  # the file is needed no more
        session, warnings, known = prepare_together(stored, data, begins_with, ranks)
        if found is None and options.weights is None:
            warnings += frozen_untrained(stored.network, stored.recipe)
        for warning in warnings:
            report.warn(warning)
        for note in session.learner.notes:
            report.note(note)
        machine = machine_facts(session.precision, ranks)
        facts = {"machine": machine, "started": folder.started(), "data": known}

        def began() -> State:
            checkpoints.remove_halves()
            if found is None:
                if is_finished(folder.path):
                    raise UsageError(
                        f"{folder.path} is finished and has no whole checkpoint to go on from: "
                        f"to train on all the same, begin a new run with `--weights {folder.path / LAST}`"
                    )
                if not is_new and not checkpoints.paths():
                    report.note(_without_checkpoints(folder.path, metrics))
                with nullcontext() if is_new else writing(folder.path, lambda: None):  # of a new run nothing is left behind
                    checkpoints.go_back(None)
                    metrics.go_back(BEGINNING, [])
                return State(Tally(session.task, session.device))
            state = _restored(found, session, folder.path, facts, report)
            if wants_more:
                want_more(state, stored)
            with writing(folder.path, lambda: path):
                checkpoints.go_back(path)
                is_whole = metrics.go_back(Mark(*found.facts["metrics"]), [epoch.as_json() for epoch in state.history])
            if not is_whole:
                report.note(f"{folder.path / METRICS} is not as it was when {path} was written: its epochs are restored")
            return state

        state = agreed(began, lambda _: {}, ranks)
        session = fitted(session, options, folder.path / TRACE if options.profile else None)
        return cls(stored, folder, session, state, report, facts)

    @property
    def steps(self) -> int:
        """Returns how many steps the run has behind it."""
        return (self.state.epoch - 1) * self.session.steps + self.state.steps

    def extend(self, before: int) -> None:
        """Writes down that the run has another number of epochs than `before`; says where that would have changed its steps."""
        now, schedule, lr = self.stored.recipe.epochs, self.stored.recipe.schedule, self.stored.recipe.optimizer.lr
        with self._writing():
            self.folder.extend(now, self.steps)
        if schedule is not None and differ(schedule, lr, self.steps, self.session.steps, (before, now)):
            self.report.note(
                f"`schedule {schedule.keyword}` goes by {now} epochs from here on, and went by {before} so far: "
                f"the results are not those of a run that began with {now}"
            )

    def run(self) -> RunResult:
        """Returns the result of all epochs, and fills the run folder; raises TrainingError, UsageError and Interrupted."""
        session, options, path = self.session, self.stored.options, self.folder.path
        done = self.state.samples + self.state.tally.count
        with self._writing():
            self.folder.go_on()
        self.report.begin(self._title(), self.stored.recipe.epochs, len(session.train), done)
        try:
            with watched_signals() as request:
                with self._writing():
                    keeper = RunKeeper(session, self.folder, options, self.report, request, self.facts, self.steps)
                with closing(keeper):
                    run(session, self.state, keeper)
        except (NotFinite, TrainingError) as error:
            failed = error if isinstance(error, TrainingError) else self._not_finite()
            self.folder.fail(failed)
            raise failed from None
        finally:
            times = closed(session.clock)
            self.report.end()
        early = _ended_early(self.state, self.stored.recipe)
        if early is not None:
            self.report.note(early)
        if times is not None:
            self.report.note(f"time: {times} (some of the steps in {path / TRACE})")
        with self._writing():
            result = finish(session, self.state, self.folder, self.facts["data"])
        wait(session.ranks)
        return result

    def _writing(self) -> AbstractContextManager[None]:
        """Names the newest checkpoint where the folder cannot be written: all later ones than that it goes on from are gone."""
        return writing(self.folder.path, Checkpoints(self.folder.path / CHECKPOINTS).newest)

    def _not_finite(self) -> TrainingError:
        return TrainingError(explain(self.session, Checkpoints(self.folder.path / CHECKPOINTS), self.stored.options))

    def _title(self) -> str:
        session, state = self.session, self.state
        parts = f"{counted_samples(len(session.train))} for training"
        if session.test is not None:
            parts += f", {len(session.test):,} for testing"
        title = f"{self.folder.path}: {session.dataset.name}, {parts}, on {session.device}"
        if not session.ranks.is_alone:
            title += f", {session.ranks.count} processes"
        if state.steps:
            return f"{title}, from epoch {state.epoch}, step {state.steps + 1} on"
        return title if state.epoch == 1 else f"{title}, from epoch {state.epoch} on"


def _last_good(checkpoints: Checkpoints, report: Reporter) -> tuple[Path | None, Checkpoint | None]:
    """Returns the newest checkpoint that is whole, and names those that are not; raises UsageError where one cannot be read."""
    damaged = 0
    for path, found in checkpoints.newest_first():
        if isinstance(found, Checkpoint):
            return path, found
        if isinstance(found, OSError):
            raise UsageError(f"{path} cannot be read: {found.strerror}; nothing of the run is changed")
        report.note(f"{path} is damaged and left out: {found}")
        damaged += 1
    if damaged:
        report.note(
            f"{'the only checkpoint is' if damaged == 1 else f'all {damaged} checkpoints are'} damaged: the run begins anew"
        )
    return None, None


def _without_checkpoints(path: Path, metrics: Metrics) -> str:
    """Returns what to say about a run that has no checkpoint, although it was trained before."""
    lost = f", and {METRICS} with it" if metrics.mark().length else ""
    return f"there is no checkpoint in {path / CHECKPOINTS}: the run begins anew{lost}"


def _ended_early(state: State, recipe: Recipe) -> str | None:
    """Returns what ended the run before its last epoch, a program or `early_stopping`; None where nothing did."""
    done = len(state.history)
    if done >= recipe.epochs or state.best is None:
        return None
    if state.is_enough:
        return f"stopped after epoch {done}: `on_epoch` returned False"
    return f"stopped after epoch {done}: no better one since epoch {state.best.epoch}"


def _restored(found: Checkpoint, session: Session, path: Path, facts: dict[str, Any], report: Reporter) -> State:
    """Returns the state of a checkpoint; says what keeps the results from being those of an uninterrupted run.

    Raises UsageError where a file of the run is not the one that the checkpoint was made with, TrainingError where data is not.
    """
    for name, expected in found.facts["started"].items():
        if facts["started"].get(name) != expected:
            text = f"{path / name} is not the file that the run began with: its SHA-256 sum differs"
            raise UsageError(f"{text} (undo the change, or begin a new run with `cnnspec train`)")
    try:
        state = restore(found, session)
    except ValueError as error:
        raise UsageError(f"the checkpoints of {path} cannot be used: {error}") from None
    if found.facts["data"] != facts["data"]:
        text = "the data is not what the run began with: its size, classes, constants or contents differ"
        raise TrainingError(RunBroken(text, "bring the data back as it was, or begin a new run with `cnnspec train`"))
    different = differences(found.facts["machine"], facts["machine"])
    if different:
        report.note(f"the results may differ in their last digits: {'; '.join(different)}")
    return state
