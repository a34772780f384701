"""Which form images have for a network, and how those of a stated scale are scaled."""

from __future__ import annotations

import torch

from cnnspec.network.network import Network
from cnnspec.recipe.data import Data, resized
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.data.images import MODES, image_channels
from cnnspec.training.data.read import folded
from cnnspec.training.data.scaling import Scaling, scaling
from cnnspec.values.shapes import Shape


def image_form(network: Network, recipe: Recipe) -> tuple[int, int, int] | None:
    """Returns channels, height and width of the images that a network takes.

    None where it takes no images, or a list of numbers whose form the recipe does not tell.
    """
    given = network.input
    sample = None if recipe.data is None else recipe.data.sample() or _resized(recipe.data, given)
    sizes = given.sizes if given.rank == 3 else sample
    if sizes is None or len(sizes) != 3 or Shape(sizes).features != given.features or sizes[0] not in MODES:
        return None
    channels, height, width = sizes
    return channels, height, width


def _resized(data: Data, given: Shape) -> tuple[int, ...] | None:
    """Returns the form that data brings images from files to for a flat input, None where it leaves them as they are."""
    size = resized(getattr(data, "resize", None))
    return (image_channels(given), *size) if size is not None and given.rank == 1 else None


def stated_scaling(given: Shape, form: tuple[int, int, int] | None, normalize: bool | tuple[object, object]) -> Scaling:
    """Returns the scaling of images of 0 to 255 by constants that the recipe states; raises TrainingError as `scaling` does."""
    sample = form or given.sizes
    nothing = Part(torch.empty(0, *sample), torch.empty(0))
    stated = scaling(Dataset("stated", nothing, None, levels=255.0), normalize)
    if sample == given.sizes:
        return stated
    mean, std = (folded(value, sample, given.sizes) for value in (stated.mean, stated.std))
    return Scaling(stated.levels, mean, std)
