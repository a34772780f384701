"""The class of each position, as files that people can look at and programs can read."""

from __future__ import annotations

import colorsys
import io
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.data.images import ENDINGS
from cnnspec.training.data.places import File
from cnnspec.training.run_folder.atomic import write_bytes
from cnnspec.values.shapes import Shape

_PALETTE = 256  # colours that a palette has room for
_GOLDEN = 0.618033988749895  # steps of the golden ratio keep hues apart, however many there are


def mask_paths(places: Sequence[File], files: Sequence[File], output: Path, shape: Shape) -> list[Path]:
    """Returns where the mask of each file goes for outputs of a shape: to `output`, or into it; raises UsageError.

    It is a file where there is a single input, and the name has the ending of the format. In a folder, masks are called as the
    images are, and lie in such folders as these do below the folders among `places`.
    """
    if shape.rank == 1:
        raise UsageError(f"-o writes the class of each pixel, but the network has one answer for an image: {shape}")
    ending = ".png" if shape.rank == 3 else ".npy"
    if output.suffix.lower() == ending:
        if len(files) > 1:
            raise UsageError(f"-o {output} is one file, but there are {len(files):,} inputs: name a folder")
        return [output]
    if output.suffix.lower() in ENDINGS | {".npy", ".npz"} and not output.is_dir():
        raise UsageError(f"-o {output}: masks are {ending} files; name one, or a folder for them")
    if output.exists() and not output.is_dir():
        raise UsageError(f"-o {output} is no folder: name one, or a {ending} file for a single mask")
    found: dict[Path, File] = {}
    for file in files:
        path = output / _relative(file, places).with_suffix(ending)
        if path in found:
            if str(found[path]) == str(file):
                raise UsageError(f"-o {output}: {file} is named twice, by itself or by a folder that it is in: name it once")
            raise UsageError(f"-o {output}: the masks of {found[path]} and {file} would both be {path}")
        found[path] = file
    return list(found)


def write_mask(labels: torch.Tensor, classes: int, path: Path) -> None:
    """Writes labels [H, W] as a PNG whose pixels are the numbers of the classes, in colours; others as an array.

    Up to 256 classes it has a palette, and more take 16 bits of grey. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = io.BytesIO()
    kept = labels.numpy().astype(np.uint8 if classes <= _PALETTE else np.uint16)
    if labels.dim() == 2:
        image = Image.fromarray(kept)
        if classes <= _PALETTE:
            image.putpalette(_palette())
        image.save(data, "png")
    else:
        np.save(data, kept)
    write_bytes(path, data.getvalue())


def as_large_as(labels: torch.Tensor, size: tuple[int, int] | None, taken: Sequence[int]) -> torch.Tensor:
    """Returns labels [H, W] as an image of `size` needs them that was brought to the size `taken`: by nearest positions."""
    if size is None or size == tuple(taken) or labels.dim() != 2:
        return labels
    rows, columns = (
        _nearest(count, max(1, round(count * before / after)))
        for count, before, after in zip(labels.shape, size, taken, strict=True)
    )
    return labels[rows][:, columns]


def _nearest(count: int, wanted: int) -> torch.Tensor:
    """Returns which of `count` positions is nearest to the middle of each of `wanted`, as pillow's NEAREST has it."""
    return ((torch.arange(wanted, dtype=torch.float64) + 0.5) * count / wanted).floor().to(torch.int64).clamp(max=count - 1)


def _relative(file: File, places: Sequence[File]) -> Path:
    """Returns the path of a file below the folder that it was found in; of a file that was named itself its name."""
    if not isinstance(file, Path):
        return Path(file.stem)
    above = next((place for place in places if isinstance(place, Path) and place in file.parents), file.parent)
    return file.relative_to(above) if file not in places else Path(file.name)


@cache
def _palette() -> bytes:
    """Returns red, green and blue of 256 classes: black, then colours whose neighbours differ clearly."""
    return bytes([0, 0, 0, *_colours()])


def _colours() -> Iterator[int]:
    for number in range(1, _PALETTE):
        shade = 1 - 0.45 * (number // 8 % 2)
        for part in colorsys.hsv_to_rgb(number * _GOLDEN % 1, 0.9 - 0.4 * (number // 16 % 2), shade):
            yield round(255 * part)
