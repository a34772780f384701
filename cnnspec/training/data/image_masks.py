"""Masks: images whose pixels are the numbers of classes, or stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image

from cnnspec.training.data.dataset import Request
from cnnspec.training.data.image_files import sizes_differ, verify_memory
from cnnspec.training.data.images import opened_image
from cnnspec.training.data.labels import classes_of, ignored_label, label_advice, verify_labels
from cnnspec.training.data.places import File
from cnnspec.training.problems import DataBroken, LabelOutOfRange, TargetDiffers, TrainingError

_GREY = ("P", "L", "1", "I;16", "I;16B", "I")  # modes of pillow whose pixels are one number
_NO_CLASSES = {"F": "fractions", "LA": "transparency", "La": "transparency", "PA": "transparency"}
_BYTE = 255  # the largest
_LOOKED_AT = 1_000  # masks, where one has a label that is no class
_LOSSY = "JPEG changes the values of pixels: store masks as PNG"


def read_masks(
    files: Sequence[File], size: tuple[int, ...] | None, beside: int, values: tuple[int, ...] | None, request: Request
) -> torch.Tensor:
    """Returns the classes of the pixels [N, H, W], of pictures of `size` where that is given; raises TrainingError.

    They are bytes (uint8), or int32 where a label is below 0 or above 255. `values` are what stands for class 0, 1, ... in the
    files, None where that is the number of the class. `beside` is how much memory the inputs take, in bytes.
    """
    positions = tuple(request.output.spatial)
    if len(positions) != 2:
        text = f"masks have a class for each pixel, but the network gives {request.output}"
        raise TrainingError(TargetDiffers(text, "for classes of whole images write `data folder`"))
    pixels = len(files) * positions[0] * positions[1]
    verify_memory(beside + pixels)
    masks = torch.empty(len(files), *positions, dtype=torch.uint8)
    for place, file in enumerate(files):
        mask = _read_mask(file, size)
        if place and mask.shape != positions and size is None:
            raise sizes_differ(files[0], positions, file, mask.shape, request.resize)
        if tuple(mask.shape) != positions:
            text = f"the mask {file} is {mask.shape[0]}x{mask.shape[1]}, but the network gives {request.output}"
            how = f"`{request.resize}` brings inputs to a size, and masks to that of the output"
            raise TrainingError(TargetDiffers(text, how))
        if values is None:
            advice = partial(_advice, files, size, request)
            verify_labels(mask.unsqueeze(0), request, lambda _, file=file: f"a pixel of {file}", advice)  # type: ignore[misc]
        else:
            mask = _numbered(mask, values, file, request)
        if masks.dtype == torch.uint8 and bool(((mask < 0) | (mask > _BYTE)).any()):
            verify_memory(beside + pixels * torch.int32.itemsize)
            masks = masks.to(torch.int32)
        masks[place] = mask
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
        advice = _LOSSY if _is_lossy(file) else "name all values, those of class 0 first"
        raise TrainingError(LabelOutOfRange(text, advice))
    return numbered


def _advice(files: Sequence[File], size: tuple[int, ...] | None, request: Request, label: int) -> str:
    """Returns what to do about a label that is no class, by the values of all masks, or of the first thousand."""
    each = [np.unique(_read_mask(file, size).numpy()) for file in files[:_LOOKED_AT]]
    found = torch.from_numpy(np.unique(np.concatenate(each)))
    counted = found[found != ignored_label(request.loss)]
    if len(counted) > classes_of(request) and any(map(_is_lossy, files)):
        return _LOSSY
    return label_advice(counted, label, request, are_masks=True)


def _is_lossy(file: File) -> bool:
    return file.suffix.lower() in (".jpg", ".jpeg", ".jpe", ".jfif")


def _read_mask(file: File, size: tuple[int, ...] | None) -> torch.Tensor:
    """Returns the numbers of the pixels, int64 [H, W]; those of a palette are its indices. Raises TrainingError."""
    with opened_image(file) as opened:
        if opened.mode not in _GREY:
            what = _NO_CLASSES.get(opened.mode, "colours")
            text = f"the mask {file} has {what} ({opened.mode}), which say nothing about classes"
            raise TrainingError(DataBroken(text, "store the number of each pixel's class, as a grey image or with a palette"))
        mask = opened if size is None else opened.resize((size[1], size[0]), Image.Resampling.NEAREST)
        return torch.from_numpy(np.array(mask).astype(np.int64))
