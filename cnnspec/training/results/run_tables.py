"""Runs as tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnspec.backends.numbers import number
from cnnspec.backends.tables import Table
from cnnspec.training.results.run_settings import NONE, as_typed
from cnnspec.training.results.runs import RunFacts


def run_list(runs: Sequence[RunFacts]) -> Table:
    """Returns one line for each run."""
    head = ("run", "state", "begun", "network", "parameters", "epochs", "best", "at", "loss", "examples/sec")
    right = (False, False, False, False, *[True] * 6)
    return Table(head, right, tuple(_cells(run) for run in runs))


def run_comparison(runs: Sequence[RunFacts], everything: bool) -> Table:
    """Returns results and settings, a column for each run; of the settings those that differ, unless `everything`."""
    head = ("", *(str(run.path) for run in runs))
    rows = [(name, *(_results(run)[name] for run in runs)) for name in _results(runs[0])]
    names = list(dict.fromkeys(name for run in runs for name in run.settings))
    for name in names:
        cells = tuple(as_typed(name, run.settings[name]) if name in run.settings else NONE for run in runs)
        if everything or len(set(cells)) > 1:
            rows.append((name, *cells))
    return Table(head, (False,) * len(head), tuple(rows))


def run_json(run: RunFacts) -> dict[str, Any]:
    """Returns everything about a run as values."""
    return {
        "run": str(run.path),
        "state": run.state,
        "problem": run.problem,
        "begun": run.begun.isoformat(timespec="seconds"),
        "network": run.network,
        "spec": run.spec,
        "parameters": run.parameters,
        "epochs": run.epochs,
        "epochs_done": run.done,
        "measure": run.measure,
        "best": run.best,
        "last": run.last,
        "examples_per_second": run.examples_per_second,
        "settings": dict(run.settings),
    }


def _cells(run: RunFacts) -> tuple[str, ...]:
    results = _results(run)
    best = NONE if results["best"] == NONE else f"{(run.measure or '').replace('_', ' ')} {results['best']}"
    begun = run.begun.strftime("%Y-%m-%d %H:%M")
    figures = (results["parameters"], results["epochs"], best, results["best epoch"], results["loss"], results["examples/sec"])
    return (str(run.path), run.state, begun, run.network or NONE, *figures)


def _results(run: RunFacts) -> dict[str, str]:
    """Returns what came of a run so far, as text."""
    best, last = run.best or {}, run.last or {}
    return {
        "state": run.state,
        "parameters": NONE if run.parameters is None else number(run.parameters),
        "epochs": NONE if run.epochs is None else f"{run.done}/{run.epochs}",
        "measure": run.measure or NONE,
        "best": _figure(best.get(run.measure or "")),
        "best epoch": _figure(best.get("epoch")),
        "last": _figure(last.get(run.measure or "")),
        "loss": _figure(last.get("loss")),
        "examples/sec": _figure(run.examples_per_second, 1),
    }


def _figure(value: float | None, digits: int = 3) -> str:
    if value is None:
        return NONE
    return f"{value:,}" if isinstance(value, int) else f"{value:,.{digits}f}"
