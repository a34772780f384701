"""Which files the arguments of `check` mean."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from cnnspec.compiler import YAML_ENDINGS
from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.run_folder.settings_text import are_of_run

_NOT_OURS = {"node_modules", "__pycache__", "site-packages", "build", "dist", "venv"}
_SETTINGS = "settings.json"
_DEFINES = re.compile(
    rb'^(?:-\s+)?["\']?(?:network|blocks?)["\']?\s*:|^\s*[\[{].*?"(?:network|blocks?)"\s*:', re.MULTILINE | re.DOTALL
)


class Target(NamedTuple):
    """A file to read, None being standard input, and the folder that holds what it imports: None where that is its own."""

    path: Path | None
    root: Path | None = None


def specs(arguments: Iterable[str]) -> list[Target]:
    """Returns the files among the arguments and the specs in the folders among them, each once; raises UsageError.

    Specs in a folder may import from all of it, and from the outermost one where they are in several of them.

    In a folder, `.cnn` files are specs, and YAML and JSON files that have the key `layers` and, outermost, `network`, `block`
    or `blocks`. Runs in it are left out. Folders that cannot be read are returned too, for whoever reads the files to find out
    why.
    """
    found: dict[Path, Path | None] = {}
    for argument in arguments:
        path = Path(argument)
        if not path.is_dir():
            found.setdefault(path, None)
            continue
        inside = list(_walk(path))
        if not inside:
            raise UsageError(f"{argument}: no specs (*.cnn) in this folder")
        found.update((file, _outermost(path, found.get(file))) for file in inside)
    return [Target(path, root) for path, root in found.items()]


def _outermost(folder: Path, other: Path | None) -> Path:
    """Returns that of two folders, one of which is in the other, which holds the other."""
    return folder if other is None or other.resolve().is_relative_to(folder.resolve()) else other


def _walk(folder: Path) -> Iterator[Path]:
    unreadable: list[OSError] = []
    for base, folders, names in os.walk(folder, onerror=unreadable.append):
        if _SETTINGS in names and are_of_run(Path(base, _SETTINGS)):
            names.remove(_SETTINGS)
            if Path(base) != folder:  # nobody asks for this run, whose spec stays as it was trained
                folders.clear()
                continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_OURS)
        for name in sorted(names):
            path = Path(base, name)
            if name.endswith((".cnn", *YAML_ENDINGS)) and not _is_pipe(path) and (name.endswith(".cnn") or _is_spec(path)):
                yield path
    yield from (Path(error.filename) for error in unreadable)


def _is_pipe(path: Path) -> bool:
    """Returns whether something is there that is no file; to read it might take forever."""
    return path.exists() and not path.is_file()


def _is_spec(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            beginning = file.read(65536)
            return b"layers" in beginning and _DEFINES.search(beginning) is not None
    except OSError:
        return False
