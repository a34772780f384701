"""A sweep for programs: CSV and JSON."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

from cnnspec.backends.figures import TITLES
from cnnspec.backends.numbers import one_or_all, shape
from cnnspec.backends.sweep_rows import COMPARED, Measured, Sweep
from cnnspec.diagnostics.diagnostic import Diagnostic


def render_csv(sweep: Sweep) -> str:
    """Returns a line for each trial below a head; memory in bytes, several outputs with a blank between.

    In a trial with mistakes all figures are empty, and `error` is the code and the message of the first one.
    """
    ratios = [f"{key}_ratio" for key in COMPARED]
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*sweep.names, *TITLES, *ratios, "output", "error"])
    for values, found in sweep.trials:
        if isinstance(found, Diagnostic):
            writer.writerow([*values, *("" for _ in (*TITLES, *ratios)), "", f"{found.code}: {found.message}"])
        else:
            figures = [found.figures[key] for key in TITLES]
            writer.writerow([*values, *figures, *found.ratios.values(), " ".join(map(shape, found.outputs)), ""])
    return text.getvalue().removesuffix("\n")


def render_json(sweep: Sweep) -> str:
    """Returns one JSON object, one line for each trial: its `settings` as text, and figures or an `error`, the other null."""
    trials = ",\n".join(f"    {_compact(_trial(sweep.names, *trial))}" for trial in sweep.trials)
    return f'{{\n  "asked": {_compact(sweep.asked)},\n  "trials": [\n{trials}\n  ]\n}}'


def _trial(names: tuple[str, ...], values: tuple[str, ...], found: Measured | Diagnostic) -> dict[str, Any]:
    settings = {"settings": dict(zip(names, values, strict=True))}
    if isinstance(found, Diagnostic):
        return {**settings, "output": None, **dict.fromkeys(TITLES), "ratio": None, "error": _mistake(found)}
    return {**settings, "output": one_or_all(found.outputs), **found.figures, "ratio": found.ratios, "error": None}


def _mistake(found: Diagnostic) -> dict[str, Any]:
    return {"code": found.code, "message": found.message, "file": found.span.source.name, "line": found.span.begin.line}


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
