"""Feature maps as pixels."""

from __future__ import annotations

import math

import numpy as np
import torch

_GAP = 1  # pixels between tiles


def picture(output: torch.Tensor) -> np.ndarray:
    """Returns [C, H, W] as bytes: grey [H, W] for one channel, [H, W, 3] for three, and else all channels as grey tiles.

    0 is black and 1 is white; what lies outside is clipped. Tiles stand row by row, in as square an arrangement as they allow.
    """
    pixels = (output.to(torch.float64) * 255).round().clamp(0, 255).nan_to_num().to(torch.uint8).numpy()
    channels, height, width = pixels.shape
    if channels == 1:
        return np.ascontiguousarray(pixels[0])
    if channels == 3:
        return np.ascontiguousarray(pixels.transpose(1, 2, 0))
    columns = math.ceil(math.sqrt(channels))
    rows = math.ceil(channels / columns)
    sheet = np.zeros((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP), np.uint8)
    for index, tile in enumerate(pixels):
        top, left = index // columns * (height + _GAP), index % columns * (width + _GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet
