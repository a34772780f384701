"""The runs of a folder, and what to say where a run is asked for and none is there. No torch."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder.names import BEGINNING, RUNS, SETTINGS, is_run

_LISTED = 5  # in a message


def find_runs(folder: Path) -> list[Path]:
    """Returns the run folders in a folder, as people sort, and those into which nobody may look; raises UsageError where it is
    none."""
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    return sorted(filter(_may_be_run, folder.iterdir()), key=_as_people_sort)


def no_run(path: Path, nor: str = "") -> UsageError:
    """Returns the error that a path is no run, `nor` anything else: why not, and which runs might be meant."""
    if (path / BEGINNING).is_file():
        begun = "a run was stopped there before it had begun"
        return UsageError(f"{path} is no run folder{nor and f' and no {nor}'}: {begun}; start it again with `--out {path}`")
    if path.is_dir():
        why = f"it has no {SETTINGS}"
    elif path.exists():
        why = "it is a file"
    else:
        why = f"there is nothing of this name in {path.absolute().parent}"
    return UsageError(f"{path} is no run folder{nor and f' and no {nor}'}: {why}; {_meant_runs(path)}")


def _meant_runs(path: Path) -> str:
    """Returns which runs might be meant by a path: the one around it, those in it, one of a like name, or all there are."""
    around = next(filter(is_run, path.parents), None)
    if around is not None:
        return f"the run is {around}"
    inside = _runs_in(path)
    if inside:
        return f"it holds {_listed(inside)}"
    known = list(dict.fromkeys(chain(_runs_in(path.parent), _runs_in(RUNS))))
    guess = nearest(path.name, [run.name for run in known])
    if guess is not None:
        return f"did you mean {next(run for run in known if run.name == guess)}?"
    if known:
        return f"there {'are the runs' if len(known) > 1 else 'is the run'} {_listed(known)}"
    return f"there are no runs beside it, nor in {RUNS}{os.sep}"


def _may_be_run(path: Path) -> bool:
    try:
        return is_run(path)
    except OSError:
        return True


def _runs_in(folder: Path) -> list[Path]:
    try:
        return find_runs(folder)
    except (UsageError, OSError):
        return []


def _listed(runs: list[Path]) -> str:
    more = f" and {len(runs) - _LISTED} more" if len(runs) > _LISTED else ""
    return ", ".join(map(str, runs[-_LISTED:])) + more


def _as_people_sort(path: Path) -> tuple[str, int, str]:
    """Returns a key in which `Net-2` comes before `Net-10`."""
    name, _, number = path.name.rpartition("-")
    return (name, int(number), "") if number.isdecimal() else (path.name, -1, "")
