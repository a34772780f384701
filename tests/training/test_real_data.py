"""The published MNIST, where it is at hand: beside the repository in shared/data, or where CNNSPEC_DATA says."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from training_specs import compiled, recipe_of, request_of

from cnnspec.compiler import Options, check_file
from cnnspec.recipe.data import Folder, Mnist
from cnnspec.training.data.image_folder import read_folder
from cnnspec.training.data.mnist import read_mnist
from cnnspec.training.options import TrainOptions
from cnnspec.training.train import train

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("CNNSPEC_DATA", ROOT.parent / "shared" / "data"))

needs_mnist = pytest.mark.skipif(not (DATA / "MNIST" / "raw").is_dir(), reason=f"no MNIST in {DATA} (see CNNSPEC_DATA)")
needs_cifar = pytest.mark.skipif(not (DATA / "cifar10-jpg.zip").is_file(), reason=f"no cifar10-jpg.zip in {DATA}")


@needs_mnist
def test_mnist_as_published(tmp_path: Path) -> None:
    network = compiled("network N {\n input 784\n linear 10\n}\ntrain {\n data mnist\n}")
    found = read_mnist(Mnist(root=str(DATA)), request_of(network, tmp_path))
    assert found.test is not None
    assert (len(found.train), len(found.test)) == (60_000, 10_000)
    assert found.train.targets[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert round(float(found.train.inputs.double().mean()) / 255, 4) == 0.1307


@needs_cifar
def test_cifar_as_folders(tmp_path: Path) -> None:
    with zipfile.ZipFile(DATA / "cifar10-jpg.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(("0001.jpg", "0002.jpg"))]
        archive.extractall(tmp_path, names)
    network = compiled("network N {\n input 3x32x32\n flatten\n linear 10\n}\ntrain {\n data synthetic\n}")
    found = read_folder(Folder(path=str(_above_train(tmp_path))), request_of(network, tmp_path))
    assert found.train.inputs.shape == (20, 3, 32, 32)
    assert found.classes is not None
    assert found.classes[:2] == ("airplane", "automobile")


def _above_train(folder: Path) -> Path:
    return next(path.parent for path in folder.rglob("train") if path.is_dir())


@needs_mnist
@pytest.mark.slow
def test_basic_net_reaches_its_accuracy(tmp_path: Path) -> None:
    options = Options(data=f'mnist, root="{DATA.as_posix()}"')
    network = check_file(ROOT / "specs" / "mnist_basic.cnn", options).networks[-1]
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run"))
    assert len(result.history) <= 5
    assert (result.last.test or 0) >= 0.985
