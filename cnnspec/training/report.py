"""What people see of a run while it goes: a bar on a terminal, plain lines in a log. No torch."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.training.run_folder.curve import sparklines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_REFRESH = 0.1  # seconds
# Columns of a terminal from which on there is room for the rate, and for the bar itself, beside epoch, percent and time.
_RATE_FITS, _BAR_FITS = 50, 60


@dataclass(frozen=True)
class EpochReport:
    """What one epoch came to. `measure` names what is reported beside the loss (`acc` or `rmse`).

    `loss` and `train` are means over the steps of the epoch, each taken before its update and with dropout at work, which costs
    nothing; `test` and `test_loss` are of the weights at its end, None without a test part.
    """

    epoch: int
    loss: float
    measure: str
    train: float
    test: float | None
    test_loss: float | None
    examples_per_second: float
    lr: float | None = None

    @property
    def scores(self) -> str:
        """Returns `loss 0.467, train acc 0.824, test acc 0.807`."""
        words = f"loss {_shown(self.loss)}, train {self.measure} {_shown(self.train)}"
        return words if self.test is None else f"{words}, test {self.measure} {_shown(self.test)}"

    def as_json(self) -> dict[str, Any]:
        """Returns the line of metrics.jsonl."""
        line: dict[str, Any] = {"epoch": self.epoch, "loss": self.loss, f"train_{self.measure}": self.train}
        if self.test is not None:
            line |= {"test_loss": self.test_loss, f"test_{self.measure}": self.test}
        if self.lr is not None:
            line["lr"] = self.lr
        return {**line, "examples_per_second": round(self.examples_per_second, 1)}


def _shown(number: float) -> str:
    """Returns a number with three decimals, of a million on as a power of ten."""
    return f"{number:.3f}" if abs(number) < 1e6 else f"{number:.3e}"


class Reporter(Protocol):
    """What the loop tells: `begin` once, `step` after each batch (it must be cheap), `epoch` after each epoch, `end` once.

    Where `epoch` returns False, it was the last one.
    A run that goes on begins behind `done` samples; `note` says in a sentence what is worth knowing about that. `warn` comes
    before `begin`.
    """

    def note(self, text: str) -> None: ...

    def warn(self, warning: Diagnostic) -> None: ...

    def begin(self, title: str, epochs: int, examples: int, done: int = 0) -> None: ...

    def step(self, examples: int) -> None: ...

    def epoch(self, report: EpochReport) -> bool | None: ...

    def end(self) -> None: ...


class Silent:
    """Says nothing."""

    def note(self, text: str) -> None:
        return None

    def warn(self, warning: Diagnostic) -> None:
        return None

    def begin(self, title: str, epochs: int, examples: int, done: int = 0) -> None:
        return None

    def step(self, examples: int) -> None:
        return None

    def epoch(self, report: EpochReport) -> None:
        return None

    def end(self) -> None:
        return None


class Lines(Silent):
    """Writes one line per epoch, and warnings as `check` does on standard error; `color` is what the command line asks for.

    Where nobody reads on (`| head`), or the disk of a log is full, the run goes on unseen.
    """

    def __init__(self, stream: TextIO, color: str = "auto") -> None:
        self._stream = stream
        self._color = color
        self._epochs = 0

    def warn(self, warning: Diagnostic) -> None:
        from cnnspec.diagnostics.render_text import render_text  # most runs have nothing to warn of
        from cnnspec.diagnostics.style import style_of

        with suppress(OSError):
            print(render_text(warning, style_of(sys.stderr, self._color)), end="\n\n", file=sys.stderr, flush=True)

    def note(self, text: str) -> None:
        with suppress(OSError):
            print(text, file=self._stream, flush=True)

    def begin(self, title: str, epochs: int, examples: int, done: int = 0) -> None:
        self._epochs = epochs
        self.note(title)

    def epoch(self, report: EpochReport) -> None:
        width = len(str(self._epochs))
        rate = f"{report.examples_per_second:.1f} examples/sec"
        self.note(f"epoch {report.epoch:{width}}/{self._epochs}: {report.scores}, {rate}")


class Bar(Lines):
    """Shows a bar with rate and remaining time, and above it the lines of the epochs so far."""

    def __init__(self, stream: TextIO, color: str = "auto") -> None:
        super().__init__(stream, color)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._pending = 0
        self._shown = 0.0
        self._history: list[EpochReport] = []

    def begin(self, title: str, epochs: int, examples: int, done: int = 0) -> None:
        # Here and not above, because logs need no rich, and importing it takes a while.
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        super().begin(title, epochs, examples, done)
        console = console_for(self._stream, self._color)
        bar = (BarColumn(),) if console.width >= _BAR_FITS else ()
        rate = (TextColumn("{task.fields[rate]}"),) if console.width >= _RATE_FITS else ()
        columns = (TextColumn("epoch {task.fields[epoch]}"), *bar, TaskProgressColumn(), *rate, TimeRemainingColumn())
        # Refreshed from the loop: a thread of its own would take time from the computation.
        self._progress = Progress(*columns, console=console, auto_refresh=False, transient=True)
        epoch = f"{min(done // examples + 1, epochs)}/{epochs}"
        self._task = self._progress.add_task("", total=epochs * examples, completed=done, epoch=epoch, rate="")
        self._progress.start()

    def step(self, examples: int) -> None:
        self._pending += examples
        now = perf_counter()
        if self._progress is None or self._task is None or now - self._shown < _REFRESH:
            return
        self._progress.advance(self._task, self._pending)
        speed = self._progress.tasks[0].speed
        self._progress.update(self._task, rate="" if speed is None else f"{speed:,.0f} examples/sec", refresh=True)
        self._pending, self._shown = 0, now

    def epoch(self, report: EpochReport) -> None:
        self._history.append(report)
        if self._progress is None or self._task is None:
            return
        following = min(report.epoch + 1, self._epochs)
        self._progress.update(self._task, epoch=f"{following}/{self._epochs}")
        self._progress.console.print(f"epoch {report.epoch}/{self._epochs}: {report.scores}", highlight=False, markup=False)

    def end(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            for line in sparklines(self._history) if len(self._history) > 1 else ():
                if _is_shown(line, self._stream):
                    self.note(line)


def console_for(stream: TextIO, color: str) -> Console:
    """Returns what draws bars on a stream, in the colours that `--color` asks for."""
    from rich.console import Console

    from cnnspec.diagnostics.style import style_of

    return Console(file=stream, no_color=not style_of(stream, color).color)


def _is_shown(text: str, stream: TextIO) -> bool:
    """Returns whether a stream has all characters of a text: there are terminals without blocks."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def reporter(stream: TextIO | None = None, color: str = "auto") -> Reporter:
    """Returns the reporter that suits a stream (default: standard output)."""
    stream = stream or sys.stdout
    return Bar(stream, color) if stream.isatty() else Lines(stream, color)
