"""Image files as tensors of bytes, by pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from cnnspec.training.problems import DataBroken, DataMissing, TrainingError

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".pbm", ".tif", ".tiff", ".webp"})
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def read_image(path: Path, channels: int, size: tuple[int, int] | None = None) -> torch.Tensor:
    """Returns one image as uint8 [channels, H, W] (1 is grey, 3 RGB, 4 RGBA), resized to `size` (height, width) where given.

    Raises TrainingError for what is no image, or damaged.
    """
    try:
        with Image.open(path) as opened:
            image = opened.convert(MODES[channels])
            if size is not None and (image.height, image.width) != size:
                image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            pixels = np.array(image, dtype=np.uint8)
    except FileNotFoundError:
        raise TrainingError(DataMissing(f"there is no file {path}")) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = "no image that pillow can read" if isinstance(error, UnidentifiedImageError) else f"a damaged image: {error}"
        raise TrainingError(DataBroken(f"{path} is {reason}")) from None
    return torch.from_numpy(pixels.reshape(*pixels.shape[:2], channels)).permute(2, 0, 1)
