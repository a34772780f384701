"""Pairs of images in two folders: from image to image, or from image to the classes of its pixels."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from cnnspec.recipe.data import resized
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.image_files import ImageFiles, verify_memory
from cnnspec.training.data.image_masks import read_masks
from cnnspec.training.data.images import ENDINGS, MODES, image_channels
from cnnspec.training.data.labels import class_names
from cnnspec.training.data.places import File, place_at
from cnnspec.training.data.split import split
from cnnspec.training.problems import DataBroken, DataMissing, TargetDiffers, TooLittleData, TrainingError


def read_pairs(data: Pairs, request: Request) -> Dataset:
    """Returns images [N, C, H, W] (uint8) with masks [N, H, W] (uint8, int32) or images [N, C, H, W] (uint8).

    Raises TrainingError. Targets are in the shape that the network's output asks for.
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
        targets = read_masks(partners, positions, inputs.bytes, data.mask_values, request)
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
    verify_memory(beside + images.bytes)
    return images.decode()
