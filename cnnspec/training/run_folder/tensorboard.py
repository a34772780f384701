"""The metrics of a run as TensorBoard reads them; an extra package, which no other part needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

TENSORBOARD = "tensorboard"  # the folder below that of the run


class TensorBoard:
    """A curve for each number of metrics.jsonl, over the steps; those of single epochs stand apart from those between."""

    def __init__(self, run: Path, steps: int) -> None:
        """Goes on behind so many steps: what an interrupted run wrote about later ones is left out."""
        # Here and not above: it imports TensorBoard, which is seldom there.
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(run / TENSORBOARD), purge_step=steps + 1)

    def append(self, line: Mapping[str, Any], step: int) -> None:
        """Adds the numbers of a line of metrics.jsonl, written after so many steps."""
        group = "steps" if "step" in line else "epochs"
        for name, value in line.items():
            if name not in ("epoch", "step"):
                self._writer.add_scalar(f"{group}/{name}", value, step)

    def close(self) -> None:
        self._writer.close()
