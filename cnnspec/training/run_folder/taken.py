"""Files of runs, which nothing else that is written may replace. No torch."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.problems import TrainingError
from cnnspec.training.run_folder.names import CHECKPOINTS, MANIFEST, OURS, SETTINGS
from cnnspec.training.run_folder.settings_text import are_of_run
from cnnspec.training.run_folder.spec_files import spec_files
from cnnspec.training.run_folder.stored_json import read_json, required
from cnnspec.training.run_folder.stored_run import read_started


def verify_free(path: Path) -> None:
    """Raises UsageError where a file that is to be written has the place of one that belongs to a run."""
    place = path.resolve()
    run = next((folder for folder in place.parents if are_of_run(folder / SETTINGS)), None)
    if run is None:
        return
    ours = set(OURS)
    with suppress(TrainingError, OSError, ValueError):  # of a broken run not all tells what its spec imports
        ours |= required(read_json(run / MANIFEST), "files", dict).keys()
    with suppress(TrainingError, OSError):
        ours |= spec_files(read_started(run).network, OURS).texts.keys()
    name = place.relative_to(run)
    if name.as_posix() in ours or name.parts[0] == CHECKPOINTS:
        raise UsageError(f"{path} is a file of a run, which would be damaged: name another one")
