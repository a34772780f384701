"""What is said where a run goes on with another machine, or other numbers of threads and processes."""

from __future__ import annotations

import pytest

from cnnspec.training.machine import differences

HERE = {"cnnspec": "0.1.0", "torch": "2.13.0", "device": "cpu", "threads": "2", "precision": "fp32", "processes": "1"}


def test_nothing_is_said_of_the_same() -> None:
    assert differences(HERE, HERE) == []


@pytest.mark.parametrize(
    ("name", "before", "said"),
    [
        ("threads", "1", "1 thread before, 2 now"),
        ("processes", "2", "2 processes before, 1 now"),
        ("torch", "2.12.1", "PyTorch 2.12.1 before, 2.13.0 now"),
        ("device", "NVIDIA H100", "the device NVIDIA H100 before, cpu now"),
    ],
)
def test_what_differs(name: str, before: str, said: str) -> None:
    assert differences({**HERE, name: before}, HERE) == [said]


def test_what_earlier_runs_did_not_tell_is_passed_over() -> None:
    assert differences({}, HERE) == []
