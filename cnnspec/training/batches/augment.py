"""Images changed at random, a batch at a time, on the device where they are. No Python per image.

Images are [N, H, W, C] as they are stored, bytes or floats; `maps` are targets that lie over them: masks [N, H, W], or images
[N, H, W, C]. Random numbers are drawn on the CPU, so that all devices see the same images.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.augment_kinds import Cutout, HorizontalFlip, RandomAffine, RandomCrop, RandomErasing, VerticalFlip
from cnnspec.training.batches.augment_moves import Affine, Move, Pick
from cnnspec.training.processes.ranks import ALONE, Share

TRIES = 10  # how often a rectangle that is larger than the image is drawn again, as torchvision does


@dataclass(frozen=True)
class Draw:
    """Draws numbers for `count` images of `height` x `width` pixels from a generator of the CPU.

    Where these are a `share` of a batch, numbers are drawn for all of it, so that each image gets its own wherever it is.
    """

    random: torch.Generator
    device: torch.device
    share: Share
    count: int
    height: int
    width: int

    def uniform(self, low: float, high: float, *each: int) -> torch.Tensor:
        """Returns numbers between `low` and `high`, float64 [count, *each]."""
        drawn = torch.rand(self.share.whole, *each, generator=self.random, dtype=torch.float64)[self.share.ours]
        return (low + (high - low) * drawn).to(self.device, non_blocking=True)

    def integers(self, low: int, high: int) -> torch.Tensor:
        """Returns integers from `low` to `high`, both included, int64 [count]."""
        drawn = torch.randint(low, high + 1, (self.share.whole,), generator=self.random)[self.share.ours]
        return drawn.to(self.device, non_blocking=True)

    def rows(self) -> torch.Tensor:
        """Returns 0, 1, ... height - 1 for each image, [count, height]."""
        return torch.arange(self.height, device=self.device).expand(self.count, -1)

    def columns(self) -> torch.Tensor:
        """Returns 0, 1, ... width - 1 for each image, [count, width]."""
        return torch.arange(self.width, device=self.device).expand(self.count, -1)


def augment(
    augmentations: Sequence[Augmentation],
    images: torch.Tensor,
    maps: torch.Tensor | None,
    random: torch.Generator,
    levels: float = 255.0,
    void: int = 0,
    share: Share | None = None,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """Returns images and maps after all changes, of the same shapes and types.

    `levels` is the value of an image that means 1.0, `void` what a mask has where nothing of it is left. The images may be a
    `share` of a batch.
    """
    share = share or ALONE.of(len(images))
    for kind in augmentations:
        draw = Draw(random, images.device, share, *images.shape[:3])
        if kind.moves:
            move = MOVES[kind.keyword](kind, draw)
            images = move.apply(images, getattr(kind, "fill", 0.0) * levels)
            maps = None if maps is None else move.apply(maps, void if maps.dim() == 3 else 0)
        else:
            covered, fill = COVERS[kind.keyword](kind, draw)
            images = images.masked_fill(covered.unsqueeze(3), _storable(fill * levels, images.dtype))
    return images, maps


def _storable(value: float, dtype: torch.dtype) -> float:
    return value if dtype.is_floating_point else round(value)


def _random_crop(kind: RandomCrop, draw: Draw) -> Move:
    padding = (kind.padding, kind.padding) if isinstance(kind.padding, int) else kind.padding
    rows = draw.rows() + draw.integers(-padding[0], padding[0]).unsqueeze(1)
    columns = draw.columns() + draw.integers(-padding[1], padding[1]).unsqueeze(1)
    if kind.padding_mode == "reflect":
        return Pick(_reflected(rows, draw.height), _reflected(columns, draw.width))
    inside = None
    if kind.padding_mode == "constant":
        inside = _within(rows, draw.height).unsqueeze(2) & _within(columns, draw.width).unsqueeze(1)
    return Pick(rows.clamp(0, draw.height - 1), columns.clamp(0, draw.width - 1), inside)


def _within(places: torch.Tensor, size: int) -> torch.Tensor:
    return (places >= 0) & (places < size)


def _reflected(places: torch.Tensor, size: int) -> torch.Tensor:
    """Returns places from 0 to size - 1: what lies beyond an edge is as far on its other side, without repeating the edge."""
    period = max(1, 2 * (size - 1))
    around = places.remainder(period)
    return torch.where(around < size, around, period - around)


def _horizontal_flip(kind: HorizontalFlip, draw: Draw) -> Move:
    flipped = draw.uniform(0, 1, 1) < kind.p
    return Pick(draw.rows(), torch.where(flipped, draw.width - 1 - draw.columns(), draw.columns()))


def _vertical_flip(kind: VerticalFlip, draw: Draw) -> Move:
    flipped = draw.uniform(0, 1, 1) < kind.p
    return Pick(torch.where(flipped, draw.height - 1 - draw.rows(), draw.rows()), draw.columns())


def _random_affine(kind: RandomAffine, draw: Draw) -> Move:
    angle = draw.uniform(-kind.degrees, kind.degrees) * (math.pi / 180)
    down, right = (share * size for share, size in zip(kind.translate or (0, 0), (draw.height, draw.width), strict=True))
    shift = torch.stack((draw.uniform(-down, down).round(), draw.uniform(-right, right).round()), dim=1)
    scale = draw.uniform(*(kind.scale or (1.0, 1.0)))
    return Affine(angle, shift, scale)


def _cutout(kind: Cutout, draw: Draw) -> tuple[torch.Tensor, float]:
    top = draw.integers(0, draw.height - 1) - kind.size // 2
    left = draw.integers(0, draw.width - 1) - kind.size // 2
    return _rectangle(draw, top, left, kind.size, kind.size), kind.fill


def _random_erasing(kind: RandomErasing, draw: Draw) -> tuple[torch.Tensor, float]:
    """Returns what torchvision's RandomErasing covers: the first of ten rectangles that is smaller than the image."""
    area = draw.uniform(*kind.scale, TRIES) * (draw.height * draw.width)
    aspect = draw.uniform(math.log(kind.ratio[0]), math.log(kind.ratio[1]), TRIES).exp()
    heights, widths = (area * aspect).sqrt().round(), (area / aspect).sqrt().round()
    fits = (heights < draw.height) & (widths < draw.width)
    first = fits.to(torch.uint8).argmax(1, keepdim=True)
    height, width = heights.gather(1, first).squeeze(1), widths.gather(1, first).squeeze(1)
    top = (draw.uniform(0, 1) * (draw.height - height + 1)).floor()
    left = (draw.uniform(0, 1) * (draw.width - width + 1)).floor()
    erased = fits.any(1) & (draw.uniform(0, 1) < kind.p)
    return _rectangle(draw, top, left, height, width) & erased.view(-1, 1, 1), kind.value


def _rectangle(
    draw: Draw, top: torch.Tensor, left: torch.Tensor, height: torch.Tensor | int, width: torch.Tensor | int
) -> torch.Tensor:
    """Returns where a rectangle of each image is, bool [N, H, W]."""
    rows, columns = draw.rows().T, draw.columns().T  # one column for each image
    vertical = (rows >= top) & (rows < top + height)
    horizontal = (columns >= left) & (columns < left + width)
    return vertical.T.unsqueeze(2) & horizontal.T.unsqueeze(1)


MOVES: dict[str, Callable[[Any, Draw], Move]] = {
    "random_crop": _random_crop,
    "horizontal_flip": _horizontal_flip,
    "vertical_flip": _vertical_flip,
    "random_affine": _random_affine,
}
COVERS: dict[str, Callable[[Any, Draw], tuple[torch.Tensor, float]]] = {"cutout": _cutout, "random_erasing": _random_erasing}
