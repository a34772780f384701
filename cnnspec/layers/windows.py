"""Sizes along one axis under a sliding window. Formulas as torch documents them for Conv2d, MaxPool2d, ConvTranspose2d."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from cnnspec.layers.problems import KernelExceedsInput, SizeBelowOne


class Axis(NamedTuple):
    """A window along one axis; `index` and `rank` say which axis, for messages."""

    keyword: str
    index: int
    rank: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    field: ClassVar[str] = "kernel"

    @property
    def extent(self) -> int:
        """Returns how many positions the window spans: D(K-1)+1."""
        return self.dilation * (self.kernel - 1) + 1

    def slide(self, size: int) -> int:
        """Returns floor((W + 2P - D(K-1) - 1)/S) + 1; raises where the window does not fit once."""
        room = size + 2 * self.padding - self.extent
        if room < 0:
            raise KernelExceedsInput(
                "kernel", self.keyword, self.extent, self.dilation > 1, size, self.padding, self.index, self.rank
            )
        return room // self.stride + 1

    def slide_ceil(self, size: int) -> int:
        """Returns the size in ceil mode: the last window may hang over the end, but must begin within W + P."""
        room = size + 2 * self.padding - self.extent
        count = -(-room // self.stride) + 1
        if (count - 1) * self.stride >= size + self.padding:
            count -= 1
        if count < 1:
            raise KernelExceedsInput(
                "kernel", self.keyword, self.extent, self.dilation > 1, size, self.padding, self.index, self.rank
            )
        return count

    def spread(self, size: int, output_padding: int) -> int:
        """Returns (W-1)S - 2P + D(K-1) + output_padding + 1, the size after a transposed convolution."""
        result = (size - 1) * self.stride - 2 * self.padding + self.extent + output_padding
        if result < 1:
            raise SizeBelowOne("padding", self.keyword, result, self.index, self.rank)
        return result


def axes(
    keyword: str,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> list[Axis]:
    """Returns one `Axis` for each spatial axis."""
    rank = len(kernel)
    return [
        Axis(keyword, index, rank, *numbers) for index, numbers in enumerate(zip(kernel, stride, padding, dilation, strict=True))
    ]
