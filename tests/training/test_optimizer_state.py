"""What optimizers keep for each weight, as declared, against what torch's have after a step."""

from __future__ import annotations

import pytest
import torch

from cnnspec.recipe.optimizer import OPTIMIZERS, Adam, AdamW, Optimizer, Sgd
from cnnspec.recipe.optimizer_adaptive import RmsProp

SHAPES = [(5, 3), (4, 2, 3, 3), (7,), (1,)]
CASES = [
    *(kind() for kind in OPTIMIZERS.values()),
    Sgd(momentum=0.9),
    Adam(amsgrad=True),
    AdamW(amsgrad=True),
    RmsProp(momentum=0.9),
    RmsProp(centered=True),
    RmsProp(momentum=0.9, centered=True),
]


def kept(declared: Optimizer, shape: tuple[int, ...]) -> int:
    """Returns how many numbers torch keeps for a weight after a step, without counters (tensors without axes)."""
    weight = torch.nn.Parameter(torch.ones(shape))
    optimizer = getattr(torch.optim, declared.torch_name)([weight], **declared.model_dump())
    weight.sum().backward()
    optimizer.step()
    return sum(value.numel() for value in optimizer.state[weight].values() if torch.is_tensor(value) and value.dim() > 0)


@pytest.mark.parametrize("declared", CASES)
@pytest.mark.parametrize("shape", SHAPES)
def test_state_is_as_large_as_declared(declared: Optimizer, shape: tuple[int, ...]) -> None:
    if declared.matrices_only and len(shape) != 2:
        pytest.skip("takes matrices only")
    assert declared.state_numbers(shape) == kept(declared, shape)


def test_another_state_is_found() -> None:
    assert Adam().state_numbers((5, 3)) != kept(Adam(amsgrad=True), (5, 3))
