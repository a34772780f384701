"""Pairs of images: to images, to masks, and to themselves."""

from __future__ import annotations

import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of, request_of

from cnnspec.compiler import check_source
from cnnspec.recipe.data_arrays import Pairs
from cnnspec.source import Source
from cnnspec.training.batches.batches import Batches
from cnnspec.training.data import image_files as module
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.data.image_pairs import read_pairs
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import Scaling
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.train import train

MASKS = 'network N {\n input 3x8x6\n conv 3, kernel=1\n}\ntrain {\n data pairs, "x", "y"\n loss cross_entropy\n}'
PICTURES = 'network N {\n input 1x8x6\n conv 3, kernel=1\n}\ntrain {\n data pairs, "x", "y"\n loss l1\n}'
RANDOM = np.random.default_rng(0)
NO_SCALING = Scaling(255.0, torch.zeros(3, 1, 1), torch.ones(3, 1, 1))


def save(path: Path, pixels: np.ndarray, palette: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels.astype(np.uint8))
    if palette:
        image.putpalette([7, 7, 7, 200, 0, 0, 0, 200, 0])
    image.save(path)


def fill(base: Path, palette: bool = False) -> np.ndarray:
    """Writes ten images 6 wide and 8 high, and masks of three classes, which are returned."""
    masks = RANDOM.integers(0, 3, (10, 8, 6))
    for number in range(10):
        save(base / "x" / f"{number}.jpg", RANDOM.integers(0, 256, (8, 6, 3)))
        save(base / "y" / f"{number}.png", masks[number], palette)
    return masks


def found(base: Path, text: str, data: Pairs | None = None) -> Dataset:
    network = compiled(text)
    chosen = data or recipe_of(network).data
    assert isinstance(chosen, Pairs)
    read(chosen, request_of(network, base))
    return read_pairs(chosen, request_of(network, base))


def fault(base: Path, text: str, data: Pairs | None = None) -> str:
    with pytest.raises(TrainingError) as caught:
        found(base, text, data)
    return f"{caught.value.problems[0].code} {caught.value.problems[0].message}"


@pytest.mark.parametrize("palette", [False, True])
def test_masks_hold_classes(tmp_path: Path, palette: bool) -> None:
    masks = fill(tmp_path, palette)
    data = found(tmp_path, MASKS, Pairs(inputs="x", targets="y", test=0.0))
    assert (data.classes, data.target) == (("0", "1", "2"), (8, 6))
    assert np.array_equal(data.train.targets.numpy(), masks)
    assert data.train.sample == (3, 8, 6)


def test_the_split_keeps_partners_together(tmp_path: Path) -> None:
    masks = fill(tmp_path)
    data = found(tmp_path, MASKS)
    assert data.test is not None
    together = torch.cat([data.train.targets, data.test.targets])
    assert (len(data.train), len(data.test)) == (8, 2)
    assert sorted(map(str, together.tolist())) == sorted(map(str, masks.tolist()))


def test_images_to_images(tmp_path: Path) -> None:
    for number in range(4):
        colours = RANDOM.integers(0, 256, (8, 6, 3))
        save(tmp_path / "y" / f"{number}.png", colours)
        save(tmp_path / "x" / f"{number}.png", colours[:, :, 0])
    data = found(tmp_path, PICTURES, Pairs(inputs="x", targets="y", test=0.0))
    assert (data.classes, data.target, data.train.targets.dtype) == (None, (3, 8, 6), torch.uint8)
    assert torch.equal(data.train.targets[:, :1], next(data.train.chunks(10)))


def test_an_image_is_its_own_target(tmp_path: Path) -> None:
    fill(tmp_path)
    text = PICTURES.replace("input 1x8x6", "input 3x8x6").replace(', "y"', "")
    data = found(tmp_path, text)
    assert torch.equal(data.train.targets, next(data.train.chunks(10)))


def test_resize_brings_both_to_the_sizes_of_the_network(tmp_path: Path) -> None:
    fill(tmp_path)
    text = MASKS.replace("3x8x6", "3x16x12").replace("kernel=1", "kernel=2, stride=2")
    data = found(tmp_path, text, Pairs(inputs="x", targets="y", resize=(16, 12)))
    assert (data.sample, data.target) == ((3, 16, 12), (8, 6))


def test_folders_in_zip_files(tmp_path: Path) -> None:
    masks = fill(tmp_path)
    for folder in ("x", "y"):
        with zipfile.ZipFile(tmp_path / f"{folder}.zip", "w") as archive:
            for path in (tmp_path / folder).iterdir():
                archive.write(path, path.name)
    data = found(tmp_path, MASKS, Pairs(inputs="x.zip", targets="y.zip", test=0.0))
    assert np.array_equal(data.train.targets.numpy(), masks)


def test_partners_are_missing(tmp_path: Path) -> None:
    fill(tmp_path)
    (tmp_path / "y" / "3.png").unlink()
    assert fault(tmp_path, MASKS) == "E0421 1 image has no partner in y: `3` is the first"
    (tmp_path / "x" / "3.jpg").unlink()
    (tmp_path / "x" / "4.jpg").unlink()
    (tmp_path / "x" / "5.jpg").unlink()
    assert fault(tmp_path, MASKS) == "E0421 2 images have no partner in x: `4` is the first"
    save(tmp_path / "y" / "4.bmp", np.zeros((8, 6)))
    assert fault(tmp_path, MASKS).endswith("y has two images called `4`, with different endings")


def test_what_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    assert fault(tmp_path, MASKS.replace("conv 3", "conv 2")).startswith("E0423 a pixel of")
    assert fault(tmp_path, MASKS.replace("kernel=1", "kernel=3")).startswith("E0419 the mask")
    with pytest.raises(TrainingError, match=r"`resize=\d+(x\d+)?` brings inputs to a size"):
        found(tmp_path, MASKS.replace("kernel=1", "kernel=3"))
    assert fault(tmp_path, PICTURES.replace("conv 3", "conv 2")).startswith("E0419 images as targets have")
    assert fault(tmp_path, PICTURES.replace("kernel=1", "kernel=3")).startswith("E0419")
    flat = MASKS.replace("conv 3, kernel=1", "flatten\n linear 3")
    assert fault(tmp_path, flat).startswith("E0419 masks have a class for each pixel")
    save(tmp_path / "y" / "7.png", np.zeros((8, 6, 3)))
    assert "has colours (RGB)" in fault(tmp_path, MASKS)
    (tmp_path / "y" / "7.png").write_text("no image")
    assert fault(tmp_path, MASKS).startswith("E0422")
    monkeypatch.setattr(module, "fits_in_memory", lambda size: False)
    assert fault(tmp_path, MASKS).startswith("E0406")


def test_ignored_pixels(tmp_path: Path) -> None:
    fill(tmp_path)
    save(tmp_path / "y" / "0.png", np.full((8, 6), 255))
    assert fault(tmp_path, MASKS).startswith("E0423")
    assert found(tmp_path, MASKS.replace("cross_entropy", "cross_entropy, ignore_index=255")).target == (8, 6)


def test_a_segmentation_learns(tmp_path: Path) -> None:
    """Bright pixels are class 1: one convolution can learn that, augmented or not."""
    for number in range(40):
        mask = RANDOM.integers(0, 2, (8, 6))
        save(tmp_path / "x" / f"{number}.png", mask * 200 + RANDOM.integers(0, 50, (8, 6)))
        save(tmp_path / "y" / f"{number}.png", mask)
    text = """
network N {
    input 1x8x6
    conv 2, kernel=1
}
train {
    data pairs, "x", "y", normalize=true
    loss cross_entropy, ignore_index=255
    augment random_crop, padding=2
    augment horizontal_flip
    optimizer adam, lr=0.1
    epochs 8
    batch 8
}
"""
    network = compiled(text)
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    assert result.last.test is not None
    assert result.last.test > 0.99


def test_an_autoencoder_learns(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path / "x" / f"{number}.png", np.full((8, 6), number * 8))
    text = """
network N {
    input 1x8x6
    flatten
    linear 1
    linear 48
    unflatten 0, (1, 8, 6)
}
train {
    data pairs, "x"
    loss mse
    optimizer adam, lr=0.05
    epochs 60
    batch 8
}
"""
    network = compiled(text)
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    assert result.last.test is not None
    assert result.last.test < 0.05


def test_masks_of_black_and_white(tmp_path: Path) -> None:
    masks = fill(tmp_path) % 2
    for number in range(10):
        save(tmp_path / "y" / f"{number}.png", masks[number] * 255)
    text = MASKS.replace("conv 3", "conv 2")
    with pytest.raises(TrainingError, match=r"has the label 255.*write `mask_values=\[0, 255\]`"):
        found(tmp_path, text)
    data = found(tmp_path, text, Pairs(inputs="x", targets="y", mask_values=(0, 255), test=0.0))
    assert np.array_equal(data.train.targets.numpy(), masks)
    other = found(tmp_path, text, Pairs(inputs="x", targets="y", mask_values=(255, 0), test=0.0))
    assert np.array_equal(other.train.targets.numpy(), 1 - masks)


def test_pixels_that_are_no_value_of_a_class(tmp_path: Path) -> None:
    masks = fill(tmp_path) % 2 * 255
    for number in range(10):
        (tmp_path / "y" / f"{number}.png").unlink()
        save(tmp_path / "y" / f"{number}.jpg", masks[number])
    pairs = Pairs(inputs="x", targets="y", mask_values=(0, 255))
    with pytest.raises(TrainingError, match=r"is none of `mask_values` .JPEG changes the values of pixels"):
        found(tmp_path, MASKS, pairs)
    ignoring = MASKS.replace("cross_entropy", "cross_entropy, ignore_index=77")
    (tmp_path / "z").mkdir()
    for number in range(10):
        save(tmp_path / "z" / f"{number}.png", np.full((8, 6), 77 if number else 255))
    targets = found(tmp_path, ignoring, Pairs(inputs="x", targets="z", mask_values=(0, 255), test=0.0)).train.targets
    assert [int(mask.max()) for mask in targets[:2]] == [1, 77]


@pytest.mark.parametrize(("loss", "values"), [("mse", "[0, 255]"), ("cross_entropy", "[0, 0]")])
def test_values_of_masks_that_mean_nothing(loss: str, values: str) -> None:
    text = MASKS.replace('"y"', f'"y", mask_values={values}').replace("cross_entropy", loss)
    assert [item.code for item in check_source(Source("t.cnn", text)).diagnostics] == ["E0443"]


def test_a_zip_file_of_one_folder(tmp_path: Path) -> None:
    masks = fill(tmp_path)
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as archive:
        for path in (tmp_path / "y").iterdir():
            archive.write(path, f"masks/{path.name}")
            archive.writestr(f"__MACOSX/masks/._{path.name}", b"")
    data = found(tmp_path, MASKS, Pairs(inputs="x", targets="y.zip", test=0.0))
    assert np.array_equal(data.train.targets.numpy(), masks)


def test_masks_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pillow says of the files of images is said of masks in the same words."""
    fill(tmp_path)
    save(tmp_path / "y" / "4.png", np.zeros((80, 60)))
    with monkeypatch.context() as patched:
        patched.setattr(Image, "MAX_IMAGE_PIXELS", 100)
        expected = f"E0422 {tmp_path}/y/4.png has more than 200 pixels, the most that pillow opens lest they fill memory"
        assert fault(tmp_path, MASKS) == expected
    (tmp_path / "y" / "4.png").write_bytes(b"")
    assert fault(tmp_path, MASKS) == f"E0422 {tmp_path}/y/4.png is empty"
    (tmp_path / "y" / "4.png").unlink()
    (tmp_path / "y" / "4.png").symlink_to(tmp_path / "nowhere.png")
    assert fault(tmp_path, MASKS) == f"E0421 there is no file {tmp_path}/y/4.png: it is a link to {tmp_path}/nowhere.png"


@pytest.mark.parametrize(
    ("values", "text", "advice"),
    [
        ((0, 1, 255), MASKS, "255 often marks what does not count: `loss cross_entropy, ignore_index=255` leaves it out"),
        ((0, 127, 254), MASKS, "if 0, 127, 254 stand for the classes, name them all: `mask_values=[0, 127, 254]`"),
        ((0, 127, 254), MASKS.replace("conv 3", "conv 2"), "end the network with more outputs"),
        ((1, 2, 3), MASKS, "labels count from 0: these seem to count from 1, so subtract 1"),
        ((0, 255, 255), MASKS, "write `mask_values=[0, 255]`"),
    ],
)
def test_advice_goes_by_all_masks(tmp_path: Path, values: tuple[int, ...], text: str, advice: str) -> None:
    """No mask has more than one value, so that one alone does not tell what the classes are."""
    fill(tmp_path)
    for number in range(10):
        save(tmp_path / "y" / f"{number}.png", np.full((8, 6), values[number % 3]))
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.code == "E0423"
    assert advice in str(problem.help)
    if "mask_values=" in advice and len(set(values)) == 3:
        data = found(tmp_path, text, Pairs(inputs="x", targets="y", mask_values=values, test=0.0))
        assert data.train.targets[:, 0, 0].tolist() == [number % 3 for number in range(10)]


def test_masks_that_jpeg_has_changed(tmp_path: Path) -> None:
    masks = fill(tmp_path)
    for number in range(10):
        (tmp_path / "y" / f"{number}.png").unlink()
        save(tmp_path / "y" / f"{number}.jpg", masks[number] * 100)
    with pytest.raises(TrainingError, match="JPEG changes the values of pixels"):
        found(tmp_path, MASKS)


@pytest.mark.parametrize(("name", "guess"), [("3_mask", "3_mask"), ("Mask-3-final", "Mask-3-final")])
def test_partners_that_are_called_otherwise(tmp_path: Path, name: str, guess: str) -> None:
    fill(tmp_path)
    (tmp_path / "y" / "3.png").rename(tmp_path / "y" / f"{name}.png")
    with pytest.raises(TrainingError, match=f"no partner in y: `3` is the first .is it `{guess}`"):
        found(tmp_path, MASKS)


def test_capital_letters_make_another_name(tmp_path: Path) -> None:
    for folder, name in (("x", "Street"), ("y", "street")):
        save(tmp_path / folder / f"{name}.png", np.zeros((8, 6)))
    with pytest.raises(TrainingError, match=r"`Street` is the first .is it `street`"):
        found(tmp_path, MASKS)


def test_one_name_in_two_forms_of_unicode(tmp_path: Path) -> None:
    fill(tmp_path)
    composed, decomposed = (unicodedata.normalize(form, "é") for form in ("NFC", "NFD"))
    (tmp_path / "x" / "3.jpg").rename(tmp_path / "x" / f"{composed}.jpg")
    (tmp_path / "y" / "3.png").rename(tmp_path / "y" / f"{decomposed}.png")
    assert len(found(tmp_path, MASKS, Pairs(inputs="x", targets="y", test=0.0)).train) == 10


def test_the_folder_of_the_masks_is_missing(tmp_path: Path) -> None:
    fill(tmp_path)
    with pytest.raises(TrainingError, match="has one folder, whose images are their own targets, but `cross_entropy`"):
        found(tmp_path, MASKS, Pairs(inputs="x"))


@pytest.mark.parametrize(("mode", "what"), [("F", "fractions"), ("LA", "transparency"), ("RGB", "colours")])
def test_what_masks_hold_instead_of_classes(tmp_path: Path, mode: str, what: str) -> None:
    fill(tmp_path)
    (tmp_path / "y" / "3.png").unlink()
    Image.new(mode, (6, 8)).save(tmp_path / "y" / "3.tif")
    assert fault(tmp_path, MASKS).endswith(f"y/3.tif has {what} ({mode}), which say nothing about classes")


@pytest.mark.parametrize("loss", ["bce_with_logits", "mse"])
def test_masks_of_0_and_1_as_targets_of_numbers(tmp_path: Path, loss: str) -> None:
    """The truth are the masks; the same with 255 for 1 train the same weights, and with a 2 among them they are levels."""
    masks = RANDOM.integers(0, 2, (10, 8, 6))
    lines = f' data pairs, "x", "y", test=0\n loss {loss}\n epochs 1'
    text = f"network N {{\n input 3x8x6\n conv 1, kernel=1\n}}\ntrain {{\n{lines}\n}}"
    network, weights = compiled(text), []
    for white in (1, 255):
        for number, mask in enumerate(masks):
            save(tmp_path / "x" / f"{number}.png", np.repeat(mask[:, :, None] * 200 + number, 3, axis=2))
            save(tmp_path / "y" / f"{number}.png", mask * white)
        given = Batches(found(tmp_path, text).train, NO_SCALING, torch.device("cpu"), torch.float32)
        targets = torch.cat([targets for _, targets in given.in_order(4)])
        np.testing.assert_array_equal(targets[:, 0].numpy(), masks)
        result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / f"run{white}", base=tmp_path))
        weights.append((result.path / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    for number, mask in enumerate(masks):
        save(tmp_path / "y" / f"{number}.png", mask * 2)
    levels = found(tmp_path, text).train
    assert isinstance(levels, Part)
    assert levels.targets.unique().tolist() == [0, 2]


def test_dark_images_are_their_own_targets_as_they_are(tmp_path: Path) -> None:
    for number in range(10):
        save(tmp_path / "x" / f"{number}.png", RANDOM.integers(0, 2, (8, 6)))
    text = 'network N {\n input 1x8x6\n conv 1, kernel=1\n}\ntrain {\n data pairs, "x"\n loss mse\n}'
    part = found(tmp_path, text).train
    assert isinstance(part, Part)
    assert torch.equal(part.inputs, part.targets)
