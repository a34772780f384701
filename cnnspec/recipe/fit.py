"""Do recipe and network fit together? What is known without reading data; training asks the same of data that it has read."""

from __future__ import annotations

import math

from cnnspec.recipe.activation_problems import AlwaysTheSame, activation_problems
from cnnspec.recipe.data import Data
from cnnspec.recipe.ending import Ending
from cnnspec.recipe.generator_problems import MakesImages, makes_images
from cnnspec.recipe.loss import BceWithLogits, CrossEntropy, Loss, Nll
from cnnspec.recipe.problems import (
    AugmentWithoutImages,
    ClassWeightsDiffer,
    MoreOutputsThanClasses,
    OutputNotFlat,
    OutputWeightsDiffer,
    RecipeProblem,
    SeveralEnds,
    SingleClass,
    SingleOutput,
    TooFewOutputs,
)
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.sample_problems import SampleDiffers
from cnnspec.recipe.sense import amount_problems, senseless
from cnnspec.values.dims import Formula
from cnnspec.values.shapes import Shape

OF_ONE_OUTPUT = (AlwaysTheSame, SingleOutput)


def problems(
    recipe: Recipe, input_shape: Shape, output_shape: Shape, ending: Ending, is_run: bool = False
) -> list[RecipeProblem]:
    """Returns what does not fit, errors and warnings; `ending` is what is known of the numbers of the output.

    A file without data may be one that is only checked and built, and says nothing about labels; a run (`is_run`) needs some.
    """
    has_labels = recipe.loss.compares_labels or (recipe.data is not None and recipe.data.classes is not None)
    if has_labels and (is_run or recipe.data is not None) and makes_images(input_shape, output_shape, ending.last):
        return [MakesImages(input_shape.features, output_shape)]
    found = [*senseless(recipe, input_shape, output_shape), *activation_problems(recipe.loss, output_shape, ending)]
    found += weight_problems(recipe.loss, output_shape.channels)
    if recipe.augment and input_shape.rank != 3:
        found.append(AugmentWithoutImages(input_shape))
    data = recipe.data
    if data is None:
        return found
    parts = data.parts()
    if parts is not None:
        found += amount_problems(recipe, *parts)
    if recipe.loss.compares_labels and output_shape.rank > 1 and not data.may_be_maps:
        found = [problem for problem in found if not isinstance(problem, OF_ONE_OUTPUT)]  # another loss would not mend it
        found.append(OutputNotFlat(output_shape))
    sample = data.sample()
    if sample is not None:
        found += sample_problems(data, sample, input_shape)
    if data.classes is not None and not any(isinstance(problem, (OutputNotFlat, *OF_ONE_OUTPUT)) for problem in found):
        found += class_problems(data, data.classes, output_shape)
    return found


def end_problems(inputs: int, outputs: int) -> list[RecipeProblem]:
    """Returns what is wrong with as many inputs and outputs; the first of both says enough."""
    counts = {"inputs": inputs, "outputs": outputs}
    several: list[RecipeProblem] = [SeveralEnds(what, count) for what, count in counts.items() if count > 1]
    return several[:1]


def sample_problems(data: Data, sample: tuple[int, ...], input_shape: Shape) -> list[RecipeProblem]:
    """Returns what is wrong with samples of a shape; sizes of the input that are names are those of the sample."""
    if input_shape.is_symbolic:
        return [] if _may_become(input_shape, sample) else [SampleDiffers(data.keyword, sample, input_shape, can_resize=False)]
    if fills(sample, input_shape):
        return []
    return [SampleDiffers(data.keyword, sample, input_shape, can_resize="resize" in type(data).model_fields)]


def fills(sample: tuple[int, ...], input_shape: Shape) -> bool:
    """Returns whether samples of a shape are what an input without names takes.

    A flat sample fills an input of as many numbers, and a flat input takes any sample of as many, both in row-major order.
    """
    flat = len(sample) == 1 or input_shape.rank == 1
    return sample == input_shape.sizes or (flat and math.prod(sample) == input_shape.features)


def _may_become(input_shape: Shape, sample: tuple[int, ...]) -> bool:
    """Returns whether the sizes that are numbers are those of the sample."""
    if len(sample) != input_shape.rank:
        return False
    return all(isinstance(size, Formula) or size == other for size, other in zip(input_shape.sizes, sample, strict=True))


def class_problems(data: Data, classes: int, output_shape: Shape, maps: bool = False) -> list[RecipeProblem]:
    """Returns what is wrong with a number of classes, one of them for each sample or (`maps`) for each pixel.

    A single output tells two classes apart.
    """
    if output_shape.rank > 1 and not maps:
        return [OutputNotFlat(output_shape)]
    outputs = output_shape.channels
    if classes == 1:
        return [SingleClass(data.keyword)]
    if outputs == 1 and classes == 2:
        return []
    if outputs < classes:
        return [TooFewOutputs(data.keyword, classes, outputs)]
    return [MoreOutputsThanClasses(data.keyword, classes, outputs)] if outputs > classes else []


def weight_problems(loss: Loss, outputs: int) -> list[RecipeProblem]:
    """Returns weights that are not as many as the outputs; a single output has been told already where it is a mistake."""
    if isinstance(loss, CrossEntropy | Nll) and loss.weight is not None and len(loss.weight) != outputs > 1:
        return [ClassWeightsDiffer(loss.keyword, len(loss.weight), outputs)]
    if isinstance(loss, BceWithLogits) and isinstance(loss.pos_weight, tuple) and len(loss.pos_weight) != outputs:
        return [OutputWeightsDiffer(loss.keyword, len(loss.pos_weight), outputs)]
    return []
