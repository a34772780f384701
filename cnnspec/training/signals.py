"""SIGINT and SIGTERM while a run goes on. No torch."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A run that was asked to stop, and that has written down where it is."""

    def __init__(self, path: Path, number: int, way: str | None = None) -> None:
        """`way` is what goes on with it; the command, unless something else is said."""
        super().__init__(f"{path} is interrupted: `{way or f'cnnspec train --resume {path}'}` goes on")
        self.path = path
        self.number = number
        self.exit_code = 128 + number


class StopRequest:
    """The signal that asks to stop, None so far."""

    number: int | None = None


@contextmanager
def dying_at_once() -> Iterator[None]:
    """Lets SIGTERM end the process wherever it is, with nothing said.

    A handler in Python runs only when whatever waits in C has come back, and what it raises can get lost, amid an import or in
    a destructor: then the process would live on until something else kills it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # and not by `ignore_termination`
            signal.signal(signal.SIGTERM, before)


def ignore_termination() -> None:
    """Lets a process that ends anyway say why, although SIGTERM asks it to end."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def watched_signals() -> Iterator[StopRequest]:
    """Notes the first SIGINT or SIGTERM instead of dying from it; a second one does what it always does.

    Only the main thread hears signals; in another one nothing is noted.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, frame: FrameType | None) -> None:
        request.number = number
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)

    for number in before:
        signal.signal(number, note)
    try:
        yield request
    finally:
        restore()
