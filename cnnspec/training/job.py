"""What a training job is given from outside, and what it gives back. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnspec.training.report import EpochReport

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TrainOptions:
    """What is decided outside the spec. `out` None is `runs/<network>-<n>`; `base` is where relative paths of data begin, None
    the folder of the spec; `weights` is a safetensors file to begin with, None begins as the recipe's `init` says."""

    device: str = "auto"
    precision: str = "fp32"
    out: Path | None = None
    base: Path | None = None
    weights: Path | None = None


@dataclass(frozen=True)
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

    @property
    def last(self) -> EpochReport:
        return self.history[-1]

    def lines(self) -> tuple[str, str]:
        """Returns the two lines that end a run."""
        return self.last.scores, f"{self.examples_per_second:.1f} examples/sec on {self.device}"
