"""What layers that rearrange or halve axes refuse."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar

from cnnspec.layers.problems import LayerProblem
from cnnspec.values.shapes import Shape


class ElementsDiffer(LayerProblem):
    """A reshape that would lose or invent elements."""

    field: str
    keyword: str
    requested: tuple[int, ...]
    elements: int
    source: str
    code: ClassVar[str] = "E0323"

    @property
    def message(self) -> str:
        shown = ", ".join(map(str, self.requested))
        known = math.prod(size for size in self.requested if size != -1)
        if -1 in self.requested:
            return f"{self.source} has {self.elements} elements, which ({shown}) cannot divide: {known} is no divisor"
        return f"{self.source} has {self.elements} elements, but ({shown}) has {known}"

    @property
    def help(self) -> str | None:
        fitting = " or ".join(f"`{', '.join(map(str, shape))}`" for shape in self.fitting())
        return f"write {fitting}, which has as many" if fitting else None

    def fitting(self) -> Iterator[tuple[int, ...]]:
        """Yields the shapes of as many elements that differ from the requested one in a single size.

        A -1 at the front is most likely the batch of PyTorch's `view`, which a spec never mentions.
        """
        if self.requested[0] == -1 and len(self.requested) == 2:
            yield (self.elements,)
        if -1 in self.requested:
            return
        for axis in range(len(self.requested)):
            before, after = self.requested[:axis], self.requested[axis + 1 :]
            size, rest = divmod(self.elements, math.prod((*before, *after)))
            if rest == 0:
                yield (*before, size, *after)


class NotAPermutation(LayerProblem):
    """`permute` that drops or repeats an axis."""

    field: str
    given: tuple[int, ...]
    arriving: Shape
    code: ClassVar[str] = "E0324"

    @property
    def message(self) -> str:
        axes = ", ".join(map(str, range(self.arriving.rank)))
        return f"`permute` must name each axis of {self.arriving} once ({axes}), not {', '.join(map(str, self.given))}"


class SliceOutOfRange(LayerProblem):
    """`slice` beyond the channels, or an empty one."""

    field: str
    start: int
    stop: int
    channels: int
    code: ClassVar[str] = "E0325"

    @property
    def message(self) -> str:
        first, end = (number + self.channels if number < 0 else number for number in (self.start, self.stop))
        asked = f"`slice` asks for channels {self.start} to {self.stop} (excluded)"
        return f"{asked}, which are none" if 0 <= end <= first else f"{asked}, but {self.channels} arrive"

    @property
    def help(self) -> str:
        return f"`start` may be 0 to {self.channels - 1}, and `stop` anything above it up to {self.channels}"


class OddAxis(LayerProblem):
    """An axis that cannot be halved."""

    field: str
    keyword: str
    axis: int
    arriving: Shape
    code: ClassVar[str] = "E0326"

    @property
    def message(self) -> str:
        size = self.arriving.sizes[self.axis]
        return f"`{self.keyword}` halves axis {self.axis} of {self.arriving}, but its size of {size} is odd"

    @property
    def help(self) -> str:
        size = self.arriving.sizes[self.axis]
        return f"let the layers before it give {f'{size - 1} or ' if size > 1 else ''}{size + 1} there"
