"""What torch.optim refuses is refused here, and what is accepted here can be trained with: every argument, many values."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

from cnnspec.declarations.declaration import Argument, Refused, signature, validated
from cnnspec.recipe.optimizer import OPTIMIZERS, Optimizer

NUMBERS = (-1.0, -0.1, -1e-9, 0.0, 1e-9, 0.5, 0.999, 1.0, 1.001, 2.0, 100.0, float("inf"), float("nan"))
INTEGERS = (-1, 0, 1, 5, 99, 100)
MODERATE = 2.0  # what is larger may make weights infinite in some steps, and the run says so


def candidates(argument: Argument) -> list[Any]:
    """Returns values to try for an argument, of the type of its default."""
    default = argument.default
    if isinstance(default, bool):
        return [True, False]
    if isinstance(default, int):
        return list(INTEGERS)
    if isinstance(default, float):
        return list(NUMBERS)
    if isinstance(default, tuple) and len(default) == 2:
        return list(itertools.product(NUMBERS, repeat=2))
    return ["original", "match_rms_adamw", "no such word", None]


def accepts(kind: type[Optimizer], name: str, value: Any) -> bool:
    try:
        validated(kind, {name: value})
    except Refused:
        return False
    return True


def torch_refuses(kind: type[Optimizer], name: str, value: Any) -> bool:
    """Returns whether torch raises for an argument, at once or in a step; such values need not be wrong in other ways."""
    weight = torch.nn.Parameter(torch.ones(2, 2))
    try:
        optimizer = getattr(torch.optim, kind.torch_name)([weight], **{name: value})
        weight.grad = torch.full((2, 2), 0.5)
        optimizer.step()
    except (ValueError, TypeError, RuntimeError, OverflowError):
        return True
    return False


def is_moderate(value: Any) -> bool:
    numbers = value if isinstance(value, tuple) else (value,)
    return all(not isinstance(number, float) or number <= MODERATE for number in numbers)


TOGETHER = {("sgd", "nesterov")}  # a mistake only without momentum: see `NesterovWithoutMomentum`
ALL = [(kind, argument) for kind in OPTIMIZERS.values() for argument in signature(kind)]
CASES = [(kind, argument) for kind, argument in ALL if (kind.keyword, argument.name) not in TOGETHER]


@pytest.mark.parametrize(("kind", "argument"), CASES, ids=[f"{kind.keyword}-{argument.name}" for kind, argument in CASES])
def test_what_torch_refuses_is_refused(kind: type[Optimizer], argument: Argument) -> None:
    values = candidates(argument)
    wrong = [v for v in values if accepts(kind, argument.name, v) and torch_refuses(kind, argument.name, v)]
    assert wrong == []


@pytest.mark.parametrize(("kind", "argument"), CASES, ids=[f"{kind.keyword}-{argument.name}" for kind, argument in CASES])
def test_what_is_accepted_keeps_weights_finite(kind: type[Optimizer], argument: Argument) -> None:
    for value in candidates(argument):
        if not accepts(kind, argument.name, value) or not is_moderate(value):
            continue
        weight = torch.nn.Parameter(torch.ones(2, 2))
        optimizer = getattr(torch.optim, kind.torch_name)([weight], **{argument.name: value})
        for _ in range(5):
            weight.grad = torch.full((2, 2), 0.5)
            optimizer.step()
        assert bool(weight.isfinite().all()), (argument.name, value)


def test_the_comparison_can_fail() -> None:
    sgd, rmsprop = OPTIMIZERS["sgd"], OPTIMIZERS["rmsprop"]
    assert torch_refuses(sgd, "lr", -1.0)
    assert not accepts(sgd, "lr", -1.0)
    assert not torch_refuses(sgd, "momentum", 2.0)
    assert not accepts(sgd, "momentum", 2.0)
    assert not accepts(rmsprop, "alpha", 1.001)


@pytest.mark.parametrize("momentum", [1.0, 1.5])
def test_why_momentum_stays_below_one(momentum: float) -> None:
    """The truth is torch: on a parabola, momentum of 1 and more never comes to rest; 0.9 does."""

    def distance(momentum: float) -> float:
        weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
        optimizer = torch.optim.SGD([weight], lr=0.1, momentum=momentum)
        for _ in range(400):
            optimizer.zero_grad()
            (weight**2).sum().backward()
            optimizer.step()
        return float(weight.detach().abs().max() + optimizer.state[weight]["momentum_buffer"].abs().max())

    assert distance(0.9) < 1e-6
    assert distance(momentum) > 0.5
