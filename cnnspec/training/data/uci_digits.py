"""The digits that come with cnnspec; source and licence stand beside the files in the folder `digits`."""

from __future__ import annotations

from pathlib import Path

import torch

from cnnspec.recipe.data import Digits, resized
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.idx import read_idx
from cnnspec.training.data.resize import resize_images
from cnnspec.training.data.split import split

_FOLDER = Path(__file__).parent / "digits"


def read_digits(data: Digits, request: Request) -> Dataset:
    """Returns 1,797 images [N, 1, 8, 8] of 0..16 (uint8; float32 where resized) with labels 0..9."""
    images = read_idx(_FOLDER / "images-idx3-ubyte.gz", 3).unsqueeze(1)
    labels = read_idx(_FOLDER / "labels-idx1-ubyte.gz", 1).to(torch.int64)
    size = resized(data.resize)
    if size is not None:
        # Rounding to 17 levels would lose what interpolation finds between them.
        images = resize_images(images.to(torch.float32), size)
    train, test = split(Part(images, labels), data.test)
    return Dataset(data.keyword, train, test, levels=16.0, classes=tuple(map(str, range(10))))
