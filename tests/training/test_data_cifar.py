"""CIFAR in its binary version, from a folder and from the archive; and the version of pickles, which is not read."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from training_specs import compiled, request_of

from cnnspec.recipe.data_cifar import Cifar, Cifar10, Cifar100
from cnnspec.training.data import cifar as module
from cnnspec.training.data.cifar import read_cifar
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.problems import TrainingError

SPEC = "network N {\n input 3x32x32\n flatten\n linear CLASSES\n}\ntrain { data synthetic }"
TEN = {f"cifar-10-batches-bin/data_batch_{number}.bin": 4 for number in range(1, 6)} | {
    "cifar-10-batches-bin/test_batch.bin": 3
}
HUNDRED = {"cifar-100-binary/train.bin": 20, "cifar-100-binary/test.bin": 3}


def contents(classes: int) -> dict[str, bytes]:
    """Returns small files by name: image k of a file has the label k, and its bytes count on from k."""
    files = {}
    for name, count in (TEN if classes == 10 else HUNDRED).items():
        pixels = ((np.arange(count)[:, None] + np.arange(3072)) % 256).astype(np.uint8)
        labels = np.arange(count, dtype=np.uint8)[:, None] % classes
        coarse = [] if classes == 10 else [np.full((count, 1), 77, np.uint8)]
        files[name] = np.concatenate([*coarse, labels, pixels], axis=1).tobytes()
    names = "".join(f"name{number}\n" for number in range(classes)) + "\n"
    files["cifar-10-batches-bin/batches.meta.txt" if classes == 10 else "cifar-100-binary/fine_label_names.txt"] = (
        names.encode()
    )
    return files


def write_folder(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(content)


def write_archive(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {**files, "../evil.bin": b"x"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def read(base: Path, data: Cifar) -> Dataset:
    return read_cifar(data, request_of(compiled(SPEC.replace("CLASSES", str(data.classes))), base))


BATCHES = tuple(f"data_batch_{number}.bin" for number in range(1, 6))


def fault(base: Path, data: Cifar) -> str:
    with pytest.raises(TrainingError) as caught:
        read(base, data)
    return f"{caught.value.problems[0].code} {caught.value.problems[0].message}"


@pytest.mark.parametrize("kind", [Cifar10, Cifar100])
@pytest.mark.parametrize("archived", [False, True])
def test_images_and_labels(tmp_path: Path, kind: type[Cifar], archived: bool) -> None:
    assert kind.classes is not None
    files = contents(kind.classes)
    if archived:
        name = "cifar-10-binary.tar.gz" if kind.classes == 10 else "cifar-100-binary.tar.gz"
        write_archive(tmp_path / name, files)
    else:
        write_folder(tmp_path, files)
    found = read(tmp_path, kind(root="."))
    assert found.test is not None
    assert (len(found.train), len(found.test), found.sample) == (20, 3, (3, 32, 32))
    assert found.classes == tuple(f"name{number}" for number in range(kind.classes))
    assert found.train.targets.tolist() == ([0, 1, 2, 3] * 5 if kind.classes == 10 else list(range(20)))
    image = next(found.test.chunks(10))[2]
    assert torch.equal(image.flatten(), ((torch.arange(3072) + 2) % 256).to(torch.uint8))
    assert sorted(path.name for path in tmp_path.parent.glob("evil*")) == []


def test_resize(tmp_path: Path) -> None:
    write_folder(tmp_path, contents(10))
    assert read(tmp_path, Cifar10(root=".", resize=16)).sample == (3, 16, 16)


def test_pickles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-batches-py").mkdir()
    with pytest.raises(TrainingError) as caught:
        read(tmp_path, Cifar10(root="."))
    (problem,) = caught.value.problems
    assert "is the version for Python: pickles" in problem.message
    assert problem.help is not None
    assert "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz" in problem.help


def test_damage(tmp_path: Path) -> None:
    assert fault(tmp_path, Cifar10(root=".")).startswith("E0421 there is neither cifar-10-batches-bin nor")
    files = contents(10)
    write_folder(tmp_path, files | {"cifar-10-batches-bin/test_batch.bin": b"x" * 3072})
    assert fault(tmp_path, Cifar10(root=".")).startswith(f"E0422 {tmp_path}/cifar-10-batches-bin/test_batch.bin has 3,072")
    write_folder(tmp_path, files | {"cifar-10-batches-bin/test_batch.bin": b"\x0a" + b"x" * 3072})
    assert fault(tmp_path, Cifar10(root=".")).startswith("E0423 label 10 of image 0")
    (tmp_path / "cifar-10-batches-bin" / "data_batch_3.bin").unlink()
    assert fault(tmp_path, Cifar10(root=".")).startswith("E0421")


@pytest.mark.parametrize("name", ["data_batch_4.bin", "test_batch.bin"])
def test_files_that_are_cut_are_named(tmp_path: Path, name: str) -> None:
    """Published files have 10,000 images each; such as are all shorter are somebody's own."""
    record = bytes(3073)
    files = {f"cifar-10-batches-bin/{file}": record * 3 for file in (*BATCHES, "test_batch.bin")}
    path = tmp_path / "cifar-10-batches-bin" / name
    write_folder(tmp_path, files)
    assert len(read(tmp_path, Cifar10(root=".")).train) == 15
    (tmp_path / "cifar-10-batches-bin" / "data_batch_4.bin").write_bytes(record * 2)
    assert fault(tmp_path, Cifar10(root=".")).endswith("data_batch_4.bin is cut short: it has 2 of 3 images")
    path.write_bytes(b"")
    assert fault(tmp_path, Cifar10(root=".")) == f"E0430 {path} is empty"
    for file in files:
        (tmp_path / file).write_bytes(record * 10_000)
    path.write_bytes(record * 9_999)
    assert fault(tmp_path, Cifar10(root=".")) == f"E0422 {path} is cut short: it has 9,999 of 10,000 images"
    path.write_bytes(bytes([7]) + record[1:] + bytes([99]) + record[1:] + record * 9_998)
    assert fault(tmp_path, Cifar10(root=".")) == f"E0423 label 99 of image 1 in {path} is none of the 10 classes"


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = tmp_path / "cifar-10-binary.tar.gz"
    write_archive(path, contents(10))
    path.write_bytes(path.read_bytes()[:-200])
    assert fault(tmp_path, Cifar10(root=".")).startswith(f"E0422 {path} is damaged or cut short")
    write_archive(path, contents(100))
    assert fault(tmp_path, Cifar10(root=".")).endswith("has no cifar-10-batches-bin/data_batch_1.bin")


def test_data_is_looked_for_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_folder(tmp_path, contents(10))
    monkeypatch.setenv("CNNSPEC_DATA", str(tmp_path))
    assert len(read(tmp_path / "elsewhere", Cifar10()).train) == 20


def test_otherwise_it_is_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetch(keyword: str, address: str, md5: str, folder: Path, place: str) -> Path:
        asked.append((keyword, address, md5))
        write_archive(tmp_path / "archive.tar.gz", contents(100))
        return tmp_path / "archive.tar.gz"

    monkeypatch.delenv("CNNSPEC_DATA", raising=False)
    monkeypatch.setattr(module, "fetch", fetch)
    assert len(read(tmp_path, Cifar100()).train) == 20
    address = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"
    assert asked == [("cifar100", address, "03b5dce01913d631647c71ecec9e9cb8")]
