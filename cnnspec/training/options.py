"""What a training run is given from outside, beside network and recipe. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnspec.training.run_folder.stored_json import optional, required

if TYPE_CHECKING:
    pass


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
