"""What a checkpoint holds: everything that a run goes on from, as tensors and JSON.

Tensors: `model/...`, `average/...` (where there is an average), `optimizer/<parameter>/<key>`, `best/...` (the weights of the
best epoch), `random/cpu` and `random/cuda`, `tally` (the sums of the epoch under way). The rest are JSON facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """Tensors by name, and facts for JSON."""

    tensors: Tensors
    facts: dict[str, Any]

    def part(self, name: str) -> Tensors:
        """Returns the tensors whose names begin with `name/`, without that beginning."""
        return {key.removeprefix(f"{name}/"): value for key, value in self.tensors.items() if key.startswith(f"{name}/")}

    @property
    def after(self) -> int:
        """Returns the number of the last epoch that was finished."""
        return int(self.facts["epoch"]) - 1

    def copied(self) -> Checkpoint:
        """Returns the same with tensors of its own."""
        return Checkpoint({name: tensor.detach().clone() for name, tensor in self.tensors.items()}, self.facts)
