"""The optimizers that a recipe builds do what torch's do when they are called by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnspec.recipe.optimizer import OPTIMIZERS, Adam, AdamW, Optimizer, Sgd
from cnnspec.recipe.optimizer_directions import Muon
from cnnspec.training.optimizer import build_optimizer

CASES = [
    *(kind(lr=0.1) for word, kind in OPTIMIZERS.items() if word != "muon"),
    Sgd(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    Sgd(lr=0.1, momentum=0.9, dampening=0.5),
    Adam(lr=0.1, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True),
    Adam(lr=0.1, weight_decay=0.1, decoupled_weight_decay=True),
    AdamW(lr=0.1, weight_decay=0.5, maximize=True),
]


def after_steps(make: type[torch.optim.Optimizer] | None, declared: Optimizer) -> torch.Tensor:
    """Returns the weight of a linear layer after some steps, with an optimizer made by hand or from its declaration."""
    torch.manual_seed(0)
    model = nn.Linear(4, 3)
    optimizer = build_optimizer(declared, model) if make is None else make(model.parameters(), **declared.model_dump())
    inputs = torch.rand(8, 4)
    for _ in range(5):
        optimizer.zero_grad()
        (model(inputs) ** 2).mean().backward()
        optimizer.step()
    return model.weight.detach()


@pytest.mark.parametrize("declared", CASES)
def test_steps_are_those_of_torch(declared: Optimizer) -> None:
    expected = after_steps(getattr(torch.optim, declared.torch_name), declared)
    torch.testing.assert_close(after_steps(None, declared), expected, rtol=1e-5, atol=1e-6)


def test_muon_is_that_of_torch() -> None:
    model = nn.Linear(4, 3, bias=False)
    optimizer = build_optimizer(Muon(lr=0.1), model)
    assert isinstance(optimizer, torch.optim.Muon)
    assert optimizer.defaults["lr"] == 0.1


def test_a_step_in_one_pass_where_torch_has_one() -> None:
    for kind in OPTIMIZERS.values():
        chosen = build_optimizer(kind(), nn.Linear(4, 3, bias=False)).defaults.get("fused")
        assert bool(chosen) == (kind.keyword in {"sgd", "adam", "adamw", "adagrad"})


def test_other_arguments_make_other_steps() -> None:
    weights = [after_steps(None, declared) for declared in CASES]
    for index, one in enumerate(weights):
        assert not any(torch.allclose(one, other) for other in weights[:index])
