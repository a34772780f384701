"""Image folders in zip files, and images that stay in their files: the same samples, in the same order."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of, request_of

from cnnspec.recipe.augment_kinds import HorizontalFlip, RandomCrop
from cnnspec.recipe.data import Folder
from cnnspec.training.batches.batches import Batches
from cnnspec.training.batches.stores import Hosted, Streamed
from cnnspec.training.data import image_folder as module
from cnnspec.training.data.dataset import Dataset, FilePart, Part
from cnnspec.training.data.image_folder import read_folder
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.train import train

SPEC = """
network N {
    input 3x6x4
    flatten
    linear 2
}
train {
    data folder, "pets", normalize=true
    augment random_crop, padding=1
    epochs 2
    batch 4
}
"""
CPU = torch.device("cpu")


def fill(folder: Path, count: int = 9) -> None:
    random = np.random.default_rng(0)
    for name in ("cats", "dogs"):
        (folder / name).mkdir(parents=True)
        for index in range(count):
            Image.fromarray(random.integers(0, 256, (6, 4, 3)).astype(np.uint8)).save(folder / name / f"{index}.png")


def found(base: Path, path: str = "pets") -> Dataset:
    return read_folder(Folder(path=path), request_of(compiled(SPEC), base))


def images(data: Dataset) -> torch.Tensor:
    return torch.cat(list(data.train.chunks(4)))


@pytest.fixture
def pets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Dataset, Dataset]:
    """Returns one data set in memory and in its files."""
    fill(tmp_path / "pets")
    resident = found(tmp_path)
    monkeypatch.setattr(module, "fits_in_memory", lambda size: False)
    return resident, found(tmp_path)


def test_a_zip_file_is_a_folder(tmp_path: Path) -> None:
    fill(tmp_path / "pets")
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in (tmp_path / "pets").rglob("*.png"):
            archive.write(path, path.relative_to(tmp_path / "pets"))
        archive.writestr("__MACOSX/cats/0.png", b"")
    plain, zipped = found(tmp_path), found(tmp_path, "pets.zip")
    assert zipped.classes == ("cats", "dogs")
    assert torch.equal(images(plain), images(zipped))
    assert torch.equal(plain.train.targets, zipped.train.targets)


def test_parts_in_a_zip_file(tmp_path: Path) -> None:
    fill(tmp_path / "pets" / "train", 3)
    fill(tmp_path / "pets" / "test", 2)
    with zipfile.ZipFile(tmp_path / "pets.zip", "w") as archive:
        for path in (tmp_path / "pets").rglob("*.png"):
            archive.write(path, path.relative_to(tmp_path / "pets"))
    data = found(tmp_path, "pets.zip")
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (6, 4)


def test_a_damaged_zip_file(tmp_path: Path) -> None:
    (tmp_path / "pets.zip").write_bytes(b"PK nothing")
    with pytest.raises(TrainingError, match="is no zip file that can be read"):
        found(tmp_path, "pets.zip")
    with pytest.raises(TrainingError, match="there is no folder"):
        found(tmp_path, "birds.zip")


def test_what_stays_in_files_is_the_same(pets: tuple[Dataset, Dataset]) -> None:
    resident, streamed = pets
    assert isinstance(resident.train, Part)
    assert isinstance(streamed.train, FilePart)
    assert resident.sample == streamed.sample
    assert torch.equal(images(resident), images(streamed))
    assert torch.equal(resident.train.targets, streamed.train.targets)


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_from_files_are_those_from_memory(pets: tuple[Dataset, Dataset], workers: int) -> None:
    scaling = Scaling(255.0, torch.full((3, 1, 1), 0.5, dtype=torch.float64), torch.ones(3, 1, 1, dtype=torch.float64))
    changes = (RandomCrop(padding=1), HorizontalFlip())
    resident, streamed = (Batches(data.train, scaling, CPU, torch.float32, changes) for data in pets)
    assert isinstance(pets[1].train, FilePart)
    streamed._store = Streamed(pets[1].train, CPU, workers)
    state = torch.get_rng_state()
    for skip in (0, 2):
        both = [list(one.shuffled(4, torch.Generator().manual_seed(3), skip)) for one in (resident, streamed)]
        assert len(both[0]) == len(resident.sizes(4)) - skip
        for (inputs, targets), (others, other_targets) in zip(*both, strict=True):
            assert torch.equal(inputs, others)
            assert torch.equal(targets, other_targets)
            assert others.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_device_without_room_gets_the_same(pets: tuple[Dataset, Dataset]) -> None:
    part = pets[0].train
    assert isinstance(part, Part)
    ((inputs, targets),) = Hosted(part, CPU).fetch([torch.tensor([3, 1])])
    assert torch.equal(inputs, part.inputs[[3, 1]].permute(0, 2, 3, 1))
    assert torch.equal(targets, part.targets[[3, 1]])


def test_runs_from_files_and_from_memory_are_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path / "pets")
    network = compiled(SPEC)
    results = []
    for name in ("memory", "files"):
        if name == "files":
            monkeypatch.setattr(module, "fits_in_memory", lambda size: False)
        result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / name, base=tmp_path))
        results.append((result.path / "model.safetensors").read_bytes())
    assert results[0] == results[1]


def test_a_flat_network_takes_images_from_files(pets: tuple[Dataset, Dataset], tmp_path: Path) -> None:
    network = compiled("network N {\n input 72\n linear 2\n}\ntrain { data synthetic }")
    with pytest.raises(TrainingError):  # grey images have a third of the numbers
        read(Folder(path="pets"), request_of(network, tmp_path))
    network = compiled("network N {\n input 24\n linear 2\n}\ntrain { data synthetic }")
    data, _ = read(Folder(path="pets"), request_of(network, tmp_path))
    assert data.sample == (24,)
    ((inputs, _),) = Streamed(data.train, CPU, 0).fetch([slice(0, 5)])  # type: ignore[arg-type]
    assert inputs.shape == (5, 24)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_image_is_named_when_its_turn_comes(pets: tuple[Dataset, Dataset], workers: int) -> None:
    part = pets[1].train
    assert isinstance(part, FilePart)
    path = part.files.files[3]
    assert isinstance(path, Path)
    path.write_bytes(b"no image")
    batches = Streamed(part, CPU, workers).fetch([slice(0, 3), slice(3, 6)])
    assert len(next(batches)[0]) == 3
    with pytest.raises(TrainingError, match=f"{path.name} is no image that pillow can read"):
        next(batches)
