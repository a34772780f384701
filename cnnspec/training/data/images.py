"""Image files as tensors of bytes, by pillow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import BITSPERSAMPLE, SAMPLEFORMAT, TiffImageFile

from cnnspec.recipe.sample_problems import NoImages
from cnnspec.training.data.places import File, Place
from cnnspec.training.problems import DataBroken, DataMissing, TrainingError
from cnnspec.values.shapes import Shape

ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".ppm", ".pgm", ".pbm", ".tif", ".tiff", ".webp"}
)
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_SIXTEEN_BITS = ("PNG", "PPM")  # formats of which pillow reads 16 bits as 32
_SIGNED = 2  # what TIFF's tag SampleFormat says of integers with a sign


def images_of(folder: Place) -> list[File]:
    """Returns the images in a folder, by the endings of their names."""
    return [file for file in folder.files() if file.suffix.lower() in ENDINGS]


def images_below(folder: Place) -> list[File]:
    """Returns the images in a folder and in all folders below it, as torchvision's ImageFolder takes them."""
    return [*images_of(folder), *(file for inner in folder.folders().values() for file in images_below(inner))]


def image_channels(given: Shape) -> int:
    """Returns with how many channels images are read for an input; raises TrainingError where they never have as many."""
    channels = given.channels if given.rank == 3 else 1
    if channels not in MODES:
        raise TrainingError(NoImages(given))
    return channels


def read_image(path: File, channels: int, size: tuple[int, int] | None = None) -> torch.Tensor:
    """Returns one image as uint8 [channels, H, W] (1 is grey, 3 RGB, 4 RGBA), resized to `size` (height, width) where given.

    Of 16 bits the upper eight count, and of the 12 of a TIFF file. Raises TrainingError for what is no image, or damaged, or
    has no white.
    """
    with opened_image(path) as opened:
        return pixels_of(opened, path, channels, size)


def pixels_of(opened: Image.Image, path: File, channels: int, size: tuple[int, int] | None = None) -> torch.Tensor:
    """Returns an image that is open as `read_image` does; raises as pillow does, and TrainingError where it has no white."""
    image = _of_bytes(opened, path).convert(MODES[channels])
    if size is not None and (image.height, image.width) != size:
        image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    pixels = np.array(image, dtype=np.uint8)
    return torch.from_numpy(pixels.reshape(*pixels.shape[:2], channels)).permute(2, 0, 1)


def _of_bytes(image: Image.Image, path: File) -> Image.Image:
    """Returns an image of 8 bits a channel; raises TrainingError for numbers of 32 bits, whose white nobody knows.

    pillow would cut a grey image of 16 bits off at 255. Of colours it takes the upper eight bits itself.
    """
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format in _SIXTEEN_BITS):
        shades = np.asarray(image) >> (_bits(image) - 8)
        return Image.fromarray(shades.clip(0, 255).astype(np.uint8))
    if image.mode in ("I", "F"):
        kind = f"{_bits(image)} bits with a sign" if _has_sign(image) else "32 bits"
        text = f"{path} has pixels of {kind}, and no number that is white"
        raise TrainingError(DataBroken(text, "store images with 8 or 16 bits, or the numbers as they are with `data npz`"))
    if image.mode == "P" and isinstance(image.info.get("transparency"), bytes):
        return image.convert("RGBA")  # what pillow asks for, before it drops the transparency of single colours
    return image


def _bits(image: Image.Image) -> int:
    """Returns how many bits a grey value has: TIFF files may say 12, of which pillow makes the lower ones of 16."""
    if not isinstance(image, TiffImageFile):
        return 16
    bits: int = image.tag_v2.get(BITSPERSAMPLE, (16,))[0]
    return bits


def _has_sign(image: Image.Image) -> bool:
    return isinstance(image, TiffImageFile) and image.tag_v2.get(SAMPLEFORMAT, (1,))[0] == _SIGNED


def size_of_image(path: File) -> tuple[int, int]:
    """Returns height and width without decoding; raises TrainingError."""
    with opened_image(path) as image:
        return image.height, image.width


@contextmanager
def opened_image(path: File) -> Iterator[Image.Image]:
    """Gives an image, decoded when its pixels are asked for; raises TrainingError for what is none, then too."""
    try:
        with path.open("rb") as file, Image.open(file) as image:
            yield image
    except FileNotFoundError:
        link = f": it is a link to {os.readlink(path)}" if isinstance(path, Path) and path.is_symlink() else ""
        raise TrainingError(DataMissing(f"there is no file {path}{link}")) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise TrainingError(DataBroken(f"{path} {_fault(path, error)}")) from None


def _fault(path: File, error: Exception) -> str:
    """Returns why a file is no image, as the end of a sentence."""
    if isinstance(error, UnidentifiedImageError):
        with path.open("rb") as file:
            return "is no image that pillow can read" if file.read(1) else "is empty"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not an image"
    if isinstance(error, PermissionError):
        return "may not be read"
    if isinstance(error, Image.DecompressionBombError):
        return f"has more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels, the most that pillow opens lest they fill memory"
    return f"is a damaged image: {error}"
