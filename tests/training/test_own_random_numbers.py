"""Whatever is seeded and drawn for a run, torch's generators go on behind it as if nothing had been."""

from __future__ import annotations

import pytest
import torch

from cnnspec.training.device import own_random_numbers


def test_those_of_the_cpu() -> None:
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with own_random_numbers():
        torch.manual_seed(2)
        torch.rand(5)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("is_used", [True, False])
def test_those_of_all_gpus_that_may_have_drawn(monkeypatch: pytest.MonkeyPatch, is_used: bool) -> None:
    """Two GPUs that are states in a dictionary: seeding changes both, whichever of them computes."""
    states = {0: torch.tensor([1]), 1: torch.tensor([2])}
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: is_used)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(states))
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: states[device])
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: states.update({device: state}))
    with own_random_numbers():
        states.update({0: torch.tensor([7]), 1: torch.tensor([7])})
    assert [int(state) for state in states.values()] == ([1, 2] if is_used else [7, 7])
