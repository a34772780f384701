"""Does a recipe make sense by itself, and for how much data there is? What can be told without reading data."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cnnspec.recipe.batch_count import batch_count
from cnnspec.recipe.data import DATA, is_shared
from cnnspec.recipe.loss import CrossEntropy, Nll
from cnnspec.recipe.optimizer import Sgd
from cnnspec.recipe.problems import EmptyRange, NesterovWithoutMomentum, RecipeProblem
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.value_problems import (
    AccumulateExceedsEpoch,
    AverageTooSlow,
    BatchExceedsData,
    DecayExceedsWeight,
    EmptyTestPart,
    IgnoredClass,
    LearningRateZero,
    NeverStopsEarly,
    NoClassCounts,
    ReversedSteps,
    WrongMaskValues,
    counted_samples,
)
from cnnspec.values.shapes import Shape

Problems = Iterator[RecipeProblem]


def senseless(recipe: Recipe, input_shape: Shape, output_shape: Shape) -> list[RecipeProblem]:
    """Returns settings that make no sense together, or for the sizes of the images."""
    found = [*_optimizer(recipe), *_loss(recipe, output_shape.channels)]
    # Files that name no schedule, or change no images, do without the kinds that there are.
    if recipe.schedule is not None:
        from cnnspec.recipe.schedule_sense import schedule_problems

        found += schedule_problems(recipe.schedule, recipe.optimizer.lr, recipe.epochs)
    init = recipe.init
    if init is not None and init.range is not None and init.range[0] >= init.range[1]:
        found.append(EmptyRange(*init.range))
    if recipe.early_stopping is not None and recipe.early_stopping >= recipe.epochs:
        found.append(NeverStopsEarly(recipe.early_stopping, recipe.epochs))
    values = getattr(recipe.data, "mask_values", None)
    if values is not None and not recipe.loss.compares_labels:
        text = f"`mask_values` numbers the classes of masks, but `{recipe.loss.keyword}` compares images"
        found.append(WrongMaskValues(text, "leave it out, or write `loss cross_entropy`"))
    elif values is not None and len(set(values)) < len(values):
        found.append(WrongMaskValues("`mask_values` has one value for two classes", "give each class a value of its own"))
    if recipe.augment:
        from cnnspec.recipe.augment_sense import augment_problems

        found += augment_problems(recipe.augment, input_shape)
    return found


def amount_problems(recipe: Recipe, train: int, test: int) -> list[RecipeProblem]:
    """Returns what is wrong with a recipe for so many samples. That there are none at all is told when data is read."""
    found: list[RecipeProblem] = []
    if train == 0:
        return found
    share = getattr(recipe.data, "test", 0)
    if recipe.data is not None and share > 0 and test == 0:
        found.append(EmptyTestPart(share, train, is_given=recipe.data.keyword not in DATA))
    batches = batch_count(train, recipe.batch)
    if train < recipe.batch:
        is_by_test = test > train and train + test >= recipe.batch and is_shared(recipe.data, train, test)
        found.append(BatchExceedsData(counted_samples(train), recipe.batch, test if is_by_test else None))
    elif recipe.accumulate > batches:
        found.append(AccumulateExceedsEpoch(recipe.accumulate, batches))
    steps = recipe.epochs * math.ceil(batches / recipe.accumulate)
    # The average begins as the weights after the first step, and keeps the share `ema` of itself in each of the others.
    if recipe.ema is not None and (kept := recipe.ema ** (steps - 1)) > 0.5:
        found.append(AverageTooSlow(recipe.ema, steps, kept))
    return found


def _optimizer(recipe: Recipe) -> Problems:
    optimizer = recipe.optimizer
    if isinstance(optimizer, Sgd) and optimizer.nesterov and (optimizer.momentum <= 0 or optimizer.dampening != 0):
        yield NesterovWithoutMomentum()
    if optimizer.decay >= 1:
        yield DecayExceedsWeight(optimizer.keyword, optimizer.decay)
    if optimizer.lr == 0:
        yield LearningRateZero()
    low, high = getattr(optimizer, "step_sizes", (0, 1))
    if low > high:
        yield ReversedSteps(low, high)


def _loss(recipe: Recipe, outputs: int) -> Problems:
    loss = recipe.loss
    if not isinstance(loss, CrossEntropy | Nll):
        return
    if loss.weight is not None and not any(loss.weight):
        yield NoClassCounts(loss.keyword)
    if 0 <= loss.ignore_index < outputs:
        yield IgnoredClass(loss.ignore_index, outputs)
