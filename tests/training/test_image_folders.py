"""Class folders of images."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from training_specs import compiled, request_of

from cnnspec.recipe.data import Folder
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.data.image_folder import read_folder
from cnnspec.training.problems import TrainingError

COLOUR = "network N {\n input 3x6x4\n flatten\n linear 2\n}\ntrain { data synthetic }"
GREY = COLOUR.replace("3x6x4", "1x6x4")


def save(path: Path, colour: tuple[int, int, int], size: tuple[int, int] = (4, 6)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)


def fill(folder: Path, count: int = 5) -> None:
    """Writes two classes, cats red and dogs blue, in PNG files 4 wide and 6 high."""
    for index in range(count):
        save(folder / "cats" / f"{index}.png", (255, 0, 0))
        save(folder / "dogs" / f"{index}.png", (0, 0, 255))


def read(base: Path, data: Folder, text: str = COLOUR) -> Dataset:
    return read_folder(data, request_of(compiled(text), base))


def fault(base: Path, data: Folder) -> str:
    with pytest.raises(TrainingError) as caught:
        read(base, data)
    return f"{caught.value.problems[0].code} {caught.value.problems[0].message}"


def test_one_folder_is_split(tmp_path: Path) -> None:
    fill(tmp_path / "pets")
    found = read(tmp_path, Folder(path="pets"))
    assert found.classes == ("cats", "dogs")
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (8, 2)
    assert found.train.inputs.shape == (8, 3, 6, 4)
    for image, label in zip(found.train.inputs, found.train.targets, strict=True):
        assert image[:, 0, 0].tolist() == ([255, 0, 0] if label == 0 else [0, 0, 255])


def test_train_and_test_folders_are_the_parts(tmp_path: Path) -> None:
    fill(tmp_path / "train", 3)
    fill(tmp_path / "test", 2)
    found = read(tmp_path, Folder(path="."))
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (6, 4)


def test_a_train_folder_alone_is_split(tmp_path: Path) -> None:
    fill(tmp_path / "pets" / "train")
    found = read(tmp_path, Folder(path="pets"))
    assert found.classes == ("cats", "dogs")
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (8, 2)


def test_one_channel_is_grey(tmp_path: Path) -> None:
    fill(tmp_path)
    found = read(tmp_path, Folder(path=".", test=0.0), GREY)
    assert found.test is None
    assert found.train.inputs.shape == (10, 1, 6, 4)


def test_resize(tmp_path: Path) -> None:
    fill(tmp_path)
    save(tmp_path / "cats" / "large.png", (255, 0, 0), (40, 60))
    found = read(tmp_path, Folder(path=".", resize=(5, 7), test=0.0))
    assert found.train.inputs.shape == (11, 3, 5, 7)


def test_sizes_that_differ(tmp_path: Path) -> None:
    fill(tmp_path)
    save(tmp_path / "dogs" / "large.png", (0, 0, 255), (40, 60))
    assert fault(tmp_path, Folder(path=".")).startswith("E0424 images of different sizes: ")
    assert fault(tmp_path, Folder(path=".")).endswith("large.png is 60x40")


def test_sizes_that_differ_between_the_parts(tmp_path: Path) -> None:
    fill(tmp_path / "train")
    save(tmp_path / "test" / "cats" / "0.png", (255, 0, 0), (9, 9))
    assert fault(tmp_path, Folder(path=".")).startswith("E0424")


def test_damaged_image(tmp_path: Path) -> None:
    fill(tmp_path)
    path = tmp_path / "cats" / "3.png"
    path.write_bytes(path.read_bytes()[:46])
    assert fault(tmp_path, Folder(path=".")).startswith(f"E0422 {path} is a damaged image")


def test_no_image(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "cats" / "3.png").write_text("a cat")
    assert fault(tmp_path, Folder(path=".")).endswith("is no image that pillow can read")


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    assert fault(tmp_path, Folder(path="none")).startswith("E0421 there is no folder")
    assert "has no folders" in fault(tmp_path, Folder(path="."))
    (tmp_path / "cats").mkdir()
    assert fault(tmp_path, Folder(path=".")).startswith("E0430")


def test_a_class_that_was_never_trained(tmp_path: Path) -> None:
    fill(tmp_path / "train")
    fill(tmp_path / "test")
    save(tmp_path / "test" / "eels" / "0.png", (0, 255, 0))
    assert "has the classes eels" in fault(tmp_path, Folder(path="."))


def test_split_is_the_same_whatever_the_torch_seed(tmp_path: Path) -> None:
    fill(tmp_path)
    torch.manual_seed(1)
    first = read(tmp_path, Folder(path="."))
    torch.manual_seed(2)
    assert torch.equal(first.train.targets, read(tmp_path, Folder(path=".")).train.targets)
