"""Does a recipe make sense by itself, and for how much data there is? What can be told without reading data."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.augment_kinds import Cutout, RandomAffine, RandomCrop, RandomErasing
from cnnspec.recipe.loss import CrossEntropy, Nll
from cnnspec.recipe.optimizer import Sgd
from cnnspec.recipe.problems import EmptyRange, NesterovWithoutMomentum, RecipeProblem
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedule_curves import Cosine, MultiStep, OneCycle, Step
from cnnspec.recipe.value_problems import (
    AccumulateExceedsEpoch,
    AugmentDoesNotFit,
    AugmentHidesImage,
    AverageTooSlow,
    BatchExceedsData,
    DecayExceedsWeight,
    EmptyTestPart,
    IgnoredClass,
    LearningRateZero,
    NeverStopsEarly,
    NoClassCounts,
    RateRises,
    ReversedRange,
    ReversedSteps,
    ScheduleBeyondRun,
    WrongMaskValues,
    counted_samples,
)
from cnnspec.values.shapes import Shape

Problems = Iterator[RecipeProblem]


def senseless(recipe: Recipe, input_shape: Shape, output_shape: Shape) -> list[RecipeProblem]:
    """Returns settings that make no sense together, or for the sizes of the images."""
    found = [*_optimizer(recipe), *_schedule(recipe), *_loss(recipe, output_shape.channels)]
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
    for position, kind in enumerate(recipe.augment):
        found += _ranges(kind, position)
        if input_shape.rank == 3 and not input_shape.is_symbolic:
            height, width = input_shape.spatial
            found += _room(kind, position, height, width)
    return found


def amount_problems(recipe: Recipe, train: int, test: int) -> list[RecipeProblem]:
    """Returns what is wrong with a recipe for so many samples. That there are none at all is told when data is read."""
    found: list[RecipeProblem] = []
    if train == 0:
        return found
    share = getattr(recipe.data, "test", 0)
    if share > 0 and test == 0:
        found.append(EmptyTestPart(share, train))
    batches = math.ceil(train / recipe.batch)
    if train < recipe.batch:
        found.append(BatchExceedsData(counted_samples(train), recipe.batch))
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


def _schedule(recipe: Recipe) -> Problems:
    schedule, epochs = recipe.schedule, recipe.epochs
    if schedule is None:
        return
    run = "a run of 1 epoch" if epochs == 1 else f"a run of {epochs} epochs"
    if schedule.warmup >= epochs:
        text = f"a warm-up of {schedule.warmup:g} epochs takes all of {run}: the learning rate only rises"
        yield ScheduleBeyondRun("warmup", text, "a warm-up is a small part of a run, often a twentieth")
    if isinstance(schedule, Step) and schedule.step_size >= epochs:
        text = f"{run} ends before the learning rate changes: `step_size` is {schedule.step_size}"
        yield ScheduleBeyondRun("step_size", text, "change it earlier, or train for more epochs")
    if isinstance(schedule, MultiStep) and (late := sorted({at for at in schedule.milestones if at >= epochs})):
        what = f"milestone {late[0]}" if len(late) == 1 else f"milestones {', '.join(map(str, late))}"
        yield ScheduleBeyondRun("milestones", f"{run} ends before the {what}", "place it earlier, or train for more epochs")
    if isinstance(schedule, OneCycle) and schedule.three_phase and schedule.pct_start >= 0.5:
        text = f"up and down again in `pct_start={schedule.pct_start:g}` of the run each leave nothing for the third phase"
        yield ScheduleBeyondRun("pct_start", text, "with `three_phase`, `pct_start` is below 0.5")
    if isinstance(schedule, Cosine) and schedule.eta_min > recipe.optimizer.lr > 0:
        yield RateRises(recipe.optimizer.lr, schedule.eta_min)


def _loss(recipe: Recipe, outputs: int) -> Problems:
    loss = recipe.loss
    if not isinstance(loss, CrossEntropy | Nll):
        return
    if loss.weight is not None and not any(loss.weight):
        yield NoClassCounts(loss.keyword)
    if 0 <= loss.ignore_index < outputs:
        yield IgnoredClass(loss.ignore_index, outputs)


def _ranges(kind: Augmentation, position: int) -> Problems:
    """Returns the ranges of an augmentation that are the wrong way round."""
    names = {RandomErasing: ("scale", "ratio"), RandomAffine: ("scale",)}.get(type(kind), ())
    for name in names:
        low, high = getattr(kind, name) or (1, 1)
        if low > high:
            yield ReversedRange(position, name, kind.keyword, low, high)


def _room(kind: Augmentation, position: int, height: int, width: int) -> Problems:
    """Returns what is wrong with an augmentation of images of a size."""
    size = f"{height}x{width}"
    if isinstance(kind, RandomCrop):
        sides = (kind.padding, kind.padding) if isinstance(kind.padding, int) else kind.padding
        if sides[0] < height and sides[1] < width:
            return
        advice = "give less `padding`, often an eighth of the image"
        if kind.padding_mode == "reflect":
            text = f"images of {size} have fewer pixels to reflect than a padding of {kind.padding} needs"
            yield AugmentDoesNotFit(position, "padding", text, advice)
        elif kind.padding_mode == "constant":
            text = f"a padding of {kind.padding} lets a crop of {size} show nothing of the image"
            yield AugmentHidesImage(position, "padding", text, advice)
    elif isinstance(kind, Cutout) and kind.size >= max(height, width):
        erases = f"a square of {kind.size} pixels erases"
        advice = "give a smaller `size`, such as half of the image"
        # Its corner is at most `size // 2` above and left of a pixel of the image.
        if kind.size // 2 >= max(height, width) - 1 and kind.size - kind.size // 2 >= max(height, width):
            yield AugmentDoesNotFit(position, "size", f"{erases} all of every image, which is {size}", advice)
        else:
            text = f"{erases} all of an image of {size} where it falls in the middle"
            yield AugmentHidesImage(position, "size", text, advice)
