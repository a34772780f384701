"""What all readers give, and what they are told about the network that asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import torch

from cnnspec.recipe.data import resize_to
from cnnspec.recipe.loss import Loss
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.training.data.image_files import ImageFiles
from cnnspec.values.shapes import Shape


@dataclass(frozen=True)
class Part:
    """Samples in memory and what to predict for each.

    `inputs`: uint8 or floats (as `Request.dtype` asks), [N, *sample]. `targets`: class labels, int64 [N]; a label for each
    position, uint8 or longer [N, L] or [N, H, W], int64 [N, D, H, W]; numbers, floats [N, *output]; or images, uint8
    [N, C, H, W], of which 255 means 1.0.
    """

    inputs: torch.Tensor
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def sample(self) -> tuple[int, ...]:
        """Returns the shape of one sample."""
        return tuple(self.inputs.shape[1:])

    @property
    def bytes(self) -> int:
        """Returns how much memory inputs and targets take."""
        return self.inputs.nbytes + self.targets.nbytes

    def chunks(self, size: int) -> Iterator[torch.Tensor]:
        """Returns the inputs in order, at most `size` at a time."""
        for start in range(0, len(self), size):
            yield self.inputs[start : start + size]

    def take(self, indices: torch.Tensor) -> Part:
        """Returns the samples at some positions."""
        return Part(self.inputs[indices], self.targets[indices])

    def shaped(self, sizes: tuple[int, ...]) -> Part:
        """Returns the same with samples of another shape and as many numbers."""
        return Part(self.inputs.reshape(-1, *sizes), self.targets)


@dataclass(frozen=True)
class FilePart:
    """Samples that memory has no room for: images that are decoded each time they are needed, with their labels, int64 [N]."""

    files: ImageFiles
    targets: torch.Tensor

    def __len__(self) -> int:
        return len(self.files)

    @property
    def sample(self) -> tuple[int, ...]:
        """Returns the shape of one sample."""
        return self.files.shape

    def chunks(self, size: int) -> Iterator[torch.Tensor]:
        """Returns the inputs in order, at most `size` at a time."""
        for start in range(0, len(self), size):
            yield self.files.decode(range(start, min(start + size, len(self))))

    def take(self, indices: torch.Tensor) -> FilePart:
        """Returns the samples at some positions."""
        return FilePart(self.files.take(indices.tolist()), self.targets[indices])

    def shaped(self, sizes: tuple[int, ...]) -> FilePart:
        """Returns the same with samples of another shape and as many numbers."""
        return FilePart(replace(self.files, shape=sizes), self.targets)


AnyPart: TypeAlias = Part | FilePart


class Columns(NamedTuple):
    """What the header of a table calls its columns: those of the inputs, in their order, and the one of the targets."""

    inputs: tuple[str, ...]
    target: str

    def as_json(self) -> dict[str, Any]:
        """Returns the names as a manifest keeps them."""
        return {"inputs": list(self.inputs), "target": self.target}


@dataclass(frozen=True)
class Dataset:
    """A data set. `levels` is the input value that means 1.0 (255 for images), `classes` the names of the classes.

    `classes` is None where targets are numbers; `named` says that the source gives them names, also where these look
    like numbers (the folders `0`, `1` and `10`). `test` is None where no samples are set apart, and `own_test` says that the
    source sets them apart itself, while others are split. `remarks` are warnings of what
    lies beside the samples, `columns` the names that a table gives its own.
    """

    name: str
    train: AnyPart
    test: AnyPart | None
    levels: float = 1.0
    classes: tuple[str, ...] | None = None
    named: bool = False
    remarks: tuple[RecipeProblem, ...] = ()
    columns: Columns | None = None
    own_test: bool = False

    @property
    def sample(self) -> tuple[int, ...]:
        """Returns the shape of one sample."""
        return self.train.sample

    @property
    def target(self) -> tuple[int, ...]:
        """Returns the shape of what is to be predicted for one sample: () for a label, (H, W) for a label of each pixel."""
        return tuple(self.train.targets.shape[1:])

    @property
    def labels_positions(self) -> bool:
        """Returns whether each position of a signal, an image or a volume has a label of its own."""
        return self.classes is not None and len(self.target) > 0

    @property
    def has_floats(self) -> bool:
        """Returns whether there are numbers that are rounded as `Request.dtype` asks."""
        parts = [part for part in (self.train, self.test) if isinstance(part, Part)]
        return any(values.is_floating_point() for part in parts for values in (part.inputs, part.targets))

    def shaped(self, sizes: tuple[int, ...]) -> Dataset:
        """Returns the same data with samples of another shape and as many numbers."""
        return replace(self, train=self.train.shaped(sizes), test=None if self.test is None else self.test.shaped(sizes))


@dataclass(frozen=True)
class Request:
    """What a reader may need to know: the network's shapes, the loss, the folder at which relative paths begin, and the kind
    of floats that the network computes with, to which those of arrays and tables are rounded once.

    `columns` are those of the table that a run has learned from, None for a network that is yet to learn.
    """

    input: Shape
    output: Shape
    loss: Loss
    base: Path
    dtype: torch.dtype = torch.float32
    columns: Columns | None = None

    @property
    def wants_classes(self) -> bool:
        """Returns whether targets are class labels wherever a source leaves that open (tables and made-up data)."""
        return self.loss.compares_labels or (self.output.rank == 1 and self.output.features > 1)

    @property
    def resize(self) -> str:
        """Returns the argument that brings images to the size of the input; `resize=...` where it has none."""
        return f"resize={resize_to(self.input) or '...'}"

    def locate(self, path: str) -> Path:
        """Returns where a path leads: from the folder of the spec, or, where nothing is there, from the current one."""
        given = Path(path).expanduser()
        beside = self.base / given
        return beside if beside.exists() or not given.exists() else given
