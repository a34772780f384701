"""Pairs of images in two folders: from image to image, or from image to the classes of its pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError

from cnnspec.recipe.data import resized
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.image_files import ImageFiles, sizes_differ
from cnnspec.training.data.images import ENDINGS, MODES, image_channels
from cnnspec.training.data.labels import class_names, ignored_label, verify_labels
from cnnspec.training.data.memory import fits_in_memory, memory
from cnnspec.training.data.places import File, place_at
from cnnspec.training.data.split import split
from cnnspec.training.problems import (
    DataBroken,
    DataMissing,
    LabelOutOfRange,
    TargetDiffers,
    TooLittleData,
    TooMuchData,
    TrainingError,
)

_GREY = ("P", "L", "1", "I;16", "I;16B", "I")  # modes of pillow whose pixels are one number


def read_pairs(data: Pairs, request: Request) -> Dataset:
    """Returns images [N, C, H, W] (uint8) with masks [N, H, W] or images [N, C, H, W] (uint8) as targets; raises TrainingError.

    Targets are in the shape that the network's output asks for.
    """
    size = resized(data.resize)
    names, files = _named(data.inputs, request)
    inputs = ImageFiles.of(files, image_channels(request.input), size)
    others = (
        dict(zip(*_named(data.targets, request), strict=True))
        if data.targets is not None
        else dict(zip(names, files, strict=True))
    )
    _verify_partners(names, others, data)
    partners = [others[name] for name in names]
    if request.loss.compares_labels:
        positions = None if size is None else tuple(request.output.spatial)
        targets = _read_masks(partners, positions, inputs.bytes, data.mask_values, request)
    else:
        targets = _read_images(partners, size is not None, inputs.bytes, request)
    train, test = split(Part(inputs.decode(), targets), data.test)
    classes = class_names(request) if request.loss.compares_labels else None
    return Dataset(data.keyword, train, test, levels=255.0, classes=classes)


def _named(folder: str, request: Request) -> tuple[list[str], Sequence[File]]:
    """Returns the names of the images in a folder, without endings, and their files."""
    place = place_at(request.locate(folder))
    inner = list(place.folders().values())
    if len(inner) == 1 and not place.files():
        (place,) = inner  # the folder that a zip file was made of
    files: Sequence[File] = [file for file in place.files() if file.suffix.lower() in ENDINGS]
    if not files:
        raise TrainingError(TooLittleData(f"{place} holds no images ({', '.join(sorted(ENDINGS))})"))
    names = [file.stem for file in files]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TrainingError(DataBroken(f"{place} has two images called `{twice}`, with different endings"))
    return names, files


def _verify_partners(names: Sequence[str], others: dict[str, File], data: Pairs) -> None:
    for lonely, folder in ((set(names) - others.keys(), data.targets), (others.keys() - set(names), data.inputs)):
        if lonely:
            count = "1 image has" if len(lonely) == 1 else f"{len(lonely):,} images have"
            raise TrainingError(DataMissing(f"{count} no partner in {folder}: `{min(lonely)}` is the first"))


def _read_images(files: Sequence[File], resizes: bool, beside: int, request: Request) -> torch.Tensor:
    """Returns images [N, *output] of 0..255 (uint8); `beside` is how much memory the inputs take, in bytes."""
    output = request.output
    if output.rank != 3 or output.channels not in MODES:
        text = f"images as targets have 1, 3 or 4 channels, height and width, but the network gives {output}"
        raise TrainingError(TargetDiffers(text, "for masks write `loss cross_entropy`"))
    height, width = output.spatial
    images = ImageFiles.of(files, output.channels, (height, width) if resizes else None)
    if images.size != (height, width):
        text = f"{files[0]} is {images.size[0]}x{images.size[1]}, but the network gives {output}"
        raise TrainingError(TargetDiffers(text, "`resize=...` brings inputs to a size, and targets to that of the output"))
    _verify_memory(beside + images.bytes)
    return images.decode()


def _read_masks(
    files: Sequence[File], size: tuple[int, ...] | None, beside: int, values: tuple[int, ...] | None, request: Request
) -> torch.Tensor:
    """Returns the classes of the pixels [N, H, W] (uint8), of pictures of `size` where that is given.

    `values` are what stands for class 0, 1, ... in the files, None where that is the number of the class.
    """
    positions = tuple(request.output.spatial)
    if len(positions) != 2:
        text = f"masks have a class for each pixel, but the network gives {request.output}"
        raise TrainingError(TargetDiffers(text, "for classes of whole images write `data folder`"))
    _verify_memory(beside + len(files) * positions[0] * positions[1])
    masks = torch.empty(len(files), *positions, dtype=torch.uint8)
    for place, file in enumerate(files):
        mask = _read_mask(file, size)
        if place and mask.shape != positions and size is None:
            raise sizes_differ(files[0], positions, file, mask.shape)
        if tuple(mask.shape) != positions:
            text = f"the mask {file} is {mask.shape[0]}x{mask.shape[1]}, but the network gives {request.output}"
            raise TrainingError(TargetDiffers(text, "`resize=...` brings inputs to a size, and masks to that of the output"))
        mask = mask if values is None else _numbered(mask, values, file, request)
        verify_labels(mask.to(torch.int64).unsqueeze(0), request, lambda _, file=file: f"a pixel of {file}")  # type: ignore[misc]
        masks[place] = mask.to(torch.uint8)
    return masks


def _numbered(mask: torch.Tensor, values: tuple[int, ...], file: File, request: Request) -> torch.Tensor:
    """Returns the numbers of the classes that the values of pixels stand for; what the loss ignores stays."""
    numbered = torch.full_like(mask, -1)
    for number, value in enumerate(values):
        numbered[mask == value] = number
    ignored = ignored_label(request.loss)
    if ignored is not None and ignored not in values:
        numbered[mask == ignored] = ignored
    unknown = mask[(numbered == -1) & (mask != ignored)]
    if len(unknown):
        text = f"a pixel of {file} is {int(unknown[0])}, which is none of `mask_values`"
        lossy = file.suffix.lower() in (".jpg", ".jpeg")
        advice = "JPEG changes the values of pixels: store masks as PNG" if lossy else "name all values, those of class 0 first"
        raise TrainingError(LabelOutOfRange(text, advice))
    return numbered


def _read_mask(file: File, size: tuple[int, ...] | None) -> torch.Tensor:
    """Returns the numbers of the pixels, int64 [H, W]; those of a palette are its indices."""
    try:
        with file.open("rb") as stream, Image.open(stream) as opened:
            if opened.mode not in _GREY:
                text = f"the mask {file} has colours ({opened.mode}), which say nothing about classes"
                raise TrainingError(
                    DataBroken(text, "store the number of each pixel's class, as a grey image or with a palette")
                )
            mask = opened if size is None else opened.resize((size[1], size[0]), Image.Resampling.NEAREST)
            return torch.from_numpy(np.array(mask).astype(np.int64))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise TrainingError(DataBroken(f"{file} cannot be read as an image: {error}")) from None


def _verify_memory(size: int) -> None:
    if not fits_in_memory(size):
        text = f"the images take {size / 2**30:.1f} GiB decoded, which is too much of the {memory() / 2**30:.1f} GiB of memory"
        raise TrainingError(TooMuchData(text, "bring them to a smaller size with `resize=...`"))
