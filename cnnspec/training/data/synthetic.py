"""Made-up data in the shapes of the network, the same every time."""

from __future__ import annotations

import torch

from cnnspec.recipe.data import Synthetic
from cnnspec.recipe.loss import Bce, BceWithLogits
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.labels import class_names
from cnnspec.training.data.split import split

_NOISE = 0.5  # deviation, beside patterns of deviation 1


def read_synthetic(data: Synthetic, request: Request) -> Dataset:
    """Returns random samples (float32) in the shape of the input, with labels or with targets in the shape of the output."""
    random = torch.Generator().manual_seed(0)
    shape = request.input.sizes
    outputs = request.output.features
    binary = request.output.rank == 1 and isinstance(request.loss, Bce | BceWithLogits)
    if request.output.rank == 1 and (request.wants_classes or binary):
        classes = max(outputs, 2)
        patterns = torch.randn(classes, *shape, generator=random)
        targets = torch.arange(data.samples) % classes
        inputs = patterns[targets] + _NOISE * torch.randn(data.samples, *shape, generator=random)
        names: tuple[str, ...] | None = class_names(request)
    elif request.loss.compares_labels:
        inputs = torch.randn(data.samples, *shape, generator=random)
        targets = torch.randint(0, request.output.channels, (data.samples, *request.output.spatial), generator=random)
        names = class_names(request)
    else:
        inputs = torch.randn(data.samples, *shape, generator=random)
        targets = torch.rand(data.samples, *request.output.sizes, generator=random)
        names = None
    train, test = split(Part(inputs, targets), data.test)
    return Dataset(data.keyword, train, test, classes=names)
