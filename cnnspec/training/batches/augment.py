"""Images changed at random, a batch at a time, on the device where they are. No Python per image.

Images are [N, H, W, C] as they are stored, bytes or floats; `maps` are targets that lie over them: masks [N, H, W], or images
[N, H, W, C]. Random numbers are drawn on the CPU, so that all devices see the same images, and before anything else is done, so
that the rest can be recorded once and repeated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.augment_kinds import Cutout, HorizontalFlip, RandomAffine, RandomCrop, RandomErasing, VerticalFlip
from cnnspec.training.batches.augment_moves import Affine, Move, Pick

TRIES = 10  # how often a rectangle that is larger than the image is drawn again, as torchvision does


class Drawn(Protocol):
    """Numbers that are drawn for each image: how many, and how."""

    @property
    def each(self) -> int: ...

    def draw(self, count: int, random: torch.Generator) -> torch.Tensor:
        """Returns float64 [count, each]."""
        ...


class Uniform(NamedTuple):
    """Numbers between `low` and `high`."""

    low: float
    high: float
    each: int = 1

    def draw(self, count: int, random: torch.Generator) -> torch.Tensor:
        """Returns float64 [count, each]."""
        drawn = torch.rand(count, self.each, generator=random, dtype=torch.float64)
        return self.low + (self.high - self.low) * drawn


class Integers(NamedTuple):
    """One integer from `low` to `high`, both included."""

    low: int
    high: int
    each: int = 1

    def draw(self, count: int, random: torch.Generator) -> torch.Tensor:
        """Returns float64 [count, each], which holds such integers exactly."""
        return torch.randint(self.low, self.high + 1, (count, self.each), generator=random).to(torch.float64)


@dataclass(frozen=True)
class Frame:
    """What is changed: `count` images of `height` x `width` pixels."""

    device: torch.device
    count: int
    height: int
    width: int

    def rows(self) -> torch.Tensor:
        """Returns 0, 1, ... height - 1 for each image, [count, height]."""
        return torch.arange(self.height, device=self.device).expand(self.count, -1)

    def columns(self) -> torch.Tensor:
        """Returns 0, 1, ... width - 1 for each image, [count, width]."""
        return torch.arange(self.width, device=self.device).expand(self.count, -1)


def draw(augmentations: Sequence[Augmentation], count: int, height: int, width: int, random: torch.Generator) -> torch.Tensor:
    """Returns all that `augment` needs to be told about `count` images: float64 [count, k], on the CPU."""
    drawn = [numbers.draw(count, random) for kind in augmentations for numbers in DRAWN[kind.keyword](kind, height, width)]
    return torch.cat(drawn, dim=1) if drawn else torch.empty(count, 0, dtype=torch.float64)


def augment(
    augmentations: Sequence[Augmentation],
    images: torch.Tensor,
    maps: torch.Tensor | None,
    numbers: torch.Tensor,
    levels: float = 255.0,
    void: int = 0,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Returns images and maps after all changes, of the same shapes and types; `numbers` [N, k] are those of `draw`.

    `levels` is the value of an image that means 1.0, `void` what a mask has where nothing of it is left.
    """
    frame = Frame(images.device, *images.shape[:3])
    place = 0
    for kind in augmentations:
        given = []
        for each in (drawn.each for drawn in DRAWN[kind.keyword](kind, frame.height, frame.width)):
            given.append(numbers[:, place : place + each])
            place += each
        if kind.moves:
            move = MOVES[kind.keyword](kind, frame, *given)
            images = move.apply(images, getattr(kind, "fill", 0.0) * levels)
            maps = None if maps is None else move.apply(maps, void if maps.dim() == 3 else 0)
        else:
            covered, fill = COVERS[kind.keyword](kind, frame, *given)
            images = images.masked_fill(covered.unsqueeze(3), _storable(fill * levels, images.dtype))
    return images, maps


def _storable(value: float, dtype: torch.dtype) -> float:
    return value if dtype.is_floating_point else round(value)


def _padding(kind: RandomCrop) -> tuple[int, int]:
    return (kind.padding, kind.padding) if isinstance(kind.padding, int) else kind.padding


def _offsets(kind: RandomCrop, height: int, width: int) -> tuple[Drawn, ...]:
    return tuple(Integers(-padding, padding) for padding in _padding(kind))


def _random_crop(kind: RandomCrop, frame: Frame, down: torch.Tensor, right: torch.Tensor) -> Move:
    rows = frame.rows() + down.to(torch.int64)
    columns = frame.columns() + right.to(torch.int64)
    if kind.padding_mode == "reflect":
        return Pick(_reflected(rows, frame.height), _reflected(columns, frame.width))
    inside = None
    if kind.padding_mode == "constant":
        inside = _within(rows, frame.height).unsqueeze(2) & _within(columns, frame.width).unsqueeze(1)
    return Pick(rows.clamp(0, frame.height - 1), columns.clamp(0, frame.width - 1), inside)


def _within(places: torch.Tensor, size: int) -> torch.Tensor:
    return (places >= 0) & (places < size)


def _reflected(places: torch.Tensor, size: int) -> torch.Tensor:
    """Returns places from 0 to size - 1: what lies beyond an edge is as far on its other side, without repeating the edge."""
    period = max(1, 2 * (size - 1))
    around = places.remainder(period)
    return torch.where(around < size, around, period - around)


def _chance(kind: Augmentation, height: int, width: int) -> tuple[Drawn, ...]:
    return (Uniform(0, 1),)


def _horizontal_flip(kind: HorizontalFlip, frame: Frame, chance: torch.Tensor) -> Move:
    return Pick(frame.rows(), torch.where(chance < kind.p, frame.width - 1 - frame.columns(), frame.columns()))


def _vertical_flip(kind: VerticalFlip, frame: Frame, chance: torch.Tensor) -> Move:
    return Pick(torch.where(chance < kind.p, frame.height - 1 - frame.rows(), frame.rows()), frame.columns())


def _affinities(kind: RandomAffine, height: int, width: int) -> tuple[Drawn, ...]:
    down, right = (share * size for share, size in zip(kind.translate or (0, 0), (height, width), strict=True))
    turn = Uniform(-kind.degrees, kind.degrees)
    return turn, Uniform(-down, down), Uniform(-right, right), Uniform(*(kind.scale or (1.0, 1.0)))


def _random_affine(
    kind: RandomAffine, frame: Frame, degrees: torch.Tensor, down: torch.Tensor, right: torch.Tensor, scale: torch.Tensor
) -> Move:
    return Affine(degrees.squeeze(1) * (math.pi / 180), torch.cat((down, right), dim=1).round(), scale.squeeze(1))


def _centre(kind: Cutout, height: int, width: int) -> tuple[Drawn, ...]:
    return Integers(0, height - 1), Integers(0, width - 1)


def _cutout(kind: Cutout, frame: Frame, row: torch.Tensor, column: torch.Tensor) -> tuple[torch.Tensor, float]:
    top, left = row - kind.size // 2, column - kind.size // 2
    return _rectangle(frame, top, left, kind.size, kind.size), kind.fill


def _rectangles(kind: RandomErasing, height: int, width: int) -> tuple[Drawn, ...]:
    aspect = Uniform(math.log(kind.ratio[0]), math.log(kind.ratio[1]), TRIES)
    return Uniform(*kind.scale, TRIES), aspect, Uniform(0, 1), Uniform(0, 1), Uniform(0, 1)


def _random_erasing(
    kind: RandomErasing,
    frame: Frame,
    share: torch.Tensor,
    aspect: torch.Tensor,
    down: torch.Tensor,
    right: torch.Tensor,
    chance: torch.Tensor,
) -> tuple[torch.Tensor, float]:
    """Returns what torchvision's RandomErasing covers: the first of ten rectangles that is smaller than the image."""
    area, ratio = share * (frame.height * frame.width), aspect.exp()
    heights, widths = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    fits = (heights < frame.height) & (widths < frame.width)
    first = fits.to(torch.uint8).argmax(1, keepdim=True)
    height, width = heights.gather(1, first), widths.gather(1, first)
    top = (down * (frame.height - height + 1)).floor()
    left = (right * (frame.width - width + 1)).floor()
    erased = fits.any(1, keepdim=True) & (chance < kind.p)
    return _rectangle(frame, top, left, height, width) & erased.unsqueeze(2), kind.value


def _rectangle(
    frame: Frame, top: torch.Tensor, left: torch.Tensor, height: torch.Tensor | int, width: torch.Tensor | int
) -> torch.Tensor:
    """Returns where a rectangle of each image is, bool [N, H, W]; its edges are [N, 1]."""
    rows, columns = frame.rows(), frame.columns()
    vertical = (rows >= top) & (rows < top + height)
    horizontal = (columns >= left) & (columns < left + width)
    return vertical.unsqueeze(2) & horizontal.unsqueeze(1)


DRAWN: dict[str, Callable[[Any, int, int], tuple[Drawn, ...]]] = {
    "random_crop": _offsets,
    "horizontal_flip": _chance,
    "vertical_flip": _chance,
    "random_affine": _affinities,
    "cutout": _centre,
    "random_erasing": _rectangles,
}
MOVES: dict[str, Callable[..., Move]] = {
    "random_crop": _random_crop,
    "horizontal_flip": _horizontal_flip,
    "vertical_flip": _vertical_flip,
    "random_affine": _random_affine,
}
COVERS: dict[str, Callable[..., tuple[torch.Tensor, float]]] = {"cutout": _cutout, "random_erasing": _random_erasing}
