"""Images in one folder per class, of the file system or in a zip file."""

from __future__ import annotations

import torch

from cnnspec.recipe.data import Folder, resized
from cnnspec.training.data.dataset import AnyPart, Dataset, FilePart, Part, Request
from cnnspec.training.data.image_files import ImageFiles, sizes_differ
from cnnspec.training.data.image_layout import folder_layout, unread_files
from cnnspec.training.data.images import ENDINGS, image_channels, images_below, images_of
from cnnspec.training.data.memory import fits_in_memory
from cnnspec.training.data.places import Place, place_at
from cnnspec.training.data.split import split
from cnnspec.training.problems import DataMissing, LabelOutOfRange, TooLittleData, TrainingError


def read_folder(data: Folder, request: Request) -> Dataset:
    """Returns images [N, C, H, W] of 0..255 (uint8), C as the input asks, labelled by folder; raises TrainingError.

    They are decoded once, or where memory has no room for them each time they are needed.
    """
    layout = folder_layout(place_at(request.locate(data.path)))
    channels, size = image_channels(request.input), resized(data.resize)
    classes = _classes(layout.train)
    if layout.test is None:
        whole = _list(layout.train, classes, channels, size, request.resize)
        train, test = split(decoded(whole, whole.files.bytes), data.test)
    else:
        train, test = _both(layout.train, layout.test, classes, channels, size, request.resize)
    remarks = (*layout.remarks, *unread_files(layout.parts))
    own = layout.test is not None
    return Dataset(data.keyword, train, test, levels=255.0, classes=classes, named=True, remarks=remarks, own_test=own)


def _both(
    train: Place, test: Place, classes: tuple[str, ...], channels: int, size: tuple[int, int] | None, resize: str
) -> tuple[AnyPart, AnyPart]:
    """Returns the images of two folders of class folders."""
    unknown = set(_classes(test)) - set(classes)
    if unknown:
        what = "class" if len(unknown) == 1 else "classes"
        text = f"{test} has the {what} {', '.join(sorted(unknown))}, which {train} does not have"
        raise TrainingError(LabelOutOfRange(text, "a network is tested on what it learns: give both parts the same folders"))
    first, second = (_list(part, classes, channels, size, resize) for part in (train, test))
    if first.sample != second.sample:
        raise sizes_differ(first.files.files[0], first.files.size, second.files.files[0], second.files.size, resize)
    together = first.files.bytes + second.files.bytes
    return decoded(first, together), decoded(second, together)


def folder_classes(data: Folder, request: Request) -> tuple[str, ...]:
    """Returns the names of the classes, without a look at the images; raises TrainingError."""
    return _classes(folder_layout(place_at(request.locate(data.path))).train)


def decoded(part: FilePart, together: int) -> AnyPart:
    """Returns the images themselves where memory has room for all of them (`together`, in bytes); raises TrainingError."""
    return Part(part.files.decode(), part.targets) if fits_in_memory(together) else part


def _classes(folder: Place) -> tuple[str, ...]:
    """Returns the names of the folders in a folder, sorted; hidden ones do not count."""
    found = tuple(folder.folders())
    if not found:
        advice = "sort the images that lie in it into such folders" if images_of(folder) else None
        raise TrainingError(DataMissing(f"{folder} has no folders: each class is a folder of images", advice))
    return found


def _list(folder: Place, classes: tuple[str, ...], channels: int, size: tuple[int, int] | None, resize: str) -> FilePart:
    """Returns the images of all classes; only the first is read, to know its size."""
    files = []
    labels: list[int] = []
    inner = folder.folders()
    for label, name in enumerate(classes):
        found = images_below(inner[name]) if name in inner else []
        files += found
        labels += [label] * len(found)
    if not files:
        unread = next((remark.text for remark in unread_files([folder])), None)
        raise TrainingError(TooLittleData(f"the folders in {folder} hold no images ({', '.join(sorted(ENDINGS))})", unread))
    return FilePart(ImageFiles.of(files, channels, size, resize), torch.tensor(labels))
