"""Freed memory stays with the process while it trains, and goes back to the system afterwards."""

from __future__ import annotations

import platform

import pytest
import torch
from training_specs import compiled

from cnnspec.training import heap
from cnnspec.training.heap import LARGE, heap_for, kept_heap

resource = pytest.importorskip("resource", reason="only Unix counts page faults")
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no mallopt")

PAGE = 4096
WIDTH = -(-LARGE // 20)  # numbers of four bytes, of which five samples make a large block
BLOCK = 40 << 20  # bytes; glibc by itself returns blocks of 32 MiB and more at once, whatever came before


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_TOP_PAD_", "MALLOC_ARENA_MAX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)


def pages_got(rounds: int) -> int:
    """Returns how many pages the system hands out while blocks are filled and freed, once the heap has become large enough."""
    for _ in range(20):
        torch.ones(BLOCK, dtype=torch.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        torch.ones(BLOCK, dtype=torch.uint8)
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)


@glibc
def test_memory_is_used_again() -> None:
    with kept_heap():
        assert pages_got(rounds=10) < BLOCK // PAGE // 2


@glibc
def test_memory_is_given_back_afterwards() -> None:
    with kept_heap():
        pages_got(rounds=1)
        held = resident()
    assert resident() < held - BLOCK // 2


@glibc
def test_a_mistake_within_gives_it_back_as_well() -> None:
    held = []

    def fail() -> None:
        pages_got(rounds=1)
        held.append(resident())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), kept_heap():
        fail()
    assert resident() < held[0] - BLOCK // 2


@glibc
@pytest.mark.parametrize(("samples", "free", "is_kept"), [(4, 2**40, False), (5, 2**40, True), (5, 5 * 4 * WIDTH, False)])
def test_it_pays_for_large_blocks_where_memory_has_room(
    monkeypatch: pytest.MonkeyPatch, samples: int, free: int, is_kept: bool
) -> None:
    monkeypatch.setattr(heap, "free_memory", lambda: free)
    network = compiled(f"network N {{\n    input {WIDTH}\n    relu\n    linear 2\n}}")
    with heap_for(network, samples):
        assert (pages_got(rounds=10) < BLOCK // PAGE // 2) is is_kept or huge_pages()


@glibc
@pytest.mark.parametrize(("name", "value"), [("MALLOC_TRIM_THRESHOLD_", "131072"), ("GLIBC_TUNABLES", "glibc.malloc.mxfast=0")])
def test_whoever_sets_it_through_the_environment_decides(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with kept_heap():
        assert pages_got(rounds=10) >= 5 * BLOCK // PAGE or huge_pages()


def resident() -> int:
    """Returns the bytes of memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE


def huge_pages() -> bool:
    """Returns whether the system hands out large pages unasked, of which there are few."""
    with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
        return "[always]" in file.read()
