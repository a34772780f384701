"""Where the processes of one attempt find each other: a part of the launcher's store that no earlier attempt has written to.

torchrun keeps its store while it begins anew, with the addresses of processes that are gone, and neither counts each time that
it does so nor has its agents count alike. So the first process draws a name for the attempt. Each other one asks for it under
a number of its own, to which nobody can have given an answer before; what was asked in earlier attempts is answered as well,
and nobody reads that.
"""

from __future__ import annotations

import secrets
import time
from datetime import timedelta

from torch.distributed import DistError
from torch.distributed.distributed_c10d import PrefixStore, Store

from cnnspec.training.processes.ranks import Ranks

_PAUSE = 0.02  # seconds between two looks at who has come


def own_store(store: Store, ranks: Ranks, timeout: timedelta) -> Store:
    """Returns the part of a store in which the processes of this attempt are alone, when all of them are there.

    Raises DistError where one of them does not come.
    """
    name = _gathered(store, ranks, timeout) if ranks.is_first else _asked(store, ranks, timeout)
    return PrefixStore(name, store)


def _asked(store: Store, ranks: Ranks, timeout: timedelta) -> str:
    """Returns the name that the first process has drawn."""
    number = secrets.token_hex(8)
    store.set(_question(ranks.rank), number)
    store.wait([_answer(number)], timeout)
    name = store.get(_answer(number)).decode()
    store.set(_arrival(name, ranks.rank), "")
    return name


def _gathered(store: Store, ranks: Ranks, timeout: timedelta) -> str:
    """Draws the name, and answers until all others have it."""
    name = secrets.token_hex(8)
    missing = set(range(1, ranks.count))
    deadline = time.monotonic() + timeout.total_seconds()
    while missing:
        for rank in sorted(missing):
            if store.check([_question(rank)]):
                store.set(_answer(store.get(_question(rank)).decode()), name)
            if store.check([_arrival(name, rank)]):
                missing.remove(rank)
        if missing and time.monotonic() > deadline:
            raise DistError(f"process {min(missing)} has not come within {timeout.total_seconds():.0f} seconds")
        time.sleep(_PAUSE)
    return name


def _question(rank: int) -> str:
    return f"cnnspec/question/{rank}"


def _answer(number: str) -> str:
    return f"cnnspec/answer/{number}"


def _arrival(name: str, rank: int) -> str:
    return f"{name}/arrival/{rank}"
