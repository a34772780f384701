"""Small steps take one thread, and leave the number of threads as it was."""

from __future__ import annotations

import pytest
import torch

from cnnspec.training.threads import SMALL_STEP, threads_for


@pytest.fixture(autouse=True)
def _three_threads(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("macs", "threads"), [(1, 1), (SMALL_STEP - 1, 1), (SMALL_STEP, 3)])
def test_threads(macs: int, threads: int) -> None:
    with threads_for(macs):
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == 3


def test_a_mistake_within_restores_them() -> None:
    with pytest.raises(ZeroDivisionError), threads_for(1):
        _ = 1 // 0
    assert torch.get_num_threads() == 3


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    with threads_for(1):
        assert torch.get_num_threads() == 3
