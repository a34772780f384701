"""What came of a training run. No torch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.training.report import EpochReport
from cnnspec.training.run_folder.atomic import write_text
from cnnspec.training.run_folder.curve import Picture, curve
from cnnspec.training.run_folder.taken import verify_free

if TYPE_CHECKING:
    import torch


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
            verify_free(Path(path))
            try:
                write_text(Path(path), picture)
            except OSError as error:  # which may name the temporary file
                raise OSError(error.errno, error.strerror, os.fspath(path)) from None
        return picture

    def lines(self) -> tuple[str, str]:
        """Returns the two lines that end a run."""
        return self.last.scores, f"{self.examples_per_second:.1f} examples/sec on {self.device}"
