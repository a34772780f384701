"""Several processes that train one network: which of them this is, and what its share is. No torch."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import NamedTuple

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.signals import dying_at_once

# How long a process waits with a mistake that the first one finds as well, and whose end is then the end of all.
PATIENCE = 10.0
_UNNAMED = "none"  # what torchrun says where nothing is given
_SIGNALLED = (130, 143)  # exit codes after SIGINT and SIGTERM


class Share(NamedTuple):
    """The places that are ours among the `whole` of a batch."""

    whole: int
    ours: slice


class RankLost(UsageError):
    """Another process has ended or cannot be reached; each that notices says so."""


@dataclass(frozen=True)
class Ranks:
    """The place of this process among `count`, and `local` among the `beside` of its machine, all counted from 0.

    `restarts`: how often the launcher has begun anew after a failure, as far as it counts. `launch` is the name that it was
    given (`--rdzv-id`), the same whenever it begins anew; None where it has none.
    """

    rank: int = 0
    count: int = 1
    local: int = 0
    beside: int = 1
    restarts: int = 0
    launch: str | None = None

    @classmethod
    def here(cls) -> Ranks:
        """Returns what torchrun says in the environment; one process where nothing is said. Raises UsageError for nonsense."""
        if any(name not in os.environ for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR")):
            return cls()
        names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "TORCHELASTIC_RESTART_COUNT")
        given = [os.environ.get(name, default) for name, default in zip(names, ("", "", "0", "1", "0"), strict=True)]
        if not all(text.isdecimal() for text in given) or int(given[0]) >= int(given[1]):
            said = ", ".join(f"{name}={text}" for name, text in zip(names, given, strict=True))
            raise UsageError(f"the environment describes no group of processes: {said}; start them with torchrun")
        rank, count, local, beside, restarts = map(int, given)
        launch = os.environ.get("TORCHELASTIC_RUN_ID", _UNNAMED)
        return cls(rank, count, local, beside, restarts, None if launch == _UNNAMED else launch)

    @property
    def is_first(self) -> bool:
        """Returns whether this process is the one that writes and speaks."""
        return self.rank == 0

    @property
    def is_alone(self) -> bool:
        return self.count == 1

    def share(self, start: int, stop: int) -> slice:
        """Returns the part of the places from `start` to `stop` that is ours.

        The shares lie side by side in the order of the ranks and differ by one at most, the first ones being the larger.
        """
        each, rest = divmod(stop - start, self.count)
        first = start + self.rank * each + min(self.rank, rest)
        return slice(first, first + each + (self.rank < rest))

    def of(self, whole: int) -> Share:
        """Returns our share of a batch."""
        return Share(whole, self.share(0, whole))


ALONE = Ranks()


@contextmanager
def one_voice(ranks: Ranks) -> Iterator[None]:
    """Lets the first process speak for all: what the others print is kept back.

    A mistake is usually everybody's. The first process says it and ends, and the launcher then ends the others. One that is
    still there after some seconds has a mistake of its own, and says it.

    SIGTERM, with which the launcher ends those that are left, is obeyed at once until a run begins to watch for it.
    """
    if ranks.is_alone:
        yield
        return
    with dying_at_once():
        if ranks.is_first:
            yield
        else:
            with _kept_back(ranks):
                yield


@contextmanager
def _kept_back(ranks: Ranks) -> Iterator[None]:
    kept = io.StringIO()
    try:
        with redirect_stdout(kept), redirect_stderr(kept):
            yield
    except RankLost:
        raise
    except (Exception, SystemExit) as error:
        if isinstance(error, SystemExit) and (not isinstance(error.code, int) or error.code in (0, *_SIGNALLED)):
            raise
        time.sleep(PATIENCE)
        sys.stderr.write(f"in process {ranks.rank} of {ranks.count}:\n{kept.getvalue()}")
        raise
