"""Freed memory stays with the process while it trains, and goes back to the system afterwards.

Each measurement is made in a process of its own: what others have left on a heap, pages included, is used before new memory.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar
from unittest import mock

import pytest
import torch
from training_specs import compiled

from cnnspec.training import heap
from cnnspec.training.heap import LARGE, heap_for, kept_heap

resource = pytest.importorskip("resource", reason="only Unix counts page faults")
pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no mallopt")

HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")
small_pages = pytest.mark.skipif(
    HUGE_PAGES.is_file() and "[always]" in HUGE_PAGES.read_text(),
    reason="huge pages are few",
)

Result = TypeVar("Result")

PAGE = 4096
WIDTH = -(-LARGE // 20)  # numbers of four bytes, of which five samples make a large block
BLOCK = 40 << 20  # bytes; glibc by itself returns blocks of 32 MiB and more at once, whatever came before


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MALLOC_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)


def measured(measure: Callable[..., Result], *arguments: object) -> Result:
    """Returns what a function of this file returns in a process that has done nothing else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measure, *arguments).result()


def test_memory_is_used_again() -> None:
    assert measured(pages_when_kept) < BLOCK // PAGE // 2


def pages_when_kept() -> int:
    with kept_heap():
        return pages_got(rounds=10)


def test_memory_is_given_back_afterwards() -> None:
    held, left = measured(held_and_left)
    assert left < held - BLOCK // 2


def held_and_left() -> tuple[int, int]:
    with kept_heap():
        pages_got(rounds=1)
        held = resident()
    return held, resident()


def test_a_mistake_within_gives_it_back_as_well() -> None:
    held, left = measured(held_and_left_by_mistake)
    assert left < held - BLOCK // 2


def held_and_left_by_mistake() -> tuple[int, int]:
    held = 0
    with suppress(ZeroDivisionError), kept_heap():
        pages_got(rounds=1)
        held = resident()
        raise ZeroDivisionError
    return held, resident()


@small_pages
@pytest.mark.parametrize(("samples", "free", "is_kept"), [(4, 2**40, False), (5, 2**40, True), (5, 5 * 4 * WIDTH, False)])
def test_it_pays_for_large_blocks_where_memory_has_room(samples: int, free: int, is_kept: bool) -> None:
    assert (measured(pages_with_room, samples, free) < BLOCK // PAGE // 2) is is_kept


def pages_with_room(samples: int, free: int) -> int:
    network = compiled(f"network N {{\n    input {WIDTH}\n    relu\n    linear 2\n}}")
    with mock.patch.object(heap, "free_memory", return_value=free), heap_for(network, samples):
        return pages_got(rounds=10)


@small_pages
@pytest.mark.parametrize(("name", "value"), [("MALLOC_TRIM_THRESHOLD_", "131072"), ("GLIBC_TUNABLES", "glibc.malloc.mxfast=0")])
def test_whoever_sets_it_through_the_environment_decides(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert measured(pages_when_kept) >= 5 * BLOCK // PAGE


def pages_got(rounds: int) -> int:
    """Returns how many pages the system hands out while blocks are filled and freed, once the heap has become large enough."""
    for _ in range(20):
        torch.ones(BLOCK, dtype=torch.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(rounds):
        torch.ones(BLOCK, dtype=torch.uint8)
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)


def resident() -> int:
    """Returns the bytes of memory that this process holds."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * PAGE
