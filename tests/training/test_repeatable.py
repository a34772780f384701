"""On a GPU PyTorch is asked for the same bits each time, and what it says it cannot do becomes a note."""

from __future__ import annotations

import os
import warnings

import pytest
import torch
from torch.nn import functional

from cnnspec.training.repeatable import repeatable

CUDA, CPU = torch.device("cuda"), torch.device("cpu")


@pytest.fixture(autouse=True)
def _variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")


def settings() -> tuple[bool, bool, bool]:
    return (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]
    )


def unpool() -> None:
    """Does what PyTorch has no deterministic algorithm for, on a CPU either."""
    functional.max_unpool2d(torch.ones(1, 1, 1, 1), torch.zeros(1, 1, 1, 1, dtype=torch.int64), 2)


def test_what_has_no_algorithm_is_noted_once() -> None:
    notes: list[str] = []
    with repeatable(CUDA, notes.append):
        unpool()
        unpool()
    assert len(notes) == 1
    assert "`max_unpooling2d_forward_out`" in notes[0]


def test_only_within_and_on_a_gpu() -> None:
    before = settings()
    with repeatable(CPU, pytest.fail):
        unpool()
        assert settings() == before
    with repeatable(CUDA, pytest.fail):
        assert settings() == (True, True, False)
    assert settings() == before
    unpool()


def test_settings_of_others_are_back_after_a_mistake() -> None:
    torch.use_deterministic_algorithms(True)
    try:
        before = settings()
        with pytest.raises(ZeroDivisionError), repeatable(CUDA, pytest.fail):
            raise ZeroDivisionError
        assert settings() == before
    finally:
        torch.use_deterministic_algorithms(False)


def test_other_warnings_are_shown() -> None:
    with pytest.warns(UserWarning, match="something else"), repeatable(CUDA, pytest.fail):
        warnings.warn("something else", stacklevel=1)


def test_what_is_intended_is_not_warned_of() -> None:
    """PyTorch's own words where the variable is missing when the first product comes, and for steps that are not recorded."""
    with repeatable(CUDA, pytest.fail):
        warnings.warn(
            "Deterministic behavior was enabled with either `torch.use_deterministic_algorithms(True)` or "
            "`at::Context::setDeterministicAlgorithms(true)`, but this operation is not deterministic because it uses "
            "CuBLAS and you have CUDA >= 10.2.",
            stacklevel=1,
        )
        warnings.warn(
            "This instance was constructed with capturable=True or some of all the param_groups came with capturable=True, but "
            "step() is running without CUDA graph capture.",
            stacklevel=1,
        )


def test_the_variable_is_set_where_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    with repeatable(CUDA, pytest.fail):
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    with repeatable(CUDA, pytest.fail):
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
