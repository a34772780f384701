"""Do the changes of training images make sense for images of a size?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.recipe.augment import Augmentation
from cnnspec.recipe.augment_kinds import Cutout, RandomAffine, RandomCrop, RandomErasing
from cnnspec.recipe.augment_problems import AugmentDoesNotFit, AugmentHidesImage, BeyondFullTurn, ReversedRange
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.values.shapes import Shape


def augment_problems(augmentations: Sequence[Augmentation], input_shape: Shape) -> Iterator[RecipeProblem]:
    """Returns ranges that are empty or too wide, and what has no room in the images, where these have a size."""
    for position, kind in enumerate(augmentations):
        yield from _ranges(kind, position)
        if isinstance(kind, RandomAffine) and kind.degrees > 360:
            yield BeyondFullTurn(position, "degrees", kind.keyword, kind.degrees)
        if input_shape.rank == 3 and not input_shape.is_symbolic:
            height, width = input_shape.spatial
            yield from _room(kind, position, height, width)


def _ranges(kind: Augmentation, position: int) -> Iterator[RecipeProblem]:
    """Returns the ranges of an augmentation that are the wrong way round."""
    names = {RandomErasing: ("scale", "ratio"), RandomAffine: ("scale",)}.get(type(kind), ())
    for name in names:
        low, high = getattr(kind, name) or (1, 1)
        if low > high:
            yield ReversedRange(position, name, kind.keyword, low, high)


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
