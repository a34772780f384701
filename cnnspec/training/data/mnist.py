"""MNIST, Fashion-MNIST and KMNIST: found where torchvision would look, or downloaded once and verified."""

from __future__ import annotations

from pathlib import Path

import torch

from cnnspec.recipe.data import Idx, resized
from cnnspec.training.data.dataset import Dataset, Part, Request
from cnnspec.training.data.download import cache, fetch, shared_root
from cnnspec.training.data.idx import read_idx
from cnnspec.training.data.resize import resize_images
from cnnspec.training.problems import (
    DataBroken,
    DataMissing,
    ImageSizesDiffer,
    LabelOutOfRange,
    TooLittleData,
    TrainingError,
)

# Folder, address and MD5 sums of the compressed files, as torchvision has them.
_ADDRESSES = {
    "MNIST": "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "FashionMNIST": "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "KMNIST": "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
}
_SUMS = {
    "MNIST": {
        "train-images-idx3-ubyte": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte": "ec29112dd5afa0611ce80d1b7f02629c",
    },
    "FashionMNIST": {
        "train-images-idx3-ubyte": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte": "bb300cfdad3c16e7a12a480ee83cd310",
    },
    "KMNIST": {
        "train-images-idx3-ubyte": "bdb82020997e1d708af4cf47b453dcf7",
        "train-labels-idx1-ubyte": "e144d726b3acfaa3e44228e80efcd344",
        "t10k-images-idx3-ubyte": "5c965bf0a639b31b8f53240b1b52f4d7",
        "t10k-labels-idx1-ubyte": "7320c461ea6c1c855c0b718fb2a4b134",
    },
}
CLASSES = {
    "MNIST": tuple(map(str, range(10))),
    "KMNIST": ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    "FashionMNIST": (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ),
}  # fmt: skip


def read_mnist(data: Idx, request: Request) -> Dataset:
    """Returns images [N, 1, 28, 28] of 0..255 (uint8), or resized, with labels 0..9; raises TrainingError."""
    folder = _folder(data, request)
    train = _part(data, folder, "train")
    test = _part(data, folder, "t10k")
    return Dataset(data.keyword, train, test, levels=255.0, classes=CLASSES[data.folder], own_test=True)


def _folder(data: Idx, request: Request) -> Path:
    """Returns the folder of the files: below `root`, below $CNNSPEC_DATA, or the cache, into which they are then downloaded."""
    root = shared_root(data.root, request)
    if root is not None and (data.root is not None or _raw(root, data).is_dir()):
        return _raw(root, data)
    return _download(data)


def _raw(root: Path, data: Idx) -> Path:
    return root / data.folder / "raw"


def _part(data: Idx, folder: Path, name: str) -> Part:
    images = read_idx(_file(data, folder, f"{name}-images-idx3-ubyte"), 3)
    labels_path = _file(data, folder, f"{name}-labels-idx1-ubyte")
    labels = read_idx(labels_path, 1)
    if tuple(images.shape[1:]) != data.size:
        found = "x".join(map(str, images.shape[1:]))
        raise TrainingError(ImageSizesDiffer(f"the images in {folder} are {found}, but those of `{data.keyword}` are 28x28"))
    if len(images) != len(labels):
        text = f"{folder} has {len(images):,} images but {len(labels):,} labels (the files `{name}-...`)"
        raise TrainingError(DataBroken(text))
    if len(images) == 0:
        raise TrainingError(TooLittleData(f"{folder} has no images (the files `{name}-...`)"))
    wrong = (labels >= 10).nonzero()
    if len(wrong):
        at = int(wrong[0])
        text = f"label {int(labels[at])} of image {at:,} in {labels_path} is none of the 10 classes 0 to 9"
        raise TrainingError(LabelOutOfRange(text))
    images = images.unsqueeze(1)
    size = resized(data.resize)
    return Part(images if size is None else resize_images(images, size), labels.to(torch.int64))


def _file(data: Idx, folder: Path, name: str) -> Path:
    """Returns a file by its name, which some have with a point (`train-images.idx3-ubyte`) or with `.gz`."""
    for called in (name, name.replace("-idx", ".idx")):
        for path in (folder / called, folder / f"{called}.gz"):
            if path.is_file():
                return path
    advice = f"`root` is the folder above `{data.folder}`; without `root` the data is downloaded"
    raise TrainingError(DataMissing(f"there is no {name} or {name}.gz in {folder}", advice))


def _download(data: Idx) -> Path:
    """Returns the folder in the cache, after fetching what is not there yet."""
    folder = _raw(cache(), data)
    for name, md5 in _SUMS[data.folder].items():
        fetch(data.keyword, f"{_ADDRESSES[data.folder]}{name}.gz", md5, folder, f"{data.folder}/raw/{name}.gz")
    return folder
