"""Processes that decode images ahead: what asks the run to stop leaves them at work, and they end with the run."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOP = (signal.SIGINT, signal.SIGTERM)
_LOOK = 1.0  # seconds after which a worker looks whether the run is still there
_CAN_WAIT = hasattr(signal, "sigtimedwait")  # Linux and BSD; elsewhere the workers die from what the whole group is sent


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keeps what asks to stop waiting while workers are started: they inherit that, and have no moment without it."""
    if not _CAN_WAIT:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class EndsWith:
    """Lets a worker end with the process that it works for, called in the worker before its first batch.

    Whoever ends a whole group of processes (a terminal, `timeout`, a scheduler) reaches the workers as well, while the run
    still needs them: it finishes its step and saves. Only SIGTERM from the run itself ends a worker, by which torch and Python
    end those that are left over.
    """

    def __init__(self, run: int) -> None:
        self._run = run

    def __call__(self, worker: int) -> None:
        if _CAN_WAIT:
            signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)  # not inherited from a server that forks
            threading.Thread(target=self._wait, args=(os.getppid(),), daemon=True).start()

    def _wait(self, parent: int) -> None:
        # A run that died before its worker came to its senses is no longer the parent, which then never changes.
        while os.getppid() == parent and _is_there(self._run):
            told = signal.sigtimedwait((signal.SIGTERM,), _LOOK)
            if told is not None and told.si_pid == self._run:
                break
        os._exit(0)


def _is_there(process: int) -> bool:
    """Returns whether there is a process, if only one that has ended and that nobody has waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
