"""Resizing of images that are already tensors."""

from __future__ import annotations

import torch
from torch.nn import functional

_CHUNK = 4096  # images at a time: the float copy of 60,000 of them would take a gigabyte


def resize_images(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Returns images [N, C, H, W] in another size [N, C, height, width], of the same type; bytes are rounded.

    Bilinear, and averaged where the image shrinks (antialias), as pillow's BILINEAR does.
    """
    if tuple(images.shape[2:]) == size:
        return images
    return torch.cat([_resize(images[start : start + _CHUNK], size) for start in range(0, len(images), _CHUNK)])


def _resize(images: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    larger = functional.interpolate(images.to(torch.float32), size, mode="bilinear", align_corners=False, antialias=True)
    return larger.round().clamp(0, 255).to(torch.uint8) if images.dtype == torch.uint8 else larger
