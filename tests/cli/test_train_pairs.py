"""`cnnspec train` on files of several networks."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import cnnspec

import cnnspec as library

GENERATOR = "network Generator {\n    input 16\n    linear 64\n    unflatten 0, 1x8x8\n}\n"
JUDGE = "network Judge {\n    input 1x8x8\n    flatten\n    linear 1\n}\n"
TWO = "".join(f"network {name} {{\n    input 1x8x8\n    flatten\n    linear 10\n}}\n" for name in ("First", "Second"))


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("pair.cnn").write_text(GENERATOR + JUDGE)
    Path("two.cnn").write_text(TWO)


@pytest.mark.parametrize("options", [[], ["--data", "digits"]])
def test_a_pair_takes_a_loop_of_ones_own(options: list[str]) -> None:
    done = cnnspec("train", "pair.cnn", *options)
    assert done.code == 1
    assert "error[E0417]: one loss trains one network, but `Judge` takes what `Generator` gives" in done.err
    assert "examples/gan.py" in done.err
    assert "E041" not in done.err.replace("E0417", "")
    assert not Path("runs").exists()


def test_one_of_a_pair_by_name_is_like_any_network() -> None:
    done = cnnspec("train", "pair.cnn", "--network", "Judge", "--data", "digits")
    assert "error[E0411]" in done.err or "error[E0413]" in done.err
    assert "Generator" not in done.err


def test_without_data_a_pair_is_told_as_well() -> None:
    Path("pair.cnn").write_text(JUDGE + GENERATOR)
    done = cnnspec("train", "pair.cnn", "--set", "train.loss=mse")
    assert "warning[W0542]: `Generator` is trained alone, without `Judge`" in done.err
    assert "error[E0420]: nothing to train on" in done.err
    assert done.err.count("W0542") == 1


def test_which_of_several_networks_is_trained() -> None:
    short = ("--data", "digits", "--epochs", "1", "--device", "cpu")
    done = cnnspec("train", "two.cnn", *short)
    assert done.code == 0
    assert "Second is trained, the last of 2 networks in the file (--network names another)" in done.err
    assert "is trained" not in cnnspec("train", "two.cnn", *short, "--network", "First").err


def test_a_pair_in_python() -> None:
    net = library.load("pair.cnn")
    for data in (None, "digits"):
        with pytest.raises(library.SpecError, match=r"E0417.*takes what `Generator` gives") as caught:
            library.train(net, data=data, progress=False)
        assert 'network="Judge"' in str(caught.value)


@pytest.mark.parametrize(("numbers", "images"), [(192, "3x8x8"), (64, "1x8x8")])
def test_a_generator_alone_is_told_without_data_as_well(numbers: int, images: str) -> None:
    layers = f"input 48\n    linear {numbers}\n    unflatten 0, {images}\n    tanh"
    Path("generator.cnn").write_text(f"network G {{\n    {layers}\n}}\n")
    done = cnnspec("train", "generator.cnn")
    assert done.code == 1
    assert "error[E0417]: labels are told by scores of classes" in done.err
    assert done.err.count("error[") == 1
    assert "examples/gan.py" in done.err


def test_advice_about_data_fits_the_network() -> None:
    Path("masks.cnn").write_text("network N {\n    input 3x32x32\n    conv 2, kernel=1\n}\n")
    assert '`data pairs, "photos", "masks"`' in cnnspec("train", "masks.cnn").err
    assert "`data digits`" in cnnspec("train", "two.cnn").err
