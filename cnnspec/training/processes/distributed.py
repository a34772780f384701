"""What several processes that train one network tell each other.

Each has the whole network and takes its share of every batch; DistributedDataParallel averages their gradients. Collective
calls have to be made by all processes in the same order: every function here that takes `Ranks` is one, and does nothing for a
process that is alone.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.distributed_c10d import PrefixStore, Store
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

from cnnspec.training.processes.lifelines import Lifelines, end_of, lifelines
from cnnspec.training.processes.ranks import RankLost, Ranks
from cnnspec.training.signals import ignore_termination

Told = TypeVar("Told")

# A process that dies or is stopped is noticed by its lifeline. This is for one that lives and yet takes no part any more.
TIMEOUT = timedelta(minutes=10)
_LOCATION = re.compile(r"^\[[^\]]*\] ")  # where in gloo's sources
_LOST = ("Connection closed by peer", "Connection reset by peer", "Timed out", "Socket Timeout", "Broken pipe", "gloo")


@contextmanager
def joined(ranks: Ranks) -> Iterator[None]:
    """Connects the processes; raises RankLost where one cannot be reached or ends.

    NCCL carries what is on GPUs, gloo what is on CPUs. Where a script has connected its processes itself, they stay so.
    """
    if ranks.is_alone:
        yield
    elif dist.is_initialized():
        with _telling(ranks):
            yield
    else:
        with _telling(ranks):
            store = _connect(ranks)
        with lifelines(store, ranks) as lines, _disconnecting(), _telling(ranks, lines):
            yield


def _connect(ranks: Ranks) -> Store:
    """Returns the store in which the processes of this attempt find each other, when all are connected."""
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    store, rank, count = next(rendezvous("env://", timeout=TIMEOUT))
    # On one machine torchrun keeps its store for all attempts, and the addresses of processes that are gone are still in it.
    # On several it makes a new one for each, and their agents may count the attempts differently.
    attempt = ranks.restarts if ranks.count == ranks.beside else 0
    own = PrefixStore(f"attempt-{attempt}", store)
    dist.init_process_group(backend, store=own, rank=rank, world_size=count, timeout=TIMEOUT)
    return own


@contextmanager
def _disconnecting() -> Iterator[None]:
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def _telling(ranks: Ranks, lines: Lifelines | None = None) -> Iterator[None]:
    """Raises RankLost instead of what torch raises where another process is missed, and says which one where that is known."""
    try:
        yield
    except RuntimeError as error:
        if not _is_lost(error):
            raise
        ignore_termination()  # the launcher has missed the other process as well
        known = None if lines is None else lines.lost(within=1.0)
        reason = _LOCATION.sub("", str(error).strip().splitlines()[0]).partition(". ")[0]
        raise RankLost(end_of(ranks, known or f"another one has ended or cannot be reached ({reason})")) from None


def _is_lost(error: RuntimeError) -> bool:
    return isinstance(error, dist.DistError) or any(word in str(error) for word in _LOST)


def total(values: torch.Tensor, ranks: Ranks) -> torch.Tensor:
    """Returns the sum over all processes, in place."""
    if not ranks.is_alone:
        dist.all_reduce(values)
    return values


def loudest(number: int | None, ranks: Ranks) -> int | None:
    """Returns the signal that any process was given, the highest of several."""
    if ranks.is_alone:
        return number
    told = torch.tensor([number or 0])
    dist.all_reduce(told, dist.ReduceOp.MAX)
    return int(told.item()) or None


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
    return DistributedDataParallel(model, gradient_as_bucket_view=True, find_unused_parameters=has_dead_ends)
