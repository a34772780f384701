"""What all readers give, and what they are told about the network that asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from cnnspec.recipe.loss import CrossEntropy, Loss
from cnnspec.values.shapes import Shape


@dataclass(frozen=True)
class Part:
    """Samples and what to predict for each.

    `inputs`: uint8 or float32, [N, *sample]. `targets`: class labels, int64 [N], or numbers, float32 [N, *output].
    """

    inputs: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def chunks(self, size: int) -> Iterator[Part]:
        """Returns the samples in order, at most `size` at a time."""
        for start in range(0, len(self), size):
            yield Part(self.inputs[start : start + size], self.targets[start : start + size])

    def take(self, indices: torch.Tensor) -> Part:
        """Returns the samples at some positions."""
        return Part(self.inputs[indices], self.targets[indices])


@dataclass(frozen=True)
class Dataset:
    """A data set in memory. `levels` is the input value that means 1.0 (255 for images), `classes` the names of the classes.

    `classes` is None where targets are numbers; `test` is None where no samples are set apart.
    """

    name: str
    train: Part
    test: Part | None
    levels: float = 1.0
    classes: tuple[str, ...] | None = None

    @property
    def sample(self) -> tuple[int, ...]:
        """Returns the shape of one sample."""
        return tuple(self.train.inputs.shape[1:])

    def shaped(self, sizes: tuple[int, ...]) -> Dataset:
        """Returns the same data with samples of another shape and as many numbers."""
        parts = [
            None if part is None else Part(part.inputs.reshape(-1, *sizes), part.targets) for part in (self.train, self.test)
        ]
        assert parts[0] is not None
        return replace(self, train=parts[0], test=parts[1])


@dataclass(frozen=True)
class Request:
    """What a reader may need to know: the network's shapes, the loss, and the folder at which relative paths begin."""

    input: Shape
    output: Shape
    loss: Loss
    base: Path

    @property
    def wants_classes(self) -> bool:
        """Returns whether targets are class labels wherever a source leaves that open (tables and made-up data)."""
        return isinstance(self.loss, CrossEntropy) or (self.output.rank == 1 and self.output.features > 1)

    def locate(self, path: str) -> Path:
        """Returns where a path leads: from the folder of the spec, or, where nothing is there, from the current one."""
        given = Path(path).expanduser()
        beside = self.base / given
        return beside if beside.exists() or not given.exists() else given
