"""A reporter for programs: it tells them each epoch, and what is suspicious as warnings of Python. No torch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.python_warnings import warn
from cnnspec.training.report import EpochReport, Reporter

OnEpoch = Callable[[EpochReport], object]


@dataclass(frozen=True)
class Listening:
    """Tells everything to `reporter`, and each epoch to `on_epoch` as well, whose answer False ends the run.

    Wherever `on_epoch` goes, the run stays in its current folder, at which relative paths of both begin. `words` puts a finding
    in the words of programs.
    """

    reporter: Reporter
    words: Callable[[Diagnostic], Diagnostic]
    on_epoch: OnEpoch | None = None

    def note(self, text: str) -> None:
        self.reporter.note(text)

    def warn(self, warning: Diagnostic) -> None:
        warn(self.words(warning))

    def begin(self, title: str, epochs: int, examples: int, done: int = 0) -> None:
        self.reporter.begin(title, epochs, examples, done)

    def step(self, examples: int) -> None:
        self.reporter.step(examples)

    def epoch(self, report: EpochReport) -> bool:
        told = self.reporter.epoch(report)
        if self.on_epoch is None:
            return told is not False
        with chdir(Path.cwd()):
            answer = self.on_epoch(report)
        return not _is_false(answer) and told is not False

    def end(self) -> None:
        self.reporter.end()


def _is_false(answer: object) -> bool:
    """Returns whether an answer is False, also numpy's or torch's; what is merely empty or 0, as a count may be, is not."""
    if isinstance(answer, bool):
        return not answer
    kind, shape = getattr(answer, "dtype", None), getattr(answer, "shape", None)
    return str(kind) in ("bool", "torch.bool") and shape == () and not answer
