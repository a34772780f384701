"""Where samples are until they are needed: on the device whole, or in files that other processes decode ahead of time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeAlias

import torch
from torch.utils.data import DataLoader, Dataset

from cnnspec.recipe.problems import RecipeProblem
from cnnspec.training.batches.workers import EndsWith, undisturbed
from cnnspec.training.data.dataset import AnyPart, FilePart, Part
from cnnspec.training.problems import TrainingError
from cnnspec.training.processes.ranks import Ranks

Places: TypeAlias = torch.Tensor | slice  # int64 [n], or from a start to a stop
Stored: TypeAlias = tuple[torch.Tensor, torch.Tensor]  # inputs as they are stored, images [n, H, W, C]; and targets

SHARE = 0.5  # of a device's free memory that a part may take
WORKERS = 8  # processes that decode, at most: as many as there are processors
AHEAD = 4  # batches that each of them decodes before they are asked for


class Store(Protocol):
    """Samples of one part, by their places."""

    def fetch(self, groups: Iterable[Places]) -> Iterator[Stored]:
        """Returns the samples of each group, on the device."""
        ...


class Resident:
    """Inputs and targets on the device; images with their channels last."""

    def __init__(self, inputs: torch.Tensor, targets: torch.Tensor, device: torch.device) -> None:
        self.inputs = channels_last(inputs).to(device).contiguous()
        self.targets = channels_last(targets).to(device).contiguous()

    def fetch(self, groups: Iterable[Places]) -> Iterator[Stored]:
        """Returns the samples of each group."""
        return map(self.take, groups)

    def take(self, group: Places) -> Stored:
        """Returns the samples of a group: without a copy where they lie side by side."""
        if isinstance(group, slice):
            return self.inputs[group], self.targets[group]
        places = group.to(self.inputs.device)
        return self.inputs.index_select(0, places), self.targets.index_select(0, places)


class Hosted:
    """Inputs and targets in the memory of the machine, for a device that has no room for them."""

    def __init__(self, part: Part, device: torch.device) -> None:
        self._host = Resident(part.inputs, part.targets, torch.device("cpu"))
        self._device = device

    def fetch(self, groups: Iterable[Places]) -> Iterator[Stored]:
        """Returns the samples of each group, copied to the device while it is still busy with those before."""
        for inputs, targets in self._host.fetch(groups):
            yield sent(inputs, self._device), sent(targets, self._device)


class Streamed:
    """Image files, decoded again in every epoch by processes that run ahead, and copied to the device in bytes.

    The order is that of the groups, whichever process is the fastest.
    """

    def __init__(self, part: FilePart, device: torch.device, workers: int | None = None) -> None:
        self._part = part
        self._device = device
        beside = Ranks.here().beside  # processes that share the machine with this one
        self._workers = min(WORKERS, max(1, (os.cpu_count() or 1) // beside)) if workers is None else workers

    def fetch(self, groups: Iterable[Places]) -> Iterator[Stored]:
        """Returns the samples of each group; raises TrainingError for an image that cannot be read."""
        places = [_listed(group) for group in groups]
        loader: DataLoader[Any] = DataLoader(
            _Decoded(self._part),
            batch_sampler=places,
            num_workers=self._workers,
            prefetch_factor=AHEAD if self._workers else None,
            pin_memory=self._device.type == "cuda",
            collate_fn=_as_it_is,
            generator=torch.Generator(),  # it draws a number for its workers, which must not be missing elsewhere
            worker_init_fn=EndsWith(os.getpid()),
        )
        with undisturbed():
            batches = iter(loader)
        for batch in batches:
            if not torch.is_tensor(batch[0]):
                raise TrainingError(*batch)
            images, labels = batch
            inputs = images.to(self._device, non_blocking=True)
            yield channels_last(inputs).contiguous(), labels.to(self._device, non_blocking=True)


class _Decoded(Dataset[Stored]):
    """What DataLoader wants: the samples of a batch by their numbers."""

    def __init__(self, part: FilePart) -> None:
        self._part = part

    def __len__(self) -> int:
        return len(self._part)

    def __getitems__(self, places: list[int]) -> Stored | tuple[RecipeProblem, ...]:
        """Returns images [n, *sample] and labels; for an image that cannot be read, what is wrong with it.

        An error would reach the process that waits only as a text.
        """
        try:
            # A share of nothing has the shape of the others all the same.
            images = torch.stack([self._part.files[place] for place in places or [0]])[: len(places)]
        except TrainingError as error:
            return error.problems
        return images, self._part.targets[torch.tensor(places, dtype=torch.int64)]


def _as_it_is(batch: Any) -> Any:
    return batch


def store(part: AnyPart, device: torch.device) -> Store:
    """Returns the store of a part: on the device if that has room, else in memory, else in its files."""
    if isinstance(part, FilePart):
        return Streamed(part, device)
    if device.type == "cuda" and part.bytes > SHARE * torch.cuda.mem_get_info(device)[0]:
        return Hosted(part, device)
    return Resident(part.inputs, part.targets, device)


def sent(values: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Returns values on a device; a GPU copies them while it is still busy with what came before."""
    if device.type == "cuda" and not values.is_cuda:
        values = values.pin_memory()
    return values.to(device, non_blocking=True)


def channels_last(values: torch.Tensor) -> torch.Tensor:
    """Returns images [N, C, H, W] as [N, H, W, C], and everything else as it is."""
    return values.permute(0, 2, 3, 1) if values.dim() == 4 else values


def channels_first(values: torch.Tensor) -> torch.Tensor:
    """Returns images [N, H, W, C] as [N, C, H, W], and everything else as it is."""
    return values.permute(0, 3, 1, 2) if values.dim() == 4 else values


def _listed(group: Places) -> list[int]:
    return list(range(group.start, group.stop)) if isinstance(group, slice) else group.tolist()
