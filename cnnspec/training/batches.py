"""Batches out of data that lives on the device whole: no Python per sample, no copies between devices in the loop."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from cnnspec.training.data.dataset import Part
from cnnspec.training.data.scaling import Scaling

# Up to this size inputs are scaled to floats once, which makes a step of LeNet about 3 % faster; larger data stays in bytes.
SCALED_BYTES = 1 << 30


class Batches:
    """The samples of one part, scaled, in batches [n, *sample] of `dtype` with their targets.

    Images are kept with their channels last, the layout in which convolutions are fastest (on a CPU LeNet gains about half):
    the network sees the usual [n, C, H, W] with other strides.
    """

    def __init__(self, part: Part, scaling: Scaling, device: torch.device, dtype: torch.dtype) -> None:
        self._images = part.inputs.dim() == 4
        self._dtype = dtype
        self._scaling: Scaling | None = scaling
        inputs = part.inputs
        if inputs.numel() * dtype.itemsize <= SCALED_BYTES:
            inputs = scaling.apply(inputs.to(device), dtype)
            self._scaling = None
        if self._images:
            inputs = inputs.permute(0, 2, 3, 1)
        self._inputs = inputs.to(device).contiguous()
        self._targets = part.targets.to(device)

    def __len__(self) -> int:
        return len(self._inputs)

    def in_order(self, size: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Returns all samples, `size` at a time."""
        for start in range(0, len(self), size):
            yield self._prepared(self._inputs[start : start + size]), self._targets[start : start + size]

    def count(self, size: int) -> int:
        """Returns how many batches `shuffled` makes of the samples."""
        return max(1, math.ceil((len(self) - 1) / size))

    def shuffled(self, size: int, random: torch.Generator, skip: int = 0) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Returns all samples in an order drawn from `random` (a generator of the CPU, so that all devices see the same order).

        The last batch has what is left. One sample alone goes with the batch before: batch normalisation cannot train on it.
        The first `skip` batches are left out.
        """
        order = torch.randperm(len(self), generator=random).to(self._inputs.device)
        start = size * skip if skip < self.count(size) else len(order)
        while start < len(order):
            stop = start + size if len(order) - start - size > 1 else len(order)
            indices = order[start:stop]
            yield self._prepared(self._inputs.index_select(0, indices)), self._targets.index_select(0, indices)
            start = stop

    def _prepared(self, inputs: torch.Tensor) -> torch.Tensor:
        if self._images:
            inputs = inputs.permute(0, 3, 1, 2)
        return inputs if self._scaling is None else self._scaling.apply(inputs, self._dtype)
