"""Who has ended, who has fallen silent, and who has only said goodbye."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest
from torch._C._distributed_c10d import HashStore
from torch.distributed.distributed_c10d import PrefixStore, Store

from cnnspec.training.processes import lifelines as module
from cnnspec.training.processes.lifelines import Lifelines, lifelines
from cnnspec.training.processes.ranks import Ranks


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.setenv("MASTER_PORT", "1")  # nobody listens there
    monkeypatch.setattr(module, "_own_address", lambda: "localhost")
    monkeypatch.setattr(module, "REACH", 5.0)
    monkeypatch.setattr(module, "GRACE", 600.0)  # nobody is to be ended here
    return PrefixStore("test", HashStore())


@contextmanager
def connected(store: Store, count: int) -> Iterator[list[Lifelines]]:
    """Returns the lines of so many processes, which are threads here; all of them say goodbye in the end."""
    with ExitStack() as stack, ThreadPoolExecutor(count) as threads:
        made = [threads.submit(stack.enter_context, lifelines(store, Ranks(rank, count))) for rank in range(count)]
        yield [one.result() for one in made]


def test_a_goodbye_is_no_loss(store: Store) -> None:
    with connected(store, 3) as (first, second, third):
        third.close(is_done=True)
        assert [first.lost(0.8), second.lost(0.0)] == [None, None]


@pytest.mark.parametrize("ended", [0, 2])
def test_all_are_told_who_has_ended(store: Store, ended: int) -> None:
    with connected(store, 3) as processes:
        processes[ended].close(is_done=False)
        others = [lines.lost(50.0) for rank, lines in enumerate(processes) if rank != ended]
        assert others == [f"process {ended} has ended"] * 2  # and not silent for a minute


def test_who_speaks_is_not_silent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE", 3.0)
    with connected(store, 2) as (first, second):
        assert [first.lost(4.0), second.lost(0.0)] == [None, None]


def test_a_stopped_process_is_silent(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE", 1.0)
    with connected(store, 2) as (first, second):
        monkeypatch.setattr(second, "_watch", lambda: None)
        second._closing.set()  # its thread ends, and its line stays open
        assert first.lost(50.0) == "process 1 has been silent for 1 seconds"


def test_strangers_are_not_let_in(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REACH", 1.0)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(module._accepted, store, Ranks(0, 2))
        _, port, _ = store.get(module._KEY).decode().split()
        with socket.create_connection(("localhost", int(port))) as stranger:
            stranger.sendall(b"0123456789abcdef 1")
            assert stranger.recv(5) == b""
        assert first.result() == {}


def test_whoever_cannot_be_reached_is_not_watched(store: Store) -> None:
    with socket.create_server(("localhost", 0)) as server:
        free = server.getsockname()[1]
    store.set(module._KEY, f"localhost {free} word")
    assert module._opened(store, Ranks(1, 2)) == {}
