"""What several processes that train one network tell each other.

Each has the whole network and takes its share of every batch; DistributedDataParallel averages their gradients. Collective
calls have to be made by all processes in the same order: every function here that takes `Ranks` is one, and does nothing for a
process that is alone.
"""

from __future__ import annotations

import warnings
from typing import TypeVar
from weakref import WeakSet

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.signals import StopRequest

Told = TypeVar("Told")

_sharing: WeakSet[DistributedDataParallel] = WeakSet()  # networks whose gradients are those of all processes


def total(values: torch.Tensor, ranks: Ranks) -> torch.Tensor:
    """Returns the sum over all processes, in place."""
    if not ranks.is_alone:
        dist.all_reduce(values)
    return values


def all_stop(request: StopRequest, ranks: Ranks) -> bool:
    """Returns whether any process was asked to stop, and writes down by which signal, the highest of several.

    A signal that comes while they ask each other stays in the request of its process, and is told the next time.
    """
    if ranks.is_alone:
        return request.number is not None
    told = torch.tensor([request.number or 0])
    dist.all_reduce(told, dist.ReduceOp.MAX)
    number = int(told.item())
    if number:
        request.number = number
    return number > 0


def told_by_first(value: Told, ranks: Ranks) -> Told:
    """Returns what the first process passes here."""
    if ranks.is_alone:
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]


def told_by_all(value: Told, ranks: Ranks) -> list[Told]:
    """Returns what each process passes here, by their ranks."""
    if ranks.is_alone:
        return [value]
    values = [value] * ranks.count
    dist.all_gather_object(values, value)
    return values


def wait(ranks: Ranks) -> None:
    """Waits until all processes are here."""
    total(torch.zeros(1), ranks)


def take_buffers(model: nn.Module, ranks: Ranks) -> None:
    """Gives all processes the running statistics of the first one."""
    if ranks.is_alone:
        return
    for buffer in model.buffers():
        dist.broadcast(buffer, src=0)


def parallel(model: nn.Module, ranks: Ranks, has_dead_ends: bool = False) -> DistributedDataParallel | None:
    """Returns the model with gradients that are the mean over all processes; None for a process that is alone.

    All begin with the weights of the first one. `has_dead_ends`: some weights get no gradients (W0605).
    """
    if ranks.is_alone:
        return None
    # An axis of one entry has no layout that matters, and yet torch warns of two.
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    shared = DistributedDataParallel(model, gradient_as_bucket_view=True, find_unused_parameters=has_dead_ends)
    _sharing.add(shared)
    return shared


def let_go() -> None:
    """Takes the group of processes from all networks of `parallel`, whoever still has them: they can take no step any more."""
    while _sharing:
        shared = _sharing.pop()
        del shared.reducer, shared.logger, shared.process_group
