"""Masks with labels that a byte does not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of, request_of

from cnnspec.recipe.data_arrays import Pairs
from cnnspec.training.data.image_pairs import read_pairs
from cnnspec.training.data.read import read
from cnnspec.training.options import TrainOptions
from cnnspec.training.results.evaluate import evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.session import prepare
from cnnspec.training.train import train

RANDOM = np.random.default_rng(3)
TEXT = """
network N {{
    input 1x10x12
    conv {classes}, kernel=1
}}
train {{
    data pairs, "x", "y", test=0
    loss cross_entropy, ignore_index={void}
    epochs 1
    batch 4
    {more}
}}
"""


def text(classes: int = 300, void: int = -100, more: str = "") -> str:
    return TEXT.format(classes=classes, void=void, more=more)


def write(base: Path, masks: np.ndarray, ending: str = "png") -> None:
    """Writes masks of 16 bits, and as many images."""
    for folder in ("x", "y"):
        (base / folder).mkdir(exist_ok=True)
    for number, mask in enumerate(masks):
        Image.fromarray(RANDOM.integers(0, 256, mask.shape).astype(np.uint8)).save(base / "x" / f"{number}.png")
        Image.fromarray(mask.astype(np.int32 if mask.min() < 0 else np.uint16)).save(base / "y" / f"{number}.{ending}")


def targets(base: Path, spec: str, data: Pairs | None = None) -> torch.Tensor:
    network = compiled(spec)
    chosen = data or recipe_of(network).data
    assert isinstance(chosen, Pairs)
    read(chosen, request_of(network, base))
    return read_pairs(chosen, request_of(network, base)).train.targets


@pytest.mark.parametrize("first", [0, 250])
def test_three_hundred_classes_keep_their_numbers(tmp_path: Path, first: int) -> None:
    masks = np.roll(np.arange(480) % 300, -first).reshape(4, 10, 12)  # bytes first, or numbers beyond them in every mask
    write(tmp_path, masks)
    assert np.array_equal(targets(tmp_path, text()).numpy(), masks)


def test_values_that_stand_for_classes_beyond_a_byte(tmp_path: Path) -> None:
    masks = RANDOM.integers(0, 300, (4, 10, 12))
    write(tmp_path, masks * 100)
    data = Pairs(inputs="x", targets="y", mask_values=tuple(range(0, 30_000, 100)), test=0.0)
    assert np.array_equal(targets(tmp_path, text(), data).numpy(), masks)


@pytest.mark.parametrize(("void", "ending"), [(65_535, "png"), (256, "png"), (300, "tif"), (-1, "tif"), (255, "png")])
def test_what_does_not_count_stays_what_it_is(tmp_path: Path, void: int, ending: str) -> None:
    masks = RANDOM.integers(0, 2, (4, 10, 12))
    masks[1:, 3:6] = void
    write(tmp_path, masks, ending)
    assert np.array_equal(targets(tmp_path, text(2, void)).numpy(), masks)


def test_masks_of_bytes_stay_bytes(tmp_path: Path) -> None:
    write(tmp_path, RANDOM.integers(0, 256, (4, 10, 12)))
    assert targets(tmp_path, text(256)).dtype == torch.uint8
    write(tmp_path, RANDOM.integers(256, 257, (4, 10, 12)))
    assert targets(tmp_path, text(257)).dtype == torch.int32


def test_only_pixels_that_count_are_counted(tmp_path: Path) -> None:
    masks = RANDOM.integers(0, 2, (8, 10, 12))
    masks[:, :, ::2] = 65_535
    write(tmp_path, masks)
    network = compiled(text(2, 65_535))
    result = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    images = np.stack([np.asarray(Image.open(tmp_path / "x" / f"{number}.png")) for number in range(8)])
    with torch.no_grad():
        outputs = result.model(torch.from_numpy(images).float().unsqueeze(1) / 255)
    expected = torch.nn.functional.cross_entropy(outputs, torch.from_numpy(masks), ignore_index=65_535)
    found = evaluate(read_run(tmp_path / "run"))
    assert found.loss == pytest.approx(float(expected), rel=1e-5)
    assert found.classes is not None
    assert int(found.classes.matrix.sum()) == 8 * 10 * 6


@pytest.mark.parametrize("more", ["augment random_crop, padding=9", "augment random_affine, 20, translate=(0.5, 0.5)"])
def test_what_comes_from_outside_does_not_count(tmp_path: Path, more: str) -> None:
    """Where every pixel is of class 1, or of none, no move may make one of class 0."""
    masks = np.ones((8, 10, 12), dtype=np.int64)
    masks[:, 5:] = 65_535
    write(tmp_path, masks)
    network = compiled(text(2, 65_535, more))
    data = recipe_of(network).data
    assert data is not None
    session = prepare(network, recipe_of(network), data, TrainOptions("cpu"), tmp_path)
    batches = list(session.train.shuffled(4, torch.Generator().manual_seed(1)))
    assert {label for _, labels in batches for label in labels.unique().tolist()} == {1, 65_535}
    assert any(int((labels == 65_535).sum()) > 4 * 60 for _, labels in batches)  # something has come from outside
