"""Connections that nothing but the end of a process closes: they tell at once who has ended, or has fallen silent.

gloo and NCCL mostly notice a closed connection as well, but not always (a send that was under way when the other side ended
can wait until its timeout), and they do not say who it was. Each process has a line to the first one, which tells the others.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from torch.distributed.distributed_c10d import Store

from cnnspec.training.processes.ranks import Ranks
from cnnspec.training.signals import Interrupted

TICK = 0.25  # seconds between two looks
SILENCE = 60.0  # seconds without a word, after which a process is taken to be stopped, or the network to be broken
GRACE = 2.0  # seconds in which a process that is left behind may end by itself
REACH = 20.0  # seconds for all connections
_KEY = "lifelines"


@contextmanager
def lifelines(store: Store, ranks: Ranks, run: Path | None = None) -> Iterator[Lifelines]:
    """Watches the other processes; where one of them has ended and this one is still here after `GRACE`, it is ended as well.

    A process that cannot be reached in this way (a firewall) is not watched. `run` is the folder of the run, None where that is
    not known.
    """
    lines = Lifelines(ranks, _accepted(store, ranks) if ranks.is_first else _opened(store, ranks), run)
    try:
        yield lines
    except Exception:
        lines.close(is_done=False)
        raise
    except Interrupted:
        lines.close(is_done=True)
        raise
    lines.close(is_done=True)


class Lifelines:
    """The lines of one process, by the ranks at their other ends, and the thread that looks at them."""

    def __init__(self, ranks: Ranks, lines: dict[int, socket.socket], run: Path | None = None) -> None:
        self._ranks, self._lines, self._run = ranks, lines, run
        self._silence = dict.fromkeys(lines, 0.0)
        self._lost: str | None = None
        self._told, self._closing = threading.Event(), threading.Event()
        for line in lines.values():
            line.setblocking(False)
        if hasattr(os, "register_at_fork"):  # what decodes images for us may outlive us, and would keep the lines open
            os.register_at_fork(after_in_child=self._let_go)
        self._thread = threading.Thread(target=self._watch, name="lifelines", daemon=True)
        self._thread.start()

    def lost(self, within: float) -> str | None:
        """Returns `process 1 has ended` or `process 1 is silent`; None where that is not known within so many seconds."""
        self._told.wait(within)
        return self._lost

    def close(self, is_done: bool) -> None:
        """Ends the watch; without `is_done` the other processes take it that this one has failed."""
        self._closing.set()
        self._thread.join()
        if is_done:
            for line in self._lines.values():
                _say(line, "bye")
        self._let_go()

    def _let_go(self) -> None:
        for line in self._lines.values():
            line.close()

    def _watch(self) -> None:
        while self._lost is None and not self._closing.wait(TICK):
            for rank, line in list(self._lines.items()):
                self._listen(rank, line)
                _say(line, "here")
        if self._lost is None:
            return
        for line in self._lines.values():
            _say(line, self._lost)
        self._told.set()
        if not self._closing.wait(GRACE):
            print(f"error: {end_of(self._ranks, self._lost, self._run)}", file=sys.__stderr__, flush=True)
            os._exit(2)  # the main thread waits where no exception reaches it

    def _listen(self, rank: int, line: socket.socket) -> None:
        """Notes what came from a process, and whether anything did. A tick is one of ours: whoever is stopped counts none."""
        self._silence[rank] += TICK
        if self._silence[rank] > SILENCE:
            self._lost = f"process {rank} has been silent for {SILENCE:.0f} seconds"
        with suppress(BlockingIOError):
            try:
                words = line.recv(1 << 16).decode("ascii", "replace").split("\n")
            except ConnectionError:
                words = [""]
            self._silence[rank] = 0.0
            told = [word for word in words if word.startswith("process ")]
            if told:
                self._lost = told[0]
            elif "bye" in words:
                self._lines.pop(rank).close()
            elif words == [""]:  # closed
                self._lost = f"process {rank} has ended"


def end_of(ranks: Ranks, reason: str, run: Path | None) -> str:
    """Returns what a process says that cannot go on without another one; `run` is None where it does not know the folder."""
    resumed = "`--resume` with the folder of the run" if run is None else f"`cnnspec train --resume {run}`"
    ends = f"process {ranks.rank} of {ranks.count} ends, because {reason}"
    return f"{ends}; {resumed}, started with torchrun again, goes on from the last checkpoint"


def _say(line: socket.socket, word: str) -> None:
    with suppress(OSError):  # closed, or full: whoever does not read is silent as well
        line.send(f"{word}\n".encode())


def _accepted(store: Store, ranks: Ranks) -> dict[int, socket.socket]:
    """Returns the lines of the first process. It says in the store where it listens, and a word that strangers do not know."""
    word = secrets.token_hex(16)
    found: dict[int, socket.socket] = {}
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    with socket.create_server(("", 0), family=family, backlog=ranks.count, dualstack_ipv6=both) as server:
        server.settimeout(REACH)
        store.set(_KEY, f"{_own_address()} {server.getsockname()[1]} {word}")
        with suppress(TimeoutError):
            while len(found) < ranks.count - 1:
                line, _ = server.accept()
                line.settimeout(REACH)
                with suppress(OSError, ValueError):
                    said, rank = line.recv(64).decode("ascii", "replace").split()
                    if secrets.compare_digest(said, word):
                        line.sendall(b"here\n")
                        found[int(rank)] = line
                        continue
                line.close()
    return found


def _opened(store: Store, ranks: Ranks) -> dict[int, socket.socket]:
    """Returns the line to the first process."""
    address, port, word = store.get(_KEY).decode().split()
    try:
        line = socket.create_connection((address, int(port)), timeout=REACH)
        line.sendall(f"{word} {ranks.rank}".encode())
        return {0: line} if line.recv(5) == b"here\n" else {}
    except OSError:
        return {}


def _own_address() -> str:
    """Returns the address under which the machine of torchrun's store sees this one, and so do the others."""
    with (
        suppress(OSError, ValueError),
        socket.create_connection((os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])), timeout=REACH) as line,
    ):
        return str(line.getsockname()[0])
    return socket.gethostname()
