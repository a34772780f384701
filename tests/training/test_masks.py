"""Classes of pixels: shares and masks, held against pillow, the outputs of the model and the masks of the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import cnnspec
from cnnspec.compiler import check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.source import Source
from cnnspec.training.data.piped import Piped
from cnnspec.training.results.masks import as_large_as, mask_paths, write_mask
from cnnspec.training.results.predict import PredictOptions, predict
from cnnspec.training.results.predictions import Prediction
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.values.shapes import Shape

# The class of a pixel is the strongest of red, green and blue: nothing is learned.
STRONGEST = """
network Strongest {
    input 3x6x8
    conv 3, kernel=1, bias=false, frozen=true, weight=[[[[1]], [[0]], [[0]]], [[[0]], [[1]], [[0]]], [[[0]], [[0]], [[1]]]]
}
train {
    loss cross_entropy
}
"""
MAPS = Shape((3, 6, 8))


def compiled(text: str) -> Network:
    """Returns a network that may have nothing to learn."""
    return check_source(Source("test.cnn", text)).networks[-1]


def single(path: Path, mask: Path | None = None, text: str = STRONGEST) -> Prediction:
    options = PredictOptions(device="cpu", masks=None if mask is None else [mask])
    (found,) = predict(compiled(text), [path], options)
    assert isinstance(found, Prediction)
    return found


def write_blocks(path: Path, factor: int = 1) -> np.ndarray:
    """Writes an image of three pure colours and returns the class of each of its pixels, [6, 8] times `factor`."""
    labels = np.random.default_rng(1).integers(0, 3, (6, 8)).repeat(factor, 0).repeat(factor, 1)
    Image.fromarray(np.eye(3, dtype=np.uint8)[labels] * 200).save(path)
    return labels


def test_shares_and_mask(tmp_path: Path) -> None:
    labels = write_blocks(tmp_path / "a.png")
    found = single(tmp_path / "a.png", tmp_path / "mask.png")
    assert [answer.score for answer in found.shares] == [np.mean(labels == number) for number in range(3)]
    assert [answer.name for answer in found.shares] == ["class 0", "class 1", "class 2"]
    assert found.answers[0].index == np.bincount(labels.ravel()).argmax()
    with Image.open(tmp_path / "mask.png") as mask:
        assert np.array_equal(np.array(mask), labels)
        seen = np.array(mask.convert("RGB"))
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) == 3
    assert single(tmp_path / "a.png").mask is None


def test_a_mask_is_as_large_as_its_image(tmp_path: Path) -> None:
    labels = write_blocks(tmp_path / "a.png", factor=4)
    found = single(tmp_path / "a.png", tmp_path / "mask.png")
    assert found.resized_from == (24, 32)
    with Image.open(tmp_path / "mask.png") as mask:
        assert mask.size == (32, 24)
        assert np.mean(np.array(mask) == labels) > 0.95


@pytest.mark.parametrize("size", [(6, 8), (12, 16), (7, 9), (3, 3), (1, 40)])
def test_sizes_of_masks(size: tuple[int, int]) -> None:
    labels = torch.randint(0, 9, (6, 8), generator=torch.Generator().manual_seed(0))
    expected = Image.fromarray(labels.numpy().astype(np.uint8)).resize(size[::-1], Image.Resampling.NEAREST)
    assert np.array_equal(as_large_as(labels, size, (6, 8)), np.array(expected))


def test_smaller_maps_keep_their_share_of_the_image() -> None:
    assert as_large_as(torch.zeros(3, 4), (12, 16), (6, 8)).shape == (6, 8)
    assert as_large_as(torch.zeros(3, 4), None, (6, 8)).shape == (3, 4)


def test_two_classes_by_one_output(tmp_path: Path) -> None:
    text = STRONGEST.partition("[[[[1")[0].replace("conv 3", "conv 1") + "[[[[1]], [[0]], [[0]]]]\n sigmoid\n}\n"
    Image.fromarray(np.array([[255, 255, 255, 0] * 2] * 6, dtype=np.uint8)).save(tmp_path / "a.png")
    (found,) = predict(compiled(text + "train {\n loss bce\n}\n"), [tmp_path / "a.png"], PredictOptions(device="cpu"))
    assert isinstance(found, Prediction)
    assert [answer.score for answer in found.shares] == [
        0.25,
        0.75,
    ]  # sigmoid(0) is one half, and only what is above counts as 1
    assert found.answers[0].name == "class 1"


@pytest.mark.parametrize(("classes", "mode"), [(3, "P"), (256, "P"), (257, "I;16")])
def test_formats_of_masks(classes: int, mode: str, tmp_path: Path) -> None:
    labels = torch.arange(12).reshape(3, 4) * (classes - 1) // 11
    write_mask(labels, classes, tmp_path / "deep/mask.png")
    with Image.open(tmp_path / "deep/mask.png") as mask:
        assert mask.mode == mode
        assert np.array_equal(np.array(mask), labels)


def test_a_class_for_each_moment(tmp_path: Path) -> None:
    text = "network N {\n input 2x5\n relu\n}\ntrain {\n loss cross_entropy\n}\n"
    np.save(tmp_path / "a.npy", np.array([[1, 0, 1, 0, 0], [0, 1, 0, 1, 1]]))
    assert [answer.score for answer in single(tmp_path / "a.npy", tmp_path / "m.npy", text).shares] == [0.4, 0.6]
    assert np.load(tmp_path / "m.npy").tolist() == [0, 1, 0, 1, 1]


def test_names_of_masks(tmp_path: Path) -> None:
    files = [tmp_path / "photos/a.jpg", tmp_path / "photos/in/a.jpg", tmp_path / "b.tar.png", Piped(b"x")]
    found = mask_paths([tmp_path / "photos", *files[2:]], files, Path("out"), MAPS)
    assert found == [Path("out/a.png"), Path("out/in/a.png"), Path("out/b.tar.png"), Path("out/stdin.png")]
    assert mask_paths(files[:1], files[:1], Path("one.PNG"), MAPS) == [Path("one.PNG")]
    assert mask_paths([Path("None")], [Path("None")], Path("out"), MAPS) == [Path("out/None.png")]


@pytest.mark.parametrize(
    ("names", "output", "shape", "message"),
    [
        (("a.png", "b.png"), "m.png", MAPS, r"-o m\.png is one file, but there are 2 inputs"),
        (("a.png",), "m.jpg", MAPS, r"masks are \.png files"),
        (("a.npy",), "m.png", Shape((3, 6)), r"masks are \.npy files"),
        (("a.png", "a.png"), "out", MAPS, r"a\.png is named twice, by itself or by a folder"),
        (("a.png", "in/a.jpg"), "out", MAPS, r"the masks of a\.png and in/a\.jpg would both be out/a\.png"),
        (("a.png",), "out", Shape((10,)), "one answer for an image: 10"),
    ],
)
def test_masks_that_cannot_be_written(names: tuple[str, ...], output: str, shape: Shape, message: str) -> None:
    files = [Path(name) for name in names]
    with pytest.raises(UsageError, match=message):
        mask_paths(files, files, Path(output), shape)


def test_one_output_says_where_something_is(tmp_path: Path) -> None:
    """Bright or dark, trained as masks of 0 and 255 are: the mask has the numbers 1 and 0."""
    bright = np.random.default_rng(2).integers(0, 2, (8, 6, 8)).astype(np.uint8)
    for folder, values in (("images", 40 + 180 * bright), ("masks", 255 * bright)):
        (tmp_path / folder).mkdir()
        for number, image in enumerate(values):
            Image.fromarray(image).save(tmp_path / folder / f"{number}.png")
    text = """network Bright {
        input 1x6x8
        conv 1, kernel=1
    }
    train {
        data pairs, "images", "masks"
        loss bce_with_logits
        optimizer adam, lr=0.2
        batch 4
        epochs 60
    }"""
    (tmp_path / "b.cnn").write_text(text)
    run = cnnspec.train(cnnspec.load(tmp_path / "b.cnn"), device="cpu", out=tmp_path / "run", progress=False)
    (found,) = predict(
        read_run(run.path), [tmp_path / "images" / "3.png"], PredictOptions(device="cpu", masks=[tmp_path / "m.png"])
    )
    assert isinstance(found, Prediction)
    assert [answer.score for answer in found.shares] == [np.mean(bright[3] == value) for value in (0, 1)]
    with Image.open(tmp_path / "m.png") as mask:
        assert np.array_equal(np.array(mask), bright[3])
