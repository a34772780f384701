"""Images in one folder per class, of the file system or in a zip file."""

from __future__ import annotations

import torch

from cnnspec.recipe.data import Folder, resized
from cnnspec.training.data.dataset import AnyPart, Dataset, FilePart, Part, Request
from cnnspec.training.data.image_files import ImageFiles, sizes_differ
from cnnspec.training.data.images import ENDINGS, image_channels, images_below, images_of
from cnnspec.training.data.memory import fits_in_memory
from cnnspec.training.data.places import Place, place_at
from cnnspec.training.data.split import split
from cnnspec.training.problems import DataMissing, LabelOutOfRange, TooLittleData, TrainingError

# What the parts of data sets are called, in small or capital letters; a test part goes before one for validation.
_TRAIN = ("train", "training")
_TEST = ("test", "testing")
_VALIDATION = ("val", "valid", "validation")


def read_folder(data: Folder, request: Request) -> Dataset:
    """Returns images [N, C, H, W] of 0..255 (uint8), C as the input asks, labelled by folder; raises TrainingError.

    They are decoded once, or where memory has no room for them each time they are needed.
    """
    root = place_at(request.locate(data.path))
    channels = image_channels(request.input)
    size = resized(data.resize)
    parts = _parts(root)
    if len(parts) == 1:
        (folder,) = parts
        classes = _classes(folder)
        whole = _list(folder, classes, channels, size)
        train, test = split(decoded(whole, whole.files.bytes), data.test)
        return Dataset(data.keyword, train, test, levels=255.0, classes=classes, named=True)
    classes = _classes(parts[0])
    unknown = set(_classes(parts[1])) - set(classes)
    if unknown:
        what = "class" if len(unknown) == 1 else "classes"
        text = f"{parts[1]} has the {what} {', '.join(sorted(unknown))}, which {parts[0]} does not have"
        raise TrainingError(LabelOutOfRange(text, "a network is tested on what it learns: give both parts the same folders"))
    first, second = (_list(part, classes, channels, size) for part in parts[:2])
    if first.sample != second.sample:
        raise sizes_differ(first.files.files[0], first.files.size, second.files.files[0], second.files.size)
    together = first.files.bytes + second.files.bytes
    return Dataset(data.keyword, decoded(first, together), decoded(second, together), levels=255.0, classes=classes, named=True)


def folder_classes(data: Folder, request: Request) -> tuple[str, ...]:
    """Returns the names of the classes, without a look at the images; raises TrainingError."""
    return _classes(_parts(place_at(request.locate(data.path)))[0])


def decoded(part: FilePart, together: int) -> AnyPart:
    """Returns the images themselves where memory has room for all of them (`together`, in bytes); raises TrainingError."""
    return Part(part.files.decode(), part.targets) if fits_in_memory(together) else part


def _parts(root: Place) -> list[Place]:
    """Returns the folders that hold the classes: those of the training part and of the other one, or only that of all."""
    folders = root.folders()
    named = {name.lower(): folder for name, folder in folders.items()}
    train, *others = ([named[name] for name in names if name in named] for names in (_TRAIN, _TEST, _VALIDATION))
    other = [folder for found in others for folder in found]
    if train and other:
        return [train[0], other[0]]
    # A folder `train` that holds folders and no images is a part, not a class.
    if train and train[0].folders() and not images_of(train[0]):
        return [train[0]]
    only = next(iter(folders.values())) if len(folders) == 1 else None
    # A single folder of folders is no class: it is what a zip file was made of.
    is_wrapping = only is not None and only.folders() and not images_of(only) and not images_of(root)
    return _parts(only) if only is not None and is_wrapping else [root]


def _classes(folder: Place) -> tuple[str, ...]:
    """Returns the names of the folders in a folder, sorted; hidden ones do not count."""
    found = tuple(folder.folders())
    if not found:
        advice = "sort the images that lie in it into such folders" if images_of(folder) else None
        raise TrainingError(DataMissing(f"{folder} has no folders: each class is a folder of images", advice))
    return found


def _list(folder: Place, classes: tuple[str, ...], channels: int, size: tuple[int, int] | None) -> FilePart:
    """Returns the images of all classes; only the first is read, to know its size."""
    files = []
    labels: list[int] = []
    inner = folder.folders()
    for label, name in enumerate(classes):
        found = images_below(inner[name]) if name in inner else []
        files += found
        labels += [label] * len(found)
    if not files:
        raise TrainingError(TooLittleData(f"the folders in {folder} hold no images ({', '.join(sorted(ENDINGS))})"))
    return FilePart(ImageFiles.of(files, channels, size), torch.tensor(labels))
