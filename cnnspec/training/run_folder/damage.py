"""What is wrong with the folder of a run: files that are not as they were written, and why it failed. No torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.problems import TrainingError
from cnnspec.training.run_folder.manifest import verify_manifest
from cnnspec.training.run_folder.names import BEST, CHECKPOINTS, FAILURE, LAST, MANIFEST, RESULTS
from cnnspec.training.run_folder.plain_files import sha256
from cnnspec.training.run_folder.stored_json import broken, optional, read_json, required


class Damage(NamedTuple):
    """What is wrong with a file of a finished run, and what can be done."""

    text: str
    remedy: str


def damage(path: Path) -> Damage | None:
    """Returns the first file of a finished run that is not as it was written, None where all are.

    What came of a run is in its last checkpoint, too, from which it is written anew without another step. Spec and settings are
    nowhere else.
    """
    has_checkpoint = any((path / CHECKPOINTS).glob("*.safetensors"))
    anew = f"`cnnspec train --resume {path}` writes it anew, without training more"
    weights = "with `--weights {}` the weights go with any spec that they fit"
    instead = anew if has_checkpoint else weights.format(path / LAST)
    try:
        manifest = read_json(path / MANIFEST)
        verify_manifest(manifest, LAST)
    except TrainingError as error:
        return Damage(str(error), instead)
    except ValueError as error:
        return Damage(f"{path / MANIFEST} does not say what came of the run: {error}", instead)
    for name, expected in manifest["files"].items():
        back = f"bring it back as it was; {weights.format(path / (BEST if name == LAST else LAST))}"
        remedy = anew if name in RESULTS and has_checkpoint else back
        if (path / name).is_dir():
            return Damage(in_the_place_of_a_file(path / name), remedy)
        is_there = (path / name).is_file()
        if is_there and sha256(path / name) == expected:
            continue
        reason = f"not the file that the run wrote: its SHA-256 sum differs from {MANIFEST}" if is_there else "missing"
        return Damage(f"{path / name} is {reason}", remedy)
    return None


def failure(path: Path) -> str | None:
    """Returns what kept a run from going on, None where nothing did; raises TrainingError where the file is broken."""
    if not (path / FAILURE).is_file():
        return None
    try:
        problems = required(read_json(path / FAILURE), "problems", list)
        if not problems:
            raise ValueError("`problems` is empty")
        return "; ".join(map(_sentence, problems))
    except ValueError as error:
        raise broken(f"{path / FAILURE} does not say why the run failed: {error}") from None


def _sentence(problem: Any) -> str:
    if not isinstance(problem, dict):
        raise ValueError("`problems` has one that is not an object")
    code, message = (required(problem, name, str) for name in ("code", "message"))
    advice = optional(problem, "help", str)
    return f"{code}: {message}" + (f" ({advice})" if advice else "")


def verify_no_folders(path: Path) -> None:
    """Raises UsageError where a folder has the name of a file that a run writes."""
    for name in (*RESULTS, MANIFEST, FAILURE):
        if (path / name).is_dir():
            raise UsageError(in_the_place_of_a_file(path / name))


def in_the_place_of_a_file(path: Path) -> str:
    """Returns what to say of a folder that has the name of a file."""
    return f"{path} is a folder in the place of a file of the run: remove it"
