"""Which data a network without any may be trained on: told from its shapes and its loss."""

from __future__ import annotations

from cnnspec.recipe.data import DATA
from cnnspec.recipe.ending import Ending
from cnnspec.recipe.fit import problems
from cnnspec.recipe.generator_problems import COLOURS
from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.recipe.recipe import Recipe
from cnnspec.values.shapes import Shape

PUBLISHED = ("digits", "mnist", "cifar10", "cifar100")  # each the best known of its sizes


def data_advice(recipe: Recipe, input_shape: Shape, output_shape: Shape, ending: Ending) -> str:
    """Returns what to write for a network: a published data set that fits it, else the kind of files that can."""
    for keyword in PUBLISHED:
        having = recipe.model_copy(update={"data": DATA[keyword]()})
        found = problems(having, input_shape, output_shape, ending)
        if not any(problem.severity == "error" or problem.setting == "data" for problem in found):
            return f"write `data {keyword}` in `train`, or give --data"
    line = _own_files(recipe, input_shape, output_shape)
    return f"write for example `data {line}` in `train`, or give --data; `data synthetic` is for trying it out"


def _own_files(recipe: Recipe, input_shape: Shape, output_shape: Shape) -> str:
    """Returns the kind of files that hold such samples, with names to be replaced."""
    takes_images = input_shape.rank == 3 and input_shape.channels in COLOURS
    if takes_images and output_shape.rank == 3:
        return 'pairs, "photos", "masks"' if recipe.loss.compares_labels else 'pairs, "noisy", "clean"'
    is_flat = output_shape.rank == 1
    tells_classes = output_shape.channels != 1 or isinstance(recipe.loss, Bce | BceWithLogits)
    if takes_images and is_flat and tells_classes:
        return 'folder, "photos"'
    return 'csv, "table.csv"' if input_shape.rank == 1 and is_flat else 'npz, "arrays.npz"'
