"""Targets that lie over their images, and are moved with them."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.loss import Loss
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.problems import TargetDiffers, TrainingError


def void_of(loss: Loss, masks: torch.dtype) -> int:
    """Returns the label of pixels that come from outside of masks: what the loss ignores, if they can hold it, else 0.

    Masks are bytes, or have 16 bits and more, of which 0 to 65535 stay what they are as they are moved.
    """
    ignored = getattr(loss, "ignore_index", 0)
    return ignored if 0 <= ignored <= (255 if masks == torch.uint8 else 65_535) else 0


def verify_maps(augmentations: Sequence[Augmentation], dataset: Dataset) -> None:
    """Raises TrainingError where images are moved and their targets, which have other heights or widths, could not be."""
    moving = [kind.keyword for kind in augmentations if kind.moves]
    target = dataset.target[-2:] if len(dataset.target) > 1 else None
    if not moving or target is None or target == dataset.sample[-2:]:
        return
    sizes = ["x".join(map(str, pair)) for pair in (dataset.sample[-2:], target)]
    text = f"`{moving[0]}` moves the pixels of image and target alike, but images are {sizes[0]} and targets {sizes[1]}"
    raise TrainingError(TargetDiffers(text, f"leave out `augment {moving[0]}`, or give both one size"))
