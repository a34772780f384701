"""Freed memory stays with the process while it trains, and goes back to the system afterwards."""

from __future__ import annotations

import platform

import pytest
import torch

from cnnspec.training.heap import LARGE, heap_for

resource = pytest.importorskip("resource", reason="only Unix counts page faults")
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no mallopt")

PAGE = 4096
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
    with heap_for(BLOCK, BLOCK):
        assert pages_got(rounds=10) < BLOCK // PAGE // 2


@glibc
def test_memory_is_given_back_afterwards() -> None:
    with heap_for(BLOCK, BLOCK):
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

    with pytest.raises(ZeroDivisionError), heap_for(BLOCK, BLOCK):
        fail()
    assert resident() < held[0] - BLOCK // 2


@glibc
@pytest.mark.parametrize(("largest", "whole"), [(LARGE - 1, BLOCK), (BLOCK, 1 << 50)])
def test_small_blocks_and_little_memory_are_left_alone(largest: int, whole: int) -> None:
    with heap_for(largest, whole):
        assert pages_got(rounds=10) >= 5 * BLOCK // PAGE or huge_pages()


@glibc
@pytest.mark.parametrize(("name", "value"), [("MALLOC_TRIM_THRESHOLD_", "131072"), ("GLIBC_TUNABLES", "glibc.malloc.mxfast=0")])
def test_whoever_sets_it_through_the_environment_decides(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with heap_for(BLOCK, BLOCK):
        assert pages_got(rounds=10) >= 5 * BLOCK // PAGE or huge_pages()


def resident() -> int:
    """Returns the bytes of memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE


def huge_pages() -> bool:
    """Returns whether the system hands out large pages unasked, of which there are few."""
    with open("/sys/kernel/mm/transparent_hugepage/enabled", encoding="ascii") as file:
        return "[always]" in file.read()
