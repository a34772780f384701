"""The shape of one value, without the batch dimension."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnnspec.values.dims import Dim as Dim
from cnnspec.values.dims import is_symbolic

AXIS_NAMES = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True, slots=True)
class Shape:
    """`sizes` counts channels first where the value is an image, a signal or a volume.

    `channels_first` says that axis 0 holds channels and the others are positions. It is true for the input and whatever
    convolutions, pools, norms, pads and resizes return; `flatten`, `reshape`, `unflatten` and `permute` end it.
    """

    sizes: tuple[Dim, ...]
    channels_first: bool = True

    @property
    def rank(self) -> int:
        """Returns the number of axes: 1 for a flat value, 3 for an image."""
        return len(self.sizes)

    @property
    def channels(self) -> Dim:
        return self.sizes[0]

    @property
    def spatial(self) -> tuple[Dim, ...]:
        """Returns the sizes of all axes but the channels."""
        return self.sizes[1:]

    @property
    def features(self) -> Dim:
        """Returns the number of elements, which is what `flatten` gives."""
        return math.prod(self.sizes)

    @property
    def is_symbolic(self) -> bool:
        """Returns whether a size is a formula."""
        return is_symbolic(self.sizes)

    def __str__(self) -> str:
        return shape_text(self.sizes)


def shape_text(sizes: tuple[Dim, ...]) -> str:
    """Returns `3x32x32` or `3xHxW`; formulas stand apart: `8 x H-2 x W-2`."""
    words = [str(size) for size in sizes]
    return "x".join(words) if all(map(str.isalnum, words)) else " x ".join(words)


def axis_name(axis: int, rank: int) -> str:
    """Returns what people call spatial axis `axis` (0-based) of a value with `rank` spatial axes."""
    names = AXIS_NAMES.get(rank)
    return names[axis] if names else f"axis {axis + 1}"
