"""One network from a file, for the commands that work on one: mistakes are shown and end the command with exit code 1."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from cnnspec.cli.output import print_text
from cnnspec.compiler import Options, Result, check_source, decode, read
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.source import Source

# Begin the codes of recipes that do not fit their networks, make no sense, leave nothing to train, or train half of a pair.
MISFITS = ("E041", "E044", "E0431", "W0542")
_OF_WEIGHTS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".h5", ".hdf5", ".onnx")
_OF_IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
_OF_DATA = (".npy", ".npz", ".csv", ".zip")


def read_argument(path: Path | None, stdin_name: str | None = None) -> Source | Diagnostic:
    """Returns what a file or, for None, standard input holds, or that it is no text; raises OSError."""
    return decode(sys.stdin.buffer.read(), stdin_name or "<stdin>") if path is None else read(path)


def load(file: str, options: Options, color: str = "auto", is_trained: bool = True) -> Network:
    """Returns the network that is asked for (by name, otherwise the last); `-` is standard input.

    Where it is not trained, it does not matter whether it fits its data. Raises UsageError, or OSError.
    """
    if file != "-":
        _verify_spec(Path(file))
    source = read_argument(None if file == "-" else Path(file))
    result = Result((), (source,)) if isinstance(source, Diagnostic) else check_source(source, options)
    if not is_trained:
        result = replace(result, diagnostics=tuple(item for item in result.diagnostics if not item.code.startswith(MISFITS)))
    return verified(result, color)


def _verify_spec(path: Path) -> None:
    """Raises UsageError for a folder, and for a file that by its name tells no network: of weights, an image, or data."""
    ending = path.suffix.lower()
    if path.is_dir():
        raise UsageError(_of_folder(path))
    if not ending or not path.is_file():
        return
    if ending in _OF_WEIGHTS:
        raise UsageError(_of_weights(path))
    if ending in _OF_IMAGES or ending in _OF_DATA:
        what = "is an image" if ending in _OF_IMAGES else "holds data"
        raise UsageError(f"{path} {what}, not a network: name a run or a spec (.cnn) in its place")


def _of_folder(path: Path) -> str:
    found = min(path.glob("*.cnn"), default=None)
    return f"{path} is a folder: name one spec" + ("" if found is None else f", such as {found}")


def _of_weights(path: Path) -> str:
    """Returns where the network of weights is: in the run that they come from, or in a spec."""
    from cnnspec.training.run_folder.names import is_run

    run = f"its run, {path.parent}," if is_run(path.parent) else "the run that they come from,"
    return f"{path} holds weights, not a network: name {run} or SPEC --weights {path}"


def verified(result: Result, color: str = "auto") -> Network:
    """Returns the last network of a result; shows what was found, and ends the command where that are errors.

    Raises UsageError for a file that is only there to be imported.
    """
    print_text([item for item in result.diagnostics if item.severity != "note"], color, to_stderr=True)
    if not result.ok:
        raise SystemExit(1)
    return result.last
