"""Do the changes of training images make sense for images of a size?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.augment_kinds import Cutout, HorizontalFlip, RandomAffine, RandomCrop, RandomErasing, VerticalFlip
from cnnspec.recipe.augment_problems import (
    AugmentDoesNotFit,
    AugmentHidesImage,
    AugmentWithoutEffect,
    BeyondFullTurn,
    ReversedRange,
)
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.values.shapes import Shape


def augment_problems(augmentations: Sequence[Augmentation], input_shape: Shape) -> Iterator[RecipeProblem]:
    """Returns ranges that are empty or too wide, and what has no room in the images, where these have a size, or no effect."""
    for position, kind in enumerate(augmentations):
        reversed_ranges = list(_ranges(kind, position))
        yield from reversed_ranges
        if (idle := _idle(kind)) is not None:
            yield AugmentWithoutEffect(position, *idle)
            continue
        if isinstance(kind, RandomAffine) and kind.degrees > 360:
            yield BeyondFullTurn(position, "degrees", kind.keyword, kind.degrees)
        if input_shape.rank == 3 and not input_shape.is_symbolic:
            height, width = input_shape.spatial
            yield from _room(kind, position, height, width)
            if isinstance(kind, RandomErasing) and not reversed_ranges:
                yield from _erasing(kind, position, height, width)


def _ranges(kind: Augmentation, position: int) -> Iterator[RecipeProblem]:
    """Returns the ranges of an augmentation that are the wrong way round."""
    names = {RandomErasing: ("scale", "ratio"), RandomAffine: ("scale",)}.get(type(kind), ())
    for name in names:
        low, high = getattr(kind, name) or (1, 1)
        if low > high:
            yield ReversedRange(position, name, kind.keyword, low, high)


def _idle(kind: Augmentation) -> tuple[str, str, str] | None:
    """Returns of an augmentation that changes no image which argument says so, that it does, and what to do."""
    if isinstance(kind, HorizontalFlip | VerticalFlip | RandomErasing) and kind.p == 0:
        return "p", f"`{kind.keyword}` with a probability of 0 changes no image", "give `p=0.5`, or leave the line out"
    if isinstance(kind, RandomCrop) and kind.padding == (0, 0):
        return "padding", "`random_crop` without padding changes no image", "give `padding=4`, or leave the line out"
    is_still = isinstance(kind, RandomAffine) and kind.translate in (None, (0, 0)) and kind.scale in (None, (1, 1))
    if isinstance(kind, RandomAffine) and is_still and kind.degrees == 0:
        text = "`random_affine` that neither turns nor shifts nor scales changes no image"
        return "degrees", text, "give `degrees=15`, `translate=(0.1, 0.1)` or `scale=(0.9, 1.1)`, or leave the line out"
    return None


def _erasing(kind: RandomErasing, position: int, height: int, width: int) -> Iterator[RecipeProblem]:
    """Returns that no rectangle that can be drawn covers a pixel and is smaller than the image, where that is so."""
    usual = RandomErasing()
    if _covers(kind.scale, kind.ratio, height, width):
        return
    name = "ratio" if _covers(kind.scale, usual.ratio, height, width) else "scale"
    text = (
        f"`random_erasing` changes no image of {height}x{width}: none of the rectangles that it draws is smaller than the "
        "image on both sides and covers a pixel"
    )
    low, high = getattr(usual, name)
    advice = f"the usual `{name}` is `({low:g}, {high:g})`" if min(height, width) > 1 else "leave the line out"
    yield AugmentWithoutEffect(position, name, text, advice)


def _covers(scale: tuple[float, float], ratio: tuple[float, float], height: int, width: int) -> bool:
    """Returns whether a rectangle with such a share of the image and such a height by its width can have 1 to `height - 1`
    rows and 1 to `width - 1` columns.

    Rows and columns are rounded. In logarithms both what is drawn and what fits are rectangles of a plane, turned by 45 degrees
    against each other; these meet where their projections on the axes of both do: height, width, area and ratio.
    """
    area = height * width
    shares, ratios = [area * share for share in scale], ratio
    sides = (0.5, height - 0.5), (0.5, width - 0.5)
    heights = [math.sqrt(share * ratio) for share, ratio in zip(shares, ratios, strict=True)]
    widths = [math.sqrt(share / ratio) for share, ratio in zip(shares, reversed(ratios), strict=True)]
    areas = [rows * columns for rows, columns in zip(*sides, strict=True)]
    shapes = [rows / columns for rows, columns in zip(sides[0], reversed(sides[1]), strict=True)]
    pairs = ((heights, sides[0]), (widths, sides[1]), (shares, areas), (ratios, shapes))
    return min(height, width) > 1 and all(drawn[0] < fits[1] and drawn[1] > fits[0] for drawn, fits in pairs)


def _room(kind: Augmentation, position: int, height: int, width: int) -> Iterator[RecipeProblem]:
    """Returns what is wrong with an augmentation of images of a size."""
    size = f"{height}x{width}"
    if isinstance(kind, RandomCrop):
        sides = (kind.padding, kind.padding) if isinstance(kind.padding, int) else kind.padding
        if sides[0] < height and sides[1] < width:
            return
        advice = "give less `padding`, often an eighth of the image"
        if kind.padding_mode == "reflect":
            text = f"images of {size} have fewer pixels to reflect than a padding of {kind.padding} needs"
            yield AugmentDoesNotFit(position, "padding", text, advice)
        elif kind.padding_mode == "constant":
            text = f"a padding of {kind.padding} lets a crop of {size} show nothing of the image"
            yield AugmentHidesImage(position, "padding", text, advice)
    elif isinstance(kind, Cutout) and kind.size >= max(height, width):
        erases = f"a square of {kind.size} pixels erases"
        advice = "give a smaller `size`, such as half of the image"
        # Its corner is at most `size // 2` above and left of a pixel of the image.
        if kind.size // 2 >= max(height, width) - 1 and kind.size - kind.size // 2 >= max(height, width):
            yield AugmentDoesNotFit(position, "size", f"{erases} all of every image, which is {size}", advice)
        else:
            text = f"{erases} all of an image of {size} where it falls in the middle"
            yield AugmentHidesImage(position, "size", text, advice)
