"""Layers that rearrange a value without computing."""

from __future__ import annotations

import math
from typing import ClassVar

from cnnspec.declarations.types import Integer
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import InvalidArgument
from cnnspec.values.call import Call
from cnnspec.values.shapes import Shape


class Flatten(Layer):
    """Join the axes `start_axis` to `end_axis` (all of them by default) into one."""

    keyword: ClassVar[str] = "flatten"
    family: ClassVar[str] = "shape"
    torch_names: ClassVar[tuple[str, ...]] = ("Flatten",)
    examples: ClassVar[tuple[str, ...]] = ("flatten", "flatten start_axis=1")
    formula: ClassVar[str] = "the product of the joined axes"

    start_axis: Integer = 0
    end_axis: Integer = -1

    def infer(self, x: Shape) -> Shape:
        start, end = self.axis("start_axis", x, self.start_axis), self.axis("end_axis", x, self.end_axis)
        if start > end:
            raise InvalidArgument("end_axis", f"`flatten` would end at axis {end}, before its start at axis {start}")
        joined = math.prod(x.sizes[start : end + 1])
        return Shape((*x.sizes[:start], joined, *x.sizes[end + 1 :]), channels_first=False)

    def torch(self, x: Shape) -> Call:
        start, end = self.axis("start_axis", x, self.start_axis), self.axis("end_axis", x, self.end_axis)
        if start == 0 and end == x.rank - 1:
            return Call("nn.Flatten")
        return Call("nn.Flatten", (start + 1, end + 1))
