"""Images in one folder per class, decoded once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch

from cnnspec.recipe.data import Folder, resized
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.images import ENDINGS, MODES, read_image
from cnnspec.training.data.split import split
from cnnspec.training.problems import DataMissing, ImageSizesDiffer, LabelOutOfRange, TooLittleData, TrainingError


def read_folder(data: Folder, request: Request) -> Dataset:
    """Returns images [N, C, H, W] of 0..255 (uint8), C as the input asks, labelled by folder; raises TrainingError."""
    root = request.locate(data.path)
    if not root.is_dir():
        raise TrainingError(DataMissing(f"there is no folder {root}"))
    channels = request.input.channels if request.input.rank == 3 else 1
    if channels not in MODES:
        raise TrainingError(DataMissing(f"images have 1, 3 or 4 channels, but the network takes {channels}"))
    decode = partial(_read, channels=channels, size=resized(data.resize))
    parts = [root / name for name in ("train", "test", "val") if (root / name).is_dir()]
    if len(parts) < 2 or parts[0].name != "train":
        # A folder `train` that holds folders and no images is a part, not a class.
        only_train = bool(parts) and parts[0].name == "train" and any(item.is_dir() for item in parts[0].iterdir())
        folder = parts[0] if only_train else root
        classes = _classes(folder)
        train, test = split(decode(folder, classes), data.test)
        return Dataset(data.keyword, train, test, levels=255.0, classes=classes)
    classes = _classes(parts[0])
    unknown = set(_classes(parts[1])) - set(classes)
    if unknown:
        text = f"{parts[1]} has the classes {', '.join(sorted(unknown))}, which {parts[0]} does not have"
        raise TrainingError(LabelOutOfRange(text))
    first, second = (decode(part, classes) for part in parts[:2])
    if first.inputs.shape[1:] != second.inputs.shape[1:]:
        raise _sizes_differ(parts[0], _size(first.inputs[0]), parts[1], _size(second.inputs[0]))
    return Dataset(data.keyword, first, second, levels=255.0, classes=classes)


def _classes(folder: Path) -> tuple[str, ...]:
    """Returns the names of the folders in a folder, sorted; hidden ones do not count."""
    found = tuple(sorted(item.name for item in folder.iterdir() if item.is_dir() and not item.name.startswith(".")))
    if not found:
        raise TrainingError(DataMissing(f"{folder} has no folders: each class is a folder of images"))
    return found


def _read(folder: Path, classes: tuple[str, ...], channels: int, size: tuple[int, int] | None) -> Part:
    paths: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        files = sorted(path for path in (folder / name).glob("*") if path.suffix.lower() in ENDINGS)
        paths += files
        labels += [label] * len(files)
    if not paths:
        raise TrainingError(TooLittleData(f"the folders in {folder} hold no images ({', '.join(sorted(ENDINGS))})"))
    first = read_image(paths[0], channels, size)
    images = torch.empty(len(paths), *first.shape, dtype=torch.uint8)
    # Pillow lets other threads run while it decodes.
    with ThreadPoolExecutor() as pool:
        for index, image in enumerate(pool.map(lambda path: read_image(path, channels, size), paths)):
            if image.shape != first.shape:
                raise _sizes_differ(paths[0], _size(first), paths[index], _size(image))
            images[index] = image
    return Part(images, torch.tensor(labels))


def _size(image: torch.Tensor) -> str:
    return f"{image.shape[1]}x{image.shape[2]}"


def _sizes_differ(one: Path, size: str, other: Path, other_size: str) -> TrainingError:
    text = f"images of different sizes: {one} is {size}, {other} is {other_size}"
    return TrainingError(ImageSizesDiffer(text, "bring them to one size with `resize=...`"))
