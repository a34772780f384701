"""Batches: samples in an order, changed at random where the recipe asks for it, scaled. No Python per sample."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import tee
from typing import NamedTuple, TypeAlias

import torch

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.batch_count import batch_count
from cnnspec.training.batches.augment import augment, draw
from cnnspec.training.batches.stores import Resident, channels_first, sent, store
from cnnspec.training.data.dataset import AnyPart, Part
from cnnspec.training.data.scaling import OnDevice, Scaling
from cnnspec.training.processes.ranks import ALONE, Ranks, Share

Batch: TypeAlias = tuple[torch.Tensor, torch.Tensor]  # inputs [n, *sample], targets [n, ...]

# Up to this size inputs are scaled to floats once, which makes a step of LeNet about 3 % faster; larger data stays in bytes.
SCALED_BYTES = 1 << 30
SEEDS = 2**63 - 1


class Draft(NamedTuple):
    """A batch before it is made: the places of its samples, int64 [n], and the seed of how the whole batch is changed."""

    places: torch.Tensor
    seed: int
    share: Share


class Batches:
    """The samples of one part, scaled, in batches [n, *sample] of `dtype` with their targets.

    Images are kept with their channels last, the layout in which convolutions are fastest (on a CPU LeNet gains about half):
    the network sees the usual [n, C, H, W] with other strides. `augmentations` change what `shuffled` gives; `void` is what
    they leave in the corners of masks.
    """

    def __init__(
        self,
        part: AnyPart,
        scaling: Scaling,
        device: torch.device,
        dtype: torch.dtype,
        augmentations: Sequence[Augmentation] = (),
        void: int = 0,
    ) -> None:
        self._count = len(part)
        self._sample = part.sample
        self._device = device
        self._dtype = dtype
        self._levels = scaling.levels
        self._augmentations = tuple(augmentations)
        self._void = void
        self._scaling: OnDevice | None = scaling.on(device, dtype)
        fits = isinstance(part, Part) and part.inputs.numel() * dtype.itemsize <= SCALED_BYTES
        if isinstance(part, Part) and fits and not augmentations:
            part = replace(part, inputs=self._scaling.apply(part.inputs.to(device)))
            self._scaling = None
        self._store = store(part, device)

    def __len__(self) -> int:
        return self._count

    @property
    def is_resident(self) -> bool:
        """Returns whether all samples are on the device, so that `made` reads nothing else."""
        return isinstance(self._store, Resident)

    def in_order(self, size: int, ranks: Ranks = ALONE) -> Iterator[Batch]:
        """Returns all samples, `size` at a time (as `sizes` has it), unchanged; of several processes each gets its shares."""
        starts = range(0, len(self), size)
        groups = (ranks.share(start, start + count) for start, count in zip(starts, self.sizes(size), strict=False))
        for inputs, targets in self._store.fetch(groups):
            yield self._prepared(inputs, targets)

    def sizes(self, size: int) -> list[int]:
        """Returns how many samples each batch has, the shares of all processes together."""
        count = batch_count(len(self), size)
        return [size] * (count - 1) + [len(self) - size * (count - 1)]

    def shuffled(self, size: int, random: torch.Generator, skip: int = 0, ranks: Ranks = ALONE) -> Iterator[Batch]:
        """Returns all samples in an order drawn from `random` (a generator of the CPU, so that all devices see the same order).

        The last batch has what is left (`batch_count`).
        The first `skip` batches are left out, which changes nothing in those that follow: how each is augmented is drawn from a
        seed of its own. Of several processes each gets its share of every batch, the same samples that one process would see,
        augmented in the same way.
        """
        here, ahead = tee(self.drafts(size, random, skip, ranks))
        for draft, (inputs, targets) in zip(here, self._store.fetch(draft.places for draft in ahead), strict=True):
            yield self._changed(inputs, targets, self.numbers(draft))

    def drafts(self, size: int, random: torch.Generator, skip: int = 0, ranks: Ranks = ALONE) -> Iterator[Draft]:
        """Returns the batches of `shuffled` before they are made; where the samples are on the device, so are the places."""
        order = torch.randperm(len(self), generator=random)
        sizes = self.sizes(size)
        seeds = torch.randint(SEEDS, (len(sizes),), generator=random).tolist()
        if self.is_resident:
            order = order.to(self._device)
        for index in range(skip, len(sizes)):
            places = order[ranks.share(size * index, size * index + sizes[index])]
            yield Draft(places, seeds[index], ranks.of(sizes[index]))

    def numbers(self, draft: Draft) -> torch.Tensor | None:
        """Returns what is drawn to change a batch, float64 [n, k] on the CPU; None where nothing is changed."""
        if not self._augmentations:
            return None
        random = torch.Generator().manual_seed(draft.seed)
        _, height, width = self._sample
        return draw(self._augmentations, draft.share.whole, height, width, random)[draft.share.ours]

    def made(self, places: torch.Tensor, numbers: torch.Tensor | None) -> Batch:
        """Returns the batch of samples that are on the device; nothing here waits for it."""
        assert isinstance(self._store, Resident)
        return self._changed(*self._store.take(places), numbers)

    def _changed(self, inputs: torch.Tensor, targets: torch.Tensor, numbers: torch.Tensor | None) -> Batch:
        """Returns a batch after all changes at random, ready for the network."""
        if numbers is not None:
            maps = targets if targets.dim() > 2 else None  # not labels, nor a few numbers for each sample
            numbers = sent(numbers, inputs.device)
            inputs, moved = augment(self._augmentations, inputs, maps, numbers, self._levels, self._void)
            targets = targets if moved is None else moved
        return self._prepared(inputs, targets)

    def _prepared(self, inputs: torch.Tensor, targets: torch.Tensor) -> Batch:
        """Returns what the network and the loss take."""
        inputs, targets = channels_first(inputs), channels_first(targets)
        if self._scaling is not None:
            inputs = self._scaling.apply(inputs)
        return inputs, _as_compared(targets, self._dtype)


def _as_compared(targets: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    """Returns labels as int64, images as numbers from 0 to 1, and other numbers as they are."""
    if targets.is_floating_point():
        return targets
    is_image = targets.dtype == torch.uint8 and targets.dim() == 4
    return targets.to(dtype) / 255 if is_image else targets.to(torch.int64)
