"""MNIST's files: found, read, and refused with a reason where they are not what they should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import torch
from training_specs import compiled, request_of, write_idx, write_mnist

from cnnspec.recipe.data import FashionMnist, Idx, KMnist, Mnist
from cnnspec.training.data.idx import read_idx
from cnnspec.training.data.mnist import read_mnist
from cnnspec.training.problems import TrainingError

NETWORK = "network N {\n input 1x28x28\n flatten\n linear 10\n}\ntrain { data mnist }"


def fault(root: Path, data: Mnist | None = None) -> str:
    """Returns code and message of what is wrong with the files below a root."""
    with pytest.raises(TrainingError) as caught:
        read_mnist(data or Mnist(root=str(root)), request_of(compiled(NETWORK), root))
    (problem,) = caught.value.problems
    assert problem.setting == "data"
    return f"{problem.code} {problem.message}"


def test_reads_what_was_written(tmp_path: Path) -> None:
    raw = write_mnist(tmp_path)
    found = read_mnist(Mnist(root=str(tmp_path)), request_of(compiled(NETWORK), tmp_path))
    assert found.train.inputs.shape == (40, 1, 28, 28)
    assert found.test is not None
    assert found.test.targets.tolist() == list(range(10))
    assert found.train.inputs.dtype == torch.uint8
    assert torch.equal(found.train.inputs[:, 0], read_idx(raw / "train-images-idx3-ubyte", 3))


def test_compressed_files_and_an_environment_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = write_mnist(tmp_path)
    for path in list(raw.iterdir()):
        (raw / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    monkeypatch.setenv("CNNSPEC_DATA", str(tmp_path))
    found = read_mnist(Mnist(resize=14), request_of(compiled(NETWORK), tmp_path))
    assert found.train.inputs.shape == (40, 1, 14, 14)


def test_a_root_is_relative_to_the_spec(tmp_path: Path) -> None:
    write_mnist(tmp_path / "data")
    found = read_mnist(Mnist(root="data"), request_of(compiled(NETWORK), tmp_path))
    assert len(found.train) == 40


@pytest.mark.parametrize("kind", [Mnist, FashionMnist, KMnist])
def test_each_has_its_folder_and_ten_names(tmp_path: Path, kind: type[Idx]) -> None:
    write_mnist(tmp_path).parent.rename(tmp_path / kind.folder)
    found = read_mnist(kind(root=str(tmp_path)), request_of(compiled(NETWORK), tmp_path))
    assert found.name == kind.keyword
    assert found.classes is not None
    assert len(set(found.classes)) == 10


def test_cut_short(tmp_path: Path) -> None:
    path = write_mnist(tmp_path) / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    text = f"E0422 {path} is cut short: 40x28x28 are 31,360 bytes, but 31,359 follow"
    assert fault(tmp_path) == text


@pytest.mark.parametrize("length", [0, 3, 4, 15])
def test_cut_short_within_the_header(tmp_path: Path, length: int) -> None:
    path = write_mnist(tmp_path) / "train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:length])
    assert fault(tmp_path).startswith("E0422")


def test_compressed_and_cut_short(tmp_path: Path) -> None:
    path = write_mnist(tmp_path) / "train-images-idx3-ubyte"
    compressed = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(compressed[: len(compressed) // 2])
    assert "is damaged or cut short" in fault(tmp_path)


def test_compressed_and_flipped(tmp_path: Path) -> None:
    path = write_mnist(tmp_path) / "train-labels-idx1-ubyte"
    compressed = bytearray(gzip.compress(path.read_bytes()))
    compressed[len(compressed) // 2] ^= 0xFF
    path.unlink()
    path.with_name(f"{path.name}.gz").write_bytes(bytes(compressed))
    assert "is damaged or cut short" in fault(tmp_path)


def test_another_format(tmp_path: Path) -> None:
    (write_mnist(tmp_path) / "train-labels-idx1-ubyte").write_bytes(b"<html>404</html>")
    assert "is no IDX file of bytes, which begin with 00 00 08: it begins with 3c 68 74 6d" in fault(tmp_path)


def test_label_out_of_range(tmp_path: Path) -> None:
    raw = write_mnist(tmp_path)
    labels = torch.zeros(40, dtype=torch.uint8)
    labels[17] = 10
    write_idx(raw / "train-labels-idx1-ubyte", labels)
    path = raw / "train-labels-idx1-ubyte"
    assert fault(tmp_path) == f"E0423 label 10 of image 17 in {path} is none of the 10 classes 0 to 9"


def test_images_of_another_size(tmp_path: Path) -> None:
    write_mnist(tmp_path, size=27)
    assert "are 27x27, but those of `mnist` are 28x28" in fault(tmp_path)


def test_fewer_labels_than_images(tmp_path: Path) -> None:
    write_idx(write_mnist(tmp_path) / "train-labels-idx1-ubyte", torch.zeros(39, dtype=torch.uint8))
    assert "has 40 images but 39 labels" in fault(tmp_path)


def test_no_images(tmp_path: Path) -> None:
    write_mnist(tmp_path, train=0)
    assert fault(tmp_path).startswith("E0430")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert fault(tmp_path).startswith("E0421 there is no train-images-idx3-ubyte")


def test_without_a_network_root_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.delenv("CNNSPEC_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda _: tmp_path)
    monkeypatch.setattr("pooch.retrieve", refuse)
    with pytest.raises(TrainingError, match=r'there is no connection .*`data mnist, root="folder"`'):
        read_mnist(Mnist(), request_of(compiled(NETWORK), tmp_path))


def test_images_and_labels_with_each_others_names(tmp_path: Path) -> None:
    raw = write_mnist(tmp_path)
    images, labels = raw / "train-images-idx3-ubyte", raw / "train-labels-idx1-ubyte"
    images.rename(raw / "aside")
    labels.rename(images)
    (raw / "aside").rename(labels)
    assert fault(tmp_path) == f"E0422 {images} has 1 axis, where 3 axes should be"


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("compressed", [True, False])
def test_names_with_a_point_and_without_the_ending_of_their_kind(tmp_path: Path, ending: str, compressed: bool) -> None:
    write_mnist(tmp_path / "plain")
    for path in sorted(write_mnist(tmp_path / "other").iterdir()):
        content = gzip.compress(path.read_bytes()) if compressed else path.read_bytes()
        path.with_name(f"{path.name.replace('-idx', '.idx')}{ending}").write_bytes(content)
        path.unlink()
    request = request_of(compiled(NETWORK), tmp_path)
    expected, found = (read_mnist(Mnist(root=name), request) for name in ("plain", "other"))
    for one, other in ((found.train, expected.train), (found.test, expected.test)):
        assert one is not None
        assert other is not None
        assert torch.equal(next(one.chunks(99)), next(other.chunks(99)))
        assert torch.equal(one.targets, other.targets)
