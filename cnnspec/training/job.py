"""What a training job is given from outside, and what it gives back. No torch."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.training.report import EpochReport
from cnnspec.training.run_folder.atomic import write_text
from cnnspec.training.run_folder.curve import Picture, curve
from cnnspec.training.run_folder.stored_json import optional, required

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainOptions:
    """What is decided outside the spec. `out` None is `runs/<network>-<n>`; `base` is where relative paths of data begin, None
    the folder of the spec; `weights` is a safetensors file to begin with, None begins as the recipe's `init` says.

    A checkpoint is written after `checkpoint_minutes` at the latest, and metrics.jsonl gets a line every `log_steps` steps
    (None: only one for each epoch). `tensorboard` writes the same numbers for TensorBoard, `profile` where the time went.
    `compile` lets torch.compile make the network faster. `sync_batchnorm` normalises over the shares of all processes.
    """

    device: str = "auto"
    precision: str = "fp32"
    out: Path | None = None
    base: Path | None = None
    weights: Path | None = None
    checkpoint_minutes: float = 10.0
    log_steps: int | None = None
    tensorboard: bool = False
    compile: bool = False
    profile: bool = False
    sync_batchnorm: bool = False

    def as_json(self) -> dict[str, Any]:
        """Returns what settings.json keeps: all but where the run folder and the data are."""
        weights = None if self.weights is None else str(self.weights.absolute())
        kept = {name: value for name, value in vars(self).items() if name not in ("out", "base")}
        return {**kept, "weights": weights}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> TrainOptions:
        """Returns what `as_json` described; raises TypeError and ValueError for anything else."""
        weights, log_steps = optional(stored, "weights", str), optional(stored, "log_steps", int)
        if log_steps is not None and log_steps < 1:
            raise ValueError(f"`log_steps` is {log_steps}")
        for option in fields(cls):
            kind: Any = type(option.default)
            if option.default is not None and option.name in stored:
                required(stored, option.name, kind)
        return cls(**{**stored, "weights": None if weights is None else Path(weights)})


@dataclass(frozen=True, repr=False)
class RunResult:
    """What came of a run; the model has the last weights.

    `examples_per_second`: training samples by the wall time of the training part of the epochs, batching included, evaluation
    and start excluded.
    """

    path: Path
    device: str
    history: tuple[EpochReport, ...]
    best_epoch: int
    examples_per_second: float
    model: torch.nn.Module

    def __repr__(self) -> str:
        """Returns `<run runs/Digits-1: 10 epochs, loss 0.027, train acc 0.995, test acc 0.983; best epoch 9>`."""
        epochs = "1 epoch" if len(self.history) == 1 else f"{len(self.history)} epochs"
        return f"<run {self.path}: {epochs}, {self.last.scores}; best epoch {self.best_epoch}>"

    @property
    def last(self) -> EpochReport:
        return self.history[-1]

    def plot(self, path: str | os.PathLike[str] | None = None) -> Picture:
        """Returns the curves of loss and accuracy (or error), an SVG that notebooks show; writes it to `path` where given.

        Raises ValueError for a path that ends otherwise, UsageError for that of a run's own file, OSError where it cannot be
        written.
        """
        picture = Picture(curve(self.history, self.best_epoch))
        if path is not None and Path(path).suffix.lower() != ".svg":
            raise ValueError(f"plot writes SVG: name a file such as 'curve.svg', not {os.fspath(path)!r}")
        if path is not None:
            from cnnspec.training.run_folder.folder import verify_free  # which knows of jobs

            verify_free(Path(path))
            try:
                write_text(Path(path), picture)
            except OSError as error:  # which may name the temporary file
                raise OSError(error.errno, error.strerror, os.fspath(path)) from None
        return picture

    def lines(self) -> tuple[str, str]:
        """Returns the two lines that end a run."""
        return self.last.scores, f"{self.examples_per_second:.1f} examples/sec on {self.device}"
