"""Sizes along the spatial axes under a sliding window. Formulas as torch documents them for Conv2d, MaxPool2d, ConvTranspose2d.

All functions take one number per axis and return one size per axis. They run once for each layer of a network, and networks
repeat themselves, so the common ones remember their last results.
"""

from __future__ import annotations

from functools import lru_cache

from cnnspec.layers.window_problems import KernelExceedsInput, SizeBelowOne

Numbers = tuple[int, ...]


@lru_cache(maxsize=1024)
def slide(keyword: str, sizes: Numbers, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers) -> Numbers:
    """Returns floor((W + 2P - D(K-1) - 1)/S) + 1; raises where the window does not fit once."""
    result: list[int] = []
    for size, window, step, margin, spread in zip(sizes, kernel, stride, padding, dilation, strict=True):
        room = size + 2 * margin - spread * (window - 1) - 1
        if room < 0:
            raise _too_large(keyword, sizes, kernel, padding, dilation, len(result))
        result.append(room // step + 1)
    return tuple(result)


@lru_cache(maxsize=1024)
def slide_ceil(keyword: str, sizes: Numbers, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers) -> Numbers:
    """Returns the sizes in ceil mode: the last window may hang over the end, but must begin before W + P."""
    result: list[int] = []
    for size, window, step, margin, spread in zip(sizes, kernel, stride, padding, dilation, strict=True):
        room = size + 2 * margin - spread * (window - 1) - 1
        count = -(-room // step) + 1
        if (count - 1) * step >= size + margin:
            count -= 1
        if count < 1:
            raise _too_large(keyword, sizes, kernel, padding, dilation, len(result))
        result.append(count)
    return tuple(result)


def unslide(
    keyword: str, sizes: Numbers, kernel: Numbers, stride: Numbers, padding: Numbers, output_padding: Numbers, dilation: Numbers
) -> Numbers:
    """Returns (W-1)S - 2P + D(K-1) + output_padding + 1, the sizes after a transposed convolution; raises below 1."""
    result: list[int] = []
    for size, window, step, margin, extra, spread in zip(sizes, kernel, stride, padding, output_padding, dilation, strict=True):
        count = (size - 1) * step - 2 * margin + spread * (window - 1) + extra + 1
        if count < 1:
            raise SizeBelowOne("padding", keyword, count, len(result), len(sizes))
        result.append(count)
    return tuple(result)


def extents(kernel: Numbers, dilation: Numbers) -> Numbers:
    """Returns how many positions each window spans: D(K-1)+1."""
    return tuple(spread * (window - 1) + 1 for window, spread in zip(kernel, dilation, strict=True))


def _too_large(
    keyword: str, sizes: Numbers, kernel: Numbers, padding: Numbers, dilation: Numbers, axis: int
) -> KernelExceedsInput:
    extent = dilation[axis] * (kernel[axis] - 1) + 1
    return KernelExceedsInput("kernel", keyword, extent, dilation[axis] > 1, sizes[axis], padding[axis], axis, len(sizes))
