"""The tables of `train { }` agree with torch and with each other."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import pytest
import torch

from cnnspec.declarations.declaration import Declaration, signature
from cnnspec.declarations.types import InitName
from cnnspec.recipe.augment import AUGMENTATIONS
from cnnspec.recipe.data import DATA
from cnnspec.recipe.init import INITS, Init
from cnnspec.recipe.loss import LOSSES, Loss
from cnnspec.recipe.optimizer import LEFT_OUT, OPTIMIZERS, Optimizer, Sgd
from cnnspec.recipe.recipe import SETTINGS, Recipe
from cnnspec.recipe.schedule import SCHEDULES, Schedule

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
    torch_class([torch.zeros(1, 1)], **kind().model_dump())


def test_every_optimizer_of_torch_is_there_or_left_out_for_a_reason() -> None:
    classes = {
        item.__name__
        for item in vars(torch.optim).values()
        if inspect.isclass(item) and issubclass(item, torch.optim.Optimizer)
    }
    left_out = {word.replace("_", "") for word in LEFT_OUT}
    assert classes - {"Optimizer"} == {kind.torch_name for kind in OPTIMIZERS.values()} | {"SparseAdam", "LBFGS"}
    assert left_out == {"sparseadam", "lbfgs"}


REDUCTIONS = {"size_average", "reduce", "reduction"}
PER_SAMPLE = {"bce": {"weight"}, "bce_with_logits": {"weight"}}


@pytest.mark.parametrize("kind", [kind for word, kind in LOSSES.items() if word != "label_smoothing"])
def test_losses_are_those_of_torch(kind: type[Loss]) -> None:
    left_out = {"self"} | REDUCTIONS | PER_SAMPLE.get(kind.keyword, set())
    assert declared(kind) == arguments(getattr(torch.nn, kind.torch_name).__init__, left_out)


def test_label_smoothing_is_cross_entropy_with_another_default() -> None:
    ours, theirs = declared(LOSSES["label_smoothing"]), declared(LOSSES["cross_entropy"])
    assert {name for name in ours.keys() | theirs.keys() if ours.get(name, (0, 0))[0] != theirs.get(name, (0, 0))[0]} == {
        "label_smoothing"
    }
    assert [name for name, (_, place) in ours.items() if place] == ["label_smoothing"]


def test_a_differing_loss_is_found() -> None:
    assert declared(LOSSES["huber"]) != arguments(torch.nn.SmoothL1Loss.__init__, {"self"} | REDUCTIONS)


# What the position of a run decides here, and the momentum that `one_cycle` leaves alone.
BY_THE_RUN = {"self", "optimizer", "last_epoch", "T_max", "total_iters", "max_lr", "total_steps", "epochs", "steps_per_epoch"}
MOMENTUM = {"cycle_momentum", "base_momentum", "max_momentum"}


@pytest.mark.parametrize("kind", [kind for word, kind in SCHEDULES.items() if word != "constant"])
def test_schedules_are_those_of_torch(kind: type[Schedule]) -> None:
    torchs = arguments(getattr(torch.optim.lr_scheduler, kind.torch_name).__init__, MOMENTUM | {"self", "optimizer"})
    ours = {name: argument for name, argument in declared(kind).items() if name != "warmup"}
    assert {name: default for name, (default, _) in ours.items()} == {
        name: default for name, (default, _) in torchs.items() if name not in BY_THE_RUN
    }
    begins_alike = next(iter(torchs)) not in BY_THE_RUN  # else the same numbers would mean something else
    assert {place for _, place in ours.values()} == {begins_alike}


def test_a_table_finds_what_its_modules_declare() -> None:
    for table in (DATA, LOSSES, OPTIMIZERS, SCHEDULES, AUGMENTATIONS, INITS):
        assert {word: kind.keyword for word, kind in table.items()} == {word: word for word in table}
    with pytest.raises(KeyError):
        OPTIMIZERS["sparse_adam"]


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


@pytest.mark.parametrize(
    "kind",
    [kind for table in (DATA, LOSSES, OPTIMIZERS, SCHEDULES, AUGMENTATIONS, INITS) for kind in table.values()],
)
def test_every_kind_says_what_it_is_and_gives_an_example(kind: type[Declaration]) -> None:
    assert kind.__doc__
    assert kind.examples
    assert all(kind.keyword in example for example in kind.examples)
    assert all(argument.says != "valid" for argument in signature(kind))
