"""Pairs of images in two folders: from image to image, or from image to the classes of its pixels."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import torch

from cnnspec.diagnostics.nearest import nearest
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
    if data.targets is None and request.loss.compares_labels:
        text = f"`pairs` has one folder, whose images are their own targets, but `{request.loss.keyword}` compares classes"
        advice = f'name the folder of the masks, too: `data pairs, "{data.inputs}", "masks"`; or write `loss mse`'
        raise TrainingError(TargetDiffers(text, advice))
    size = resized(data.resize)
    names, files = _named(data.inputs, request)
    inputs = ImageFiles.of(files, image_channels(request.input), size, request.resize)
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
        images = _read_images(partners, size is not None, inputs.bytes, request)
        targets = images if data.targets is None else _whitened(images)
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
    # A letter with an accent is one character or two, which look the same: macOS writes two.
    names = [unicodedata.normalize("NFC", file.stem) for file in files]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TrainingError(DataBroken(f"{place} has two images called `{twice}`, with different endings"))
    return names, files


def _verify_partners(names: Sequence[str], others: dict[str, File], data: Pairs) -> None:
    missing, surplus = sorted(set(names) - others.keys()), sorted(others.keys() - set(names))
    for lonely, rest, folder in ((missing, surplus, data.targets), (surplus, missing, data.inputs)):
        if lonely:
            count = "1 image has" if len(lonely) == 1 else f"{len(lonely):,} images have"
            text = f"{count} no partner in {folder}: `{lonely[0]}` is the first"
            raise TrainingError(DataMissing(text, _partner_advice(lonely[0], rest)))


def _partner_advice(name: str, others: Sequence[str]) -> str:
    """Returns what to do about a name without a partner, by the names that have none on the other side."""
    alike = (other for other in others if other.casefold() in name.casefold() or name.casefold() in other.casefold())
    guess = next(alike, None) or nearest(name, others)
    rule = "partners have the same name, in capital and small letters, but for their endings (.png, .jpg)"
    return f"is it `{guess}`? Give both one name: {rule}" if guess else rule


def _read_images(files: Sequence[File], resizes: bool, beside: int, request: Request) -> torch.Tensor:
    """Returns images [N, *output] of 0..255 (uint8); `beside` is how much memory the inputs take, in bytes."""
    output = request.output
    if output.rank != 3 or output.channels not in MODES:
        text = f"images as targets have 1, 3 or 4 channels, height and width, but the network gives {output}"
        raise TrainingError(TargetDiffers(text, "for masks write `loss cross_entropy`"))
    height, width = output.spatial
    images = ImageFiles.of(files, output.channels, (height, width) if resizes else None, request.resize)
    if images.size != (height, width):
        text = f"{files[0]} is {images.size[0]}x{images.size[1]}, but the network gives {output}"
        advice = f"`{request.resize}` brings inputs to a size, and targets to that of the output"
        raise TrainingError(TargetDiffers(text, advice))
    verify_memory(beside + images.bytes)
    return images.decode()


def _whitened(images: torch.Tensor) -> torch.Tensor:
    """Returns images (uint8) whose white is 255: those of which none has a number above 1 are masks of 0 and 1."""
    return images * 255 if int(images.max()) <= 1 else images
