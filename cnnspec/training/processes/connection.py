"""How several processes connect, and how they part.

No thread may outlive the connection: those of gloo let go of a tensor some time after the call that waited for it has returned,
for which they need the interpreter; one that finds it shutting down ends the process by SIGABRT.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.distributed_c10d import Store
from torch.distributed.rendezvous import rendezvous

from cnnspec.training.processes.distributed import let_go
from cnnspec.training.processes.lifelines import Lifelines, end_of, lifelines
from cnnspec.training.processes.meeting import own_store
from cnnspec.training.processes.ranks import RankLost, Ranks
from cnnspec.training.signals import ignore_termination

# A process that dies or is stopped is noticed by its lifeline. This is for one that lives and yet takes no part any more.
TIMEOUT = timedelta(minutes=10)
_LOCATION = re.compile(r"^\[[^\]]*\] ")  # where in gloo's sources
_LOST = ("Connection closed by peer", "Connection reset by peer", "Timed out", "Socket Timeout", "Broken pipe", "gloo")


@contextmanager
def joined(ranks: Ranks, run: Path | None = None) -> Iterator[None]:
    """Connects the processes of a run, whose folder they may not know; raises RankLost where one cannot be reached or ends.

    NCCL carries what is on GPUs, gloo what is on CPUs. Where a script has connected its processes itself, they stay so.
    """
    if ranks.is_alone:
        yield
    elif dist.is_initialized():
        with _telling(ranks, run):
            yield
    else:
        with _telling(ranks, run):
            store = _connect(ranks)
        with lifelines(store, ranks, run) as lines, _disconnecting(), _telling(ranks, run, lines):
            yield


def _connect(ranks: Ranks) -> Store:
    """Returns the store in which the processes of this attempt find each other, when all are connected."""
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    store, rank, count = next(rendezvous("env://", timeout=TIMEOUT))
    own = own_store(store, ranks, TIMEOUT)
    # The defaults of its functions are the group that there is when it is imported. DistributedDataParallel imports it, and the
    # group would never end.
    importlib.import_module("torch.distributed.nn.functional")
    dist.init_process_group(backend, store=own, rank=rank, world_size=count, timeout=TIMEOUT)
    return own


@contextmanager
def _disconnecting() -> Iterator[None]:
    """Ends the group and its threads; they end with the last one that knows it."""
    try:
        yield
    finally:
        let_go()
        dist.destroy_process_group()


@contextmanager
def _telling(ranks: Ranks, run: Path | None, lines: Lifelines | None = None) -> Iterator[None]:
    """Raises RankLost instead of what torch raises where another process is missed, and says which one where that is known."""
    try:
        yield
    except RuntimeError as error:
        if not _is_lost(error):
            raise
        ignore_termination()  # the launcher has missed the other process as well
        known = None if lines is None else lines.lost(within=1.0)
        reason = _LOCATION.sub("", str(error).strip().splitlines()[0]).partition(". ")[0]
        raise RankLost(end_of(ranks, known or f"another one has ended or cannot be reached ({reason})", run)) from None


def _is_lost(error: RuntimeError) -> bool:
    return isinstance(error, dist.DistError) or any(word in str(error) for word in _LOST)
