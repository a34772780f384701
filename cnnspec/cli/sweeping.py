"""`cnnspec summary --sweep`: the network of a file with several values of its parameters, or of its input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cnnspec.backends.sweep import render_sweep
from cnnspec.backends.sweep_rows import Trial
from cnnspec.cli.load import read_argument
from cnnspec.cli.output import print_table, print_text
from cnnspec.cli.variants import Settings, changed, grid, words
from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source


def show_sweep(file: str, asked: Options, sweeps: Sequence[str], form: str, batch: int | None, color: str) -> None:
    """Prints the table of a sweep; ends the command with 1 where any of the networks has mistakes."""
    settings = grid(sweeps)
    found = list(trials(file, asked, settings, color))
    names = tuple(name for name, _ in settings[0])
    print_table(render_sweep(names, words(file, asked), found, form, batch), form)
    if any(isinstance(trial.outcome, Diagnostic) for trial in found):
        raise SystemExit(1)


def trials(file: str, asked: Options, settings: Sequence[Settings], color: str) -> Iterator[Trial]:
    """Yields a trial for each of the settings; a file that is no text is shown, and ends the command.

    Raises UsageError for names that the network has not, and for those that `--set` or another option decides already.
    """
    _refuse_decided(asked, [name for name, _ in settings[0]])
    source = read_argument(None if file == "-" else Path(file))
    if isinstance(source, Diagnostic):
        print_text([source], color, to_stderr=True)
        raise SystemExit(1)
    for chosen in settings:
        yield _trial(source, changed(asked, chosen), tuple(value for _, value in chosen))


def _trial(source: Source, asked: Options, values: tuple[str, ...]) -> Trial:
    result = check_source(source, asked)
    mistake = next((item for item in result.diagnostics if item.is_error), None)
    return Trial(values, mistake or result.last)


def _refuse_decided(asked: Options, names: Sequence[str]) -> None:
    decided = {text.partition("=")[0].strip(): "--set" for text in asked.set}
    if isinstance(asked.input, Mapping):
        decided |= {f"input.{name}": "--input" for name in asked.input}
    elif asked.input is not None:
        decided["input"] = "--input"
    if asked.network is not None:
        decided["network"] = "--network"
    for name in names:
        if name in decided:
            raise UsageError(f"`{name}` is decided by {decided[name]}, and swept: leave out one of them")
