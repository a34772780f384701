"""The tables of `train { }` agree with torch and with each other."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import pytest
import torch

from cnnspec.declarations.declaration import Declaration, signature
from cnnspec.declarations.types import InitName
from cnnspec.recipe.data import DATA
from cnnspec.recipe.init import INITS, Init
from cnnspec.recipe.loss import LOSSES
from cnnspec.recipe.optimizer import OPTIMIZERS, Optimizer, Sgd
from cnnspec.recipe.recipe import SETTINGS, Recipe

IMPLEMENTATION = {"foreach", "fused", "capturable", "differentiable"}


def arguments(function: Any, leave_out: set[str]) -> dict[str, tuple[Any, bool]]:
    """Returns default (None for a required argument) and whether it may be positional, by name."""
    found = inspect.signature(function).parameters.values()
    return {
        item.name: (None if item.default is item.empty else item.default, item.kind is item.POSITIONAL_OR_KEYWORD)
        for item in found
        if item.name not in leave_out
    }


def declared(kind: type[Declaration]) -> dict[str, tuple[Any, bool]]:
    return {item.name: (None if item.required else item.default, item.positional) for item in signature(kind)}


def differences(kind: type[Optimizer], torch_class: type[torch.optim.Optimizer]) -> set[str]:
    """Returns the arguments whose presence, default or place differ from torch's."""
    ours, theirs = declared(kind), arguments(torch_class.__init__, {"self", "params"} | IMPLEMENTATION)
    differing = {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    if [name for name, (_, place) in ours.items() if place] != [name for name, (_, place) in theirs.items() if place]:
        differing.add("order")
    return differing


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
def test_optimizers_are_those_of_torch(kind: type[Optimizer]) -> None:
    torch_class = getattr(torch.optim, kind.torch_name)
    assert differences(kind, torch_class) == set()
    torch_class([torch.zeros(1)], **kind().model_dump())


def test_a_differing_optimizer_is_found() -> None:
    assert differences(Sgd, torch.optim.Adam) >= {"momentum", "betas", "order"}


@pytest.mark.parametrize("kind", INITS.values())
def test_initialisations_are_those_of_torch(kind: type[Init]) -> None:
    assert declared(kind) == arguments(getattr(torch.nn.init, kind.keyword + "_"), {"tensor", "generator"})


def test_initialisations_by_name_alone_are_those_without_required_arguments() -> None:
    alone = {name for name, kind in INITS.items() if not any(argument.required for argument in signature(kind))}
    assert set(get_args(get_args(InitName)[0])) == alone


def test_settings_are_the_fields_of_the_recipe() -> None:
    assert list(SETTINGS) == list(Recipe.model_fields)


@pytest.mark.parametrize("kind", [*DATA.values(), *LOSSES.values(), *OPTIMIZERS.values(), *INITS.values()])
def test_every_kind_says_what_it_is_and_gives_an_example(kind: type[Declaration]) -> None:
    assert kind.__doc__
    assert kind.examples
    assert all(kind.keyword in example for example in kind.examples)
    assert all(argument.says != "valid" for argument in signature(kind))
