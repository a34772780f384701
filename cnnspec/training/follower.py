"""What the other processes of a run do: the same steps as the first one, which writes and speaks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from cnnspec.training.capture import restore
from cnnspec.training.fitted import fitted
from cnnspec.training.loop import run
from cnnspec.training.problems import LossNotFinite, RunBroken, TrainingError
from cnnspec.training.processes.agreement import agreed
from cnnspec.training.processes.distributed import all_stop, told_by_first, wait
from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.result import RunResult
from cnnspec.training.resumed import want_more
from cnnspec.training.run_folder.checkpoint import Checkpoint
from cnnspec.training.run_folder.sealed import unseal
from cnnspec.training.run_folder.stored_run import StoredRun
from cnnspec.training.signals import Interrupted, StopRequest, watched_signals
from cnnspec.training.state import NotFinite, State
from cnnspec.training.task import Tally
from cnnspec.training.together import prepare_together

_NOTHING: tuple[Path, Path | None] = (Path(), None)


def follow(stored: StoredRun, ranks: Ranks, wants_more: bool = False) -> RunResult:
    """Returns the result of a run that the first process writes down; raises what `Course.prepare` and `Course.run` raise."""
    options, data = stored.options, stored.data()
    path, newest = told_by_first(_NOTHING, ranks)
    begins_with = options if newest is None else replace(options, weights=None)
    session = prepare_together(stored, data, begins_with, ranks).session  # the first one warns

    def began() -> State:
        if newest is None:
            return State(Tally(session.task, session.device))
        state = restore(_read(newest), session)
        if wants_more:
            want_more(state, stored)
        return state

    state = agreed(began, lambda _: {}, ranks)
    session = fitted(session, options)
    try:
        with watched_signals() as request:
            run(session, state, _Follower(path, ranks, request))
    except NotFinite:
        with suppress(RuntimeError):
            wait(ranks)  # the first one says why, and ends
        raise TrainingError(LossNotFinite("the loss became infinite or not a number")) from None
    wait(ranks)  # until the first one has written what a finished run leaves behind
    assert state.best is not None
    speed = state.samples / state.seconds
    model = session.learner.result.eval()
    return RunResult(path, str(session.device), tuple(state.history), state.best.epoch, speed, model)


def _read(path: Path) -> Checkpoint:
    """Returns the checkpoint that the first process goes on from; the run folder has to be where all can read it."""
    try:
        return Checkpoint(*unseal(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise TrainingError(RunBroken(f"{path}, which another process goes on from, cannot be read: {error}")) from None


class _Follower:
    """Stops when any process is asked to, and writes nothing."""

    def __init__(self, path: Path, ranks: Ranks, request: StopRequest) -> None:
        self._path, self._ranks, self._request = path, ranks, request

    @property
    def is_stopping(self) -> bool:
        return all_stop(self._request, self._ranks)

    def stop(self, state: State) -> NoReturn:
        wait(self._ranks)  # until the first one has saved
        assert self._request.number is not None
        raise Interrupted(self._path, self._request.number)

    def note(self, text: str) -> None:
        """The first one speaks."""

    def after_step(self, state: State, samples: int) -> None:
        if self.is_stopping:
            self.stop(state)

    def after_epoch(self, state: State) -> None:
        state.is_enough = told_by_first(state.is_enough, self._ranks)
        self.after_step(state, 0)
