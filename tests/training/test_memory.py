"""How much memory there is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cnnspec.training.data.memory import fits_in_memory, free_memory, memory


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_is_what_the_kernel_says() -> None:
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    assert 0 < free_memory() <= memory() <= 1024 * int(lines["MemTotal"].split()[0])
    assert not fits_in_memory(memory())


def test_where_nobody_tells_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: no `sysconf`, and none of Linux' files."""

    def none(path: Path) -> str:
        raise FileNotFoundError(path)

    monkeypatch.delattr(os, "sysconf")
    monkeypatch.setattr(Path, "read_text", none)
    assert memory() == free_memory() == sys.maxsize
    assert fits_in_memory(10**15)
