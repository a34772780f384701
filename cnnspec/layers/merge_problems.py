"""What merges refuse: two values that do not meet."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.layers.problems import LayerProblem
from cnnspec.values.shapes import Shape


class MergeProblem(LayerProblem):
    """Base of what merges refuse. `first` and `second` are the positions of the two values that do not meet."""

    keyword: str
    first: int
    second: int
    shapes: tuple[Shape, ...]


class MergedRanksDiffer(MergeProblem):
    """An image and a flat value."""

    code: ClassVar[str] = "E0330"

    @property
    def message(self) -> str:
        a, b = self.shapes[self.first], self.shapes[self.second]
        return f"`{self.keyword}` joins values with equally many axes, but {a} has {a.rank} and {b} has {b.rank}"


class MergedSizesDiffer(MergeProblem):
    """Two values whose sizes differ along `axis` (0 is the channels)."""

    axis: int
    code: ClassVar[str] = "E0331"

    @property
    def message(self) -> str:
        a, b = self.shapes[self.first], self.shapes[self.second]
        if self.keyword == "concat":
            return f"`concat` joins channels, all other sizes being equal, but {a} meets {b}"
        return f"`{self.keyword}` needs values of one shape, but {a} meets {b}"

    def fallback(self) -> Shape | None:
        """Returns the first value's shape: what a sum of matching values would have."""
        return None if self.keyword == "concat" else self.shapes[0]
