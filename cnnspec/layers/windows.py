"""Sizes along the spatial axes under a sliding window. Formulas as torch documents them for Conv2d, MaxPool2d, ConvTranspose2d.

All functions take one number per axis and return one size per axis. They run once for each layer of a network, and networks
repeat themselves, so the common ones remember their last results.
"""

from __future__ import annotations

from functools import lru_cache

from cnnspec.layers.window_problems import KernelExceedsInput, SizeBelowOne
from cnnspec.values.dims import Dim, is_symbolic, refused

Numbers = tuple[int, ...]
Sizes = tuple[Dim, ...]


def slide(keyword: str, sizes: Sizes, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers) -> Sizes:
    """Returns floor((W + 2P - D(K-1) - 1)/S) + 1; raises where the window does not fit once."""
    # what is assumed of symbolic sizes is noted in each walk anew
    compute = _slide.__wrapped__ if is_symbolic(sizes) else _slide
    return compute(keyword, sizes, kernel, stride, padding, dilation)


@lru_cache(maxsize=1024)
def _slide(keyword: str, sizes: Sizes, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers) -> Sizes:
    result: list[Dim] = []
    for size, window, step, margin, spread in zip(sizes, kernel, stride, padding, dilation, strict=True):
        room = size + (2 * margin - spread * (window - 1) - 1)
        if refused(room < 0):
            raise _too_large(keyword, sizes, kernel, padding, dilation, len(result))
        result.append(room // step + 1)
    return tuple(result)


def slide_ceil(keyword: str, sizes: Sizes, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers) -> Sizes:
    """Returns the sizes in ceil mode: the last window may hang over the end, but must begin before W + P.

    With K' = D(K-1) + 1 that is floor((W + min(2P - K' + S, P) + S - 1)/S); raises where it is below 1.
    """
    compute = _slide_ceil.__wrapped__ if is_symbolic(sizes) else _slide_ceil
    return compute(keyword, sizes, kernel, stride, padding, dilation)


@lru_cache(maxsize=1024)
def _slide_ceil(keyword: str, sizes: Sizes, kernel: Numbers, stride: Numbers, padding: Numbers, dilation: Numbers) -> Sizes:
    result: list[Dim] = []
    for size, window, step, margin, spread in zip(sizes, kernel, stride, padding, dilation, strict=True):
        extent = spread * (window - 1) + 1
        count = (size + (min(2 * margin - extent + step, margin) + step - 1)) // step
        if refused(count < 1):
            raise _too_large(keyword, sizes, kernel, padding, dilation, len(result))
        result.append(count)
    return tuple(result)


def unslide(
    keyword: str, sizes: Sizes, kernel: Numbers, stride: Numbers, padding: Numbers, output_padding: Numbers, dilation: Numbers
) -> Sizes:
    """Returns (W-1)S - 2P + D(K-1) + output_padding + 1, the sizes after a transposed convolution; raises below 1."""
    result: list[Dim] = []
    for size, window, step, margin, extra, spread in zip(sizes, kernel, stride, padding, output_padding, dilation, strict=True):
        count = (size - 1) * step - 2 * margin + spread * (window - 1) + extra + 1
        if refused(count < 1):
            raise SizeBelowOne("padding", keyword, count, len(result), len(sizes))
        result.append(count)
    return tuple(result)


def extents(kernel: Numbers, dilation: Numbers) -> Numbers:
    """Returns how many positions each window spans: D(K-1)+1."""
    return tuple(spread * (window - 1) + 1 for window, spread in zip(kernel, dilation, strict=True))


def _too_large(
    keyword: str, sizes: Sizes, kernel: Numbers, padding: Numbers, dilation: Numbers, axis: int
) -> KernelExceedsInput:
    extent = dilation[axis] * (kernel[axis] - 1) + 1
    return KernelExceedsInput("kernel", keyword, extent, dilation[axis] > 1, sizes[axis], padding[axis], axis, len(sizes))
