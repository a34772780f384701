"""A recipe survives its way through JSON."""

from __future__ import annotations

import json

import pytest

from cnnspec.recipe.augment_kinds import HorizontalFlip, RandomCrop
from cnnspec.recipe.data import Csv, Digits
from cnnspec.recipe.init_schemes import KaimingNormal
from cnnspec.recipe.loss import CrossEntropy, Mse
from cnnspec.recipe.optimizer import AdamW
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedule_curves import MultiStep
from cnnspec.recipe.stored import from_json, to_json

RECIPES = [
    Recipe(),
    Recipe(data=Digits(resize=(28, 30), normalize=(0.1, (0.3,))), loss=Mse(), init=KaimingNormal(mode="fan_out"), seed=2**62),
    Recipe(
        loss=CrossEntropy(weight=(1.0, 2.5), label_smoothing=0.1),
        schedule=MultiStep(milestones=(2, 4), warmup=0.5),
        augment=(RandomCrop(padding=(1, 2)), HorizontalFlip()),
        freeze=("features", "head.0"),
    ),
    Recipe(data=Csv(path="x.csv", target="price"), optimizer=AdamW(lr=1, betas=(0.5, 0.9)), batch=1, epochs=3),
]


@pytest.mark.parametrize("recipe", RECIPES)
def test_there_and_back(recipe: Recipe) -> None:
    assert from_json(json.loads(json.dumps(to_json(recipe)))) == recipe


def test_recipes_that_differ_are_not_equal() -> None:
    assert from_json(to_json(RECIPES[0])) != RECIPES[1]


@pytest.mark.parametrize(
    "stored",
    [{"dat": None}, {"data": "digits"}, {"data": {"kind": "digit"}}, {"batch": 0}, {"optimizer": {"kind": "sgd", "lr": -1}}],
)
def test_anything_else_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(stored)
