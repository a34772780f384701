"""What the files of a run folder are called, and by which it is known. No torch."""

from __future__ import annotations

from pathlib import Path

SETTINGS, METRICS, MANIFEST, FAILURE = "settings.json", "metrics.jsonl", "manifest.json", "failure.json"
LAST, BEST = "model.safetensors", "best.safetensors"
CONFUSION, CURVE, CHECKPOINTS, TRACE = "confusion.csv", "curve.svg", "checkpoints", "trace.json"
RESULTS = (METRICS, LAST, BEST, CONFUSION, CURVE, TRACE)
BEGINNING = ".beginning"  # there while the first files are written: what a process leaves that is killed then is no run yet
OURS = frozenset((SETTINGS, MANIFEST, FAILURE, CHECKPOINTS, BEGINNING, *RESULTS))
RUNS = Path("runs")  # where run folders are that `--out` does not name


def is_run(path: Path) -> bool:
    """Returns whether a path is a run folder, finished or not."""
    return (path / SETTINGS).is_file()


def is_finished(path: Path) -> bool:
    """Returns whether a run has all its results: the manifest is written last."""
    return (path / MANIFEST).is_file()
