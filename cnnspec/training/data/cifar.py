"""CIFAR-10 and CIFAR-100 in the binary version: each image is a label (CIFAR-100: a coarse and a fine one) and 3,072 bytes.

The bytes are the red, the green and the blue plane, row by row. Source: https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cnnspec.recipe.data import resized
from cnnspec.recipe.data_cifar import Cifar
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.download import cache, fetch, shared_root
from cnnspec.training.data.resize import resize_images
from cnnspec.training.problems import DataBroken, DataMissing, LabelOutOfRange, TooLittleData, TrainingError

_PIXELS = 3 * 32 * 32
_TESTS = 10_000  # images for testing, as published
_AGAIN = "delete it and fetch it again"
_ADDRESS = "https://www.cs.toronto.edu/~kriz/"


@dataclass(frozen=True)
class _Layout:
    """How the files of a data set are called, and how many bytes of labels precede each image."""

    archive: str
    md5: str  # as published
    folder: str
    train: tuple[str, ...]
    test: str
    names: str
    labels: int
    images: int  # in all files for training, as published
    pickles: tuple[str, str]  # archive and folder of the version for Python


_LAYOUTS = {
    "cifar10": _Layout(
        "cifar-10-binary.tar.gz",
        "c32a1d4ab5d03f1284b67883e8d87530",
        "cifar-10-batches-bin",
        tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
        "test_batch.bin",
        "batches.meta.txt",
        1,
        50_000,
        ("cifar-10-python.tar.gz", "cifar-10-batches-py"),
    ),
    "cifar100": _Layout(
        "cifar-100-binary.tar.gz",
        "03b5dce01913d631647c71ecec9e9cb8",
        "cifar-100-binary",
        ("train.bin",),
        "test.bin",
        "fine_label_names.txt",
        2,
        50_000,
        ("cifar-100-python.tar.gz", "cifar-100-python"),
    ),
}


def read_cifar(data: Cifar, request: Request) -> Dataset:
    """Returns images [N, 3, 32, 32] of 0..255 (uint8), or resized, with their (fine) labels; raises TrainingError."""
    layout = _LAYOUTS[data.keyword]
    place = _place(data, layout, request)
    files = _unpacked(place, layout) if place.is_file() else _files(place, layout)
    assert data.classes is not None
    _verify_lengths(files, layout, place)
    parts = [_part(data, layout, place / name, files[name]) for name in layout.train]
    train = Part(torch.cat([part.inputs for part in parts]), torch.cat([part.targets for part in parts]))
    test = _part(data, layout, place / layout.test, files[layout.test])
    names = tuple(files[layout.names].decode("utf-8", "replace").split()) if layout.names in files else ()
    classes = names if len(names) == data.classes else tuple(map(str, range(data.classes)))
    return Dataset(data.keyword, train, test, levels=255.0, classes=classes, own_test=True)


def _place(data: Cifar, layout: _Layout, request: Request) -> Path:
    """Returns the folder of the files, or the archive, downloaded where nothing says that it is somewhere else."""
    root = shared_root(data.root, request)
    if root is not None:
        found = next((root / name for name in (layout.folder, layout.archive) if (root / name).exists()), None)
        if found is not None:
            return found
        if data.root is not None:
            raise TrainingError(_missing(layout, root))
    return fetch(data.keyword, _ADDRESS + layout.archive, layout.md5, cache(), layout.archive)


def _missing(layout: _Layout, root: Path) -> DataMissing:
    pickles = next((root / name for name in layout.pickles if (root / name).exists()), None)
    advice = f"fetch {_ADDRESS}{layout.archive} into {root}; without `root` it is downloaded"
    if pickles is None:
        return DataMissing(f"there is neither {layout.folder} nor {layout.archive} in {root}", advice)
    text = f"{pickles} is the version for Python: pickles, which run what they say when they are read, so they never are"
    return DataMissing(text, advice)


def _files(folder: Path, layout: _Layout) -> dict[str, bytes]:
    """Returns the contents of the files by name."""
    found = {}
    for name in (*layout.train, layout.test, layout.names):
        try:
            found[name] = (folder / name).read_bytes()
        except OSError as error:
            if name != layout.names:
                raise TrainingError(DataMissing(f"{folder / name} cannot be read: {error.strerror or error}")) from None
    return found


def _unpacked(archive: Path, layout: _Layout) -> dict[str, bytes]:
    """Returns the contents of the files in an archive by name; nothing is written."""
    wanted = {f"{layout.folder}/{name}" for name in (*layout.train, layout.test, layout.names)}
    found = {}
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                content = opened.extractfile(member) if member.name in wanted and member.isfile() else None
                if content is not None:
                    found[member.name.rpartition("/")[2]] = content.read()
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        text = f"{archive} is damaged or cut short: {str(error).lower()}"
        raise TrainingError(DataBroken(text, "delete the file and fetch it again")) from None
    missing = [name for name in (*layout.train, layout.test) if name not in found]
    if missing:
        raise TrainingError(DataBroken(f"{archive} has no {layout.folder}/{missing[0]}"))
    return found


def _verify_lengths(files: dict[str, bytes], layout: _Layout, place: Path) -> None:
    """Raises TrainingError for files without a whole number of images, and for those that are cut beside whole ones.

    Files that are all shorter than the published ones, or longer, are somebody's own; those for training have one length.
    """
    length = layout.labels + _PIXELS
    published = {**dict.fromkeys(layout.train, layout.images // len(layout.train)), layout.test: _TESTS}
    for name in published:
        size = len(files[name])
        if size == 0:
            raise TrainingError(TooLittleData(f"{place / name} is empty", _AGAIN))
        if size % length:
            text = f"{place / name} has {size:,} bytes, which is no multiple of the {length:,} of an image"
            raise TrainingError(DataBroken(text, _AGAIN))
    found = {name: len(files[name]) // length for name in published}
    if any(found[name] == count for name, count in published.items()):
        expected = published
    else:
        expected = dict.fromkeys(layout.train, max(found[name] for name in layout.train))
    for name, count in expected.items():
        if found[name] < count:
            text = f"{place / name} is cut short: it has {found[name]:,} of {count:,} images"
            raise TrainingError(DataBroken(text, _AGAIN))


def _part(data: Cifar, layout: _Layout, file: Path, content: bytes) -> Part:
    """Returns the images of a file with their labels; raises TrainingError for a label that is no class."""
    records = np.frombuffer(content, np.uint8).reshape(-1, layout.labels + _PIXELS)
    labels = torch.from_numpy(records[:, layout.labels - 1].astype(np.int64))
    wrong = (labels >= (data.classes or 0)).nonzero()
    if len(wrong):
        at = int(wrong[0])
        text = f"label {int(labels[at])} of image {at:,} in {file} is none of the {data.classes} classes"
        raise TrainingError(LabelOutOfRange(text, f"is it a file of `{data.keyword}`? Otherwise {_AGAIN}"))
    # A copy, because memory that belongs to bytes must not be written to.
    images = torch.from_numpy(records[:, layout.labels :].reshape(-1, 3, 32, 32).copy())
    size = resized(data.resize)
    return Part(images if size is None else resize_images(images, size), labels)
