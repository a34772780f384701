"""What windows, pads and crops refuse: sizes along one axis that do not fit each other."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.layers.problems import LayerProblem, counted
from cnnspec.values.shapes import axis_name


class KernelExceedsInput(LayerProblem):
    """A window larger than the padded input."""

    field: str
    keyword: str
    extent: int
    dilated: bool
    size: int
    padding: int
    axis: int
    rank: int
    code: ClassVar[str] = "E0305"

    @property
    def message(self) -> str:
        spanned = f"{self.extent} with its dilation" if self.dilated else str(self.extent)
        padded = f" ({self.size + 2 * self.padding} with padding)" if self.padding else ""
        name = axis_name(self.axis, self.rank)
        return f"the kernel of `{self.keyword}` spans {spanned}, but its input has a {name} of {self.size}{padded}"

    @property
    def help(self) -> str:
        most = f"use a kernel that spans at most {self.size + 2 * self.padding}"
        if self.keyword != "conv":
            return most  # a pool's padding is bounded by its kernel, or does not exist
        return f"{most}, or `padding` of at least {-(-(self.extent - self.size) // 2)}"


class SizeBelowOne(LayerProblem):
    """An output with an empty axis."""

    field: str | None
    keyword: str
    size: int
    axis: int
    rank: int
    code: ClassVar[str] = "E0309"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` would leave a {axis_name(self.axis, self.rank)} of {self.size}"


class PaddingExceedsKernel(LayerProblem):
    """A pool with windows that see nothing but padding."""

    field: str
    keyword: str
    padding: int
    kernel: int
    code: ClassVar[str] = "E0316"

    @property
    def message(self) -> str:
        return f"the padding of `{self.keyword}` is {self.padding}, more than half of its kernel of {self.kernel}"

    @property
    def help(self) -> str:
        return f"use a padding of at most {self.kernel // 2}, or a larger kernel"


class PaddingExceedsInput(LayerProblem):
    """A reflection or a wrap that needs more values than there are."""

    field: str
    keyword: str
    padding: int
    most: int
    axis: int
    rank: int
    code: ClassVar[str] = "E0317"

    @property
    def message(self) -> str:
        name = axis_name(self.axis, self.rank)
        added = f"`{self.keyword}` would add {self.padding} at one end of the {name}"
        return f"{added}, but its input has values for at most {self.most}"

    @property
    def help(self) -> str:
        return f"add at most {self.most} there; replication and zeros have no such limit"


class CropExceedsInput(LayerProblem):
    """More cut away at one end than there is."""

    field: str
    keyword: str
    cropping: int
    size: int
    axis: int
    rank: int
    code: ClassVar[str] = "E0318"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` would cut {self.cropping} from one end of a {axis_name(self.axis, self.rank)} of {self.size}"

    @property
    def help(self) -> str | None:
        return f"cut at most {self.size - 1} there, both ends taken together" if self.size > 1 else None


class WrongNumberOfAmounts(LayerProblem):
    """`zero_pad (1, 2, 3)` on an image."""

    field: str
    keyword: str
    given: int
    rank: int
    code: ClassVar[str] = "E0319"

    @property
    def message(self) -> str:
        needed = f"{2 * self.rank} (two for each of {counted(self.rank, 'spatial axis')})"
        return f"`{self.field}` has {counted(self.given, 'number')}, but this `{self.keyword}` needs one or {needed}"

    @property
    def help(self) -> str:
        order = {1: "left, right", 2: "left, right, top, bottom", 3: "left, right, top, bottom, front, back"}
        return f"the order is torch's: {order[self.rank]}"


class OutputPaddingTooLarge(LayerProblem):
    """A transposed convolution with rows that nothing reaches."""

    field: str
    keyword: str
    output_padding: int
    stride: int
    dilation: int
    code: ClassVar[str] = "E0320"

    @property
    def message(self) -> str:
        return (
            f"`{self.field}` of {self.output_padding} must be smaller than the stride ({self.stride}) "
            f"or the dilation ({self.dilation}) on the same axis"
        )

    @property
    def help(self) -> str:
        most = max(self.stride, self.dilation) - 1
        return f"use an `output_padding` of at most {most} there, or a stride of at least {self.output_padding + 1}"
