"""What classes are called where no run says it: as their data set says, or by number."""

from __future__ import annotations

from cnnspec.network.network import Network
from cnnspec.recipe.data import Data, Folder, Idx, Synthetic
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.data.dataset import Request
from cnnspec.training.data.image_folder import folder_classes
from cnnspec.training.data.labels import class_names
from cnnspec.training.data.mnist import CLASSES


def published(data: Data, request: Request) -> tuple[str, ...] | None:
    """Returns the names that are known without reading the samples; None where only these tell. Raises TrainingError."""
    match data:
        case Folder():
            return folder_classes(data, request)
        case Idx():
            return CLASSES[data.folder]
        case Pairs() | Synthetic() if request.loss.compares_labels:
            return class_names(request)
        case _:
            return None


def numbered(network: Network) -> tuple[str, ...] | None:
    """Returns `class 0`, `class 1`, ... for a network whose data is not known; None where its outputs are numbers.

    The loss tells which. A spec that says nothing of training has a class for each of several numbers.
    """
    output, recipe = network.output, network.recipe
    if recipe is None:
        is_label = output.rank == 1 and output.channels > 1
    else:
        is_label = recipe.loss.compares_labels or isinstance(recipe.loss, Bce | BceWithLogits) or _has_classes(recipe)
    return tuple(f"class {number}" for number in range(max(output.channels, 2))) if is_label else None


def _has_classes(recipe: Recipe) -> bool:
    return recipe.data is not None and (recipe.data.classes is not None or isinstance(recipe.data, Folder))
