"""Images and arrays as inputs of a network, from files or through a pipe."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.lib.format import open_memmap, read_array

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.data.arrays import arranged
from cnnspec.training.data.arrays_file import UNREADABLE, reason
from cnnspec.training.data.finite import beyond
from cnnspec.training.data.images import ENDINGS, MODES, images_below, opened_image, pixels_of, size_of_image
from cnnspec.training.data.places import File, Folder
from cnnspec.training.data.rows import Row
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.problems import TrainingError
from cnnspec.values.shapes import Shape

_TABLES = (".csv", ".tsv")
_WRITE_ONE = "write the one that goes in with `numpy.save` (.npy)"


@dataclass(frozen=True)
class Sample:
    """One input in the shape that a network takes: bytes (uint8), which are 0 to 1, or the numbers of an array (float64).

    `size` is height and width of an image as it was, None for an array.
    """

    values: torch.Tensor
    size: tuple[int, int] | None

    @property
    def has_bytes(self) -> bool:
        return self.values.dtype == torch.uint8


def is_array(file: File) -> bool:
    """Returns whether a file holds an array (.npy)."""
    return file.suffix.lower() == ".npy"


def read_sample(
    file: File, shape: Shape, form: tuple[int, int, int] | None = None, finite_in: torch.dtype | None = None
) -> Sample:
    """Returns an image or array file as one input; raises TrainingError, or UsageError where it does not fit.

    An image is brought to the channels and the size of `form`, where that is given. With `finite_in`, the numbers of an array
    have to be finite in that kind.
    """
    if is_array(file):
        return Sample(_array(file, shape, finite_in), None)
    _verify_no_archive(file)
    _verify_no_table(file)
    if shape.rank != 3 and shape.rank != 1:
        raise UsageError(f"{file}: an image is no input of {shape}; give an array (.npy)")
    channels = form[0] if form else shape.channels if shape.rank == 3 else 1
    if channels not in MODES:
        raise UsageError(f"{file}: an image has 1, 3 or 4 channels, but the network takes {shape}; give an array (.npy)")
    with opened_image(file) as opened:
        size = opened.height, opened.width
        image = pixels_of(opened, file, channels, form and form[1:])
    if image.numel() != shape.features or (shape.rank == 3 and tuple(image.shape) != shape.sizes):
        raise UsageError(f"{file} is {Shape(tuple(image.shape))}, but the network takes {shape}")
    return Sample(image.reshape(shape.sizes), size)


def read_input(
    file: File, shape: Shape, scaling: Scaling | None = None, form: tuple[int, int, int] | None = None
) -> torch.Tensor:
    """Returns an image or array file as one input, float64, bytes from 0 to 1 or scaled; `form` and raises as `read_sample`."""
    sample = read_sample(file, shape, form)
    values = sample.values.to(torch.float64)
    if not sample.has_bytes:
        return values
    if scaling is None:
        return values / 255
    return scaling.of(sample.values.dtype).on(values.device, torch.float64).apply(values)


def image_size(file: File) -> tuple[int, int]:
    """Returns height and width of an image file; raises TrainingError, or UsageError for an archive of arrays."""
    _verify_no_archive(file)
    return size_of_image(file)


def _verify_no_archive(file: File) -> None:
    if file.suffix.lower() == ".npz":
        raise UsageError(f"{file} may hold several arrays: {_WRITE_ONE}")


def _verify_no_table(file: File) -> None:
    if file.suffix.lower() in _TABLES:
        rated = f"cnnspec evaluate RUN --data 'csv, \"{file}\"'"
        advice = f"write its rows with `numpy.save` (.npy), without the target; `{rated}` rates it"
        raise UsageError(f"{file} is a table, not an image or an array: {advice}")


def images_in(places: Sequence[File]) -> list[File]:
    """Returns files as they are, and of folders all images in them and below, sorted, also behind links, as training data is
    found; raises UsageError for none."""
    found: list[File] = []
    for place in places:
        if not isinstance(place, Path) or not place.is_dir():
            found.append(place)
            continue
        inside = sorted(file for file in images_below(Folder(place)) if isinstance(file, Path))
        if not inside:
            raise UsageError(f"{place} holds no images ({', '.join(sorted(ENDINGS))})")
        found += inside
    return found


def each_sample(files: Sequence[File], shape: Shape) -> list[File]:
    """Returns files as they are, and in the place of an array of several samples each of these; one of none is told later."""
    found: list[File] = []
    for file in files:
        samples = _samples(file, shape) if is_array(file) else None
        found += [file] if samples is None or not len(samples) else [Row(file, samples, index) for index in range(len(samples))]
    return found


def _samples(file: File, shape: Shape) -> np.ndarray | None:
    """Returns an array of several samples, of which nothing is read yet; None for others, and for what is no array."""
    try:
        found = _load(file)
    except UsageError:  # whoever opens it is told
        return None
    return found if _holds_samples(found.shape, shape) else None


def _load(file: File) -> np.ndarray:
    """Returns the array of a file, of which nothing need be in memory yet; raises UsageError."""
    try:
        # Arrays of objects are pickles, which can run anything: never read.
        if isinstance(file, Path) and file.is_file():
            found: np.ndarray = open_memmap(file, mode="r")
        else:
            with file.open("rb") as stream:
                found = read_array(stream, allow_pickle=False)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from None
    except UNREADABLE as error:
        if isinstance(file, Path) and zipfile.is_zipfile(file):
            raise UsageError(f"{file} is an archive of arrays (.npz): {_WRITE_ONE}") from None
        raise UsageError(f"{file} is no array of numbers: {reason(error)}") from None
    if found.dtype.kind not in "buif":
        raise UsageError(f"{file} is no array of numbers: its elements are {found.dtype}")
    return found


def _holds_samples(sizes: tuple[int, ...], shape: Shape) -> bool:
    """Returns whether an array has one axis more than an input, but for one that `arranged` adds."""
    if len(sizes) == 0 or _is_one(sizes, shape):
        return False
    return tuple(arranged(torch.empty(sizes, device="meta"), shape).shape[1:]) == shape.sizes


def _is_one(sizes: tuple[int, ...], shape: Shape) -> bool:
    """Returns whether an array is one input, perhaps without the axis of the channels, or with it last."""
    return sizes == shape.sizes or tuple(arranged(torch.empty(1, *sizes, device="meta"), shape).shape[1:]) == shape.sizes


def _array(file: File, shape: Shape, finite_in: torch.dtype | None) -> torch.Tensor:
    """Returns the array of a file as one input, uint8 or float64; raises UsageError."""
    array = _load(file)
    holds_samples = _holds_samples(array.shape, shape)
    if holds_samples and len(array) == 1:
        array, holds_samples = array[0], False
    sizes = array.shape
    if holds_samples and not len(array):
        raise UsageError(f"{file} holds no samples: it is {'x'.join(map(str, sizes))}, and an input is {shape}")
    if holds_samples:
        one = f'one at a time (`numpy.save("one.npy", samples[0])`); `cnnspec predict` takes all {len(array):,}'
        raise UsageError(f"{file} is {Shape(sizes)}, {len(array):,} inputs of {shape}: give {one}")
    if not _is_one(sizes, shape):
        raise UsageError(f"{file} is {Shape(sizes) if sizes else 'one number'}, but the network takes {shape}")
    values = torch.from_numpy(np.array(array, dtype=np.uint8 if array.dtype == np.uint8 else np.float64))
    if finite_in is not None:
        _verify_finite(file, values, finite_in)
    return values if sizes == shape.sizes else arranged(values.unsqueeze(0), shape)[0]


def _verify_finite(file: File, values: torch.Tensor, dtype: torch.dtype) -> None:
    """Raises UsageError for the first number that is not finite, and TrainingError for one that is not in `dtype`."""
    spoilt = ~values.to(dtype).isfinite()
    if not spoilt.any():
        return
    place = tuple(spoilt.nonzero()[0].tolist())
    text = f"{file}: {values[place].item()} at {list(place)}"
    if values[place].isfinite():
        raise TrainingError(beyond(text, dtype))
    raise UsageError(f"{text} is no finite number: leave such samples out, or fill the gaps (`numpy.nan_to_num`)")
