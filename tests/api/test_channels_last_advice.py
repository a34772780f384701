"""What is advised for samples that do not fit is followed to the letter, and then trains on the images as they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import cnnspec

NET = """network N {
    input INPUT
    conv 4, kernel=3
    relu
    flatten
    linear 3
}
train {
    epochs 1
    batch 8
}
"""


class Photos(torch.utils.data.Dataset[Any]):
    """Images of Pillow, as data sets give them without a transform."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> tuple[Image.Image, int]:
        return Image.fromarray(self.pixels[index]), index % 3


def pixels(*sizes: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (24, *sizes), dtype=np.uint8)


def trained(given: str, data: Any, out: Path) -> Any:
    spec = cnnspec.loads(NET.replace("INPUT", given))
    return cnnspec.train(spec, data=data, test_data=data, out=out, device="cpu", progress=False)


@pytest.mark.parametrize(
    ("sizes", "given", "advised"),
    [
        ((8, 8, 3), "1x8x8", "these have their channels last: write `input 3x8x8`"),
        ((9, 7, 3), "3x8x8", "these have their channels last: write `input 3x9x7`"),
        ((8, 9, 4), "3x8x9", "these have their channels last: write `input 4x8x9`"),
        ((8, 9), "3x8x9", "write `input 1x8x9`"),
        ((9, 9), "1x8x8", "write `input 1x9x9`"),
    ],
)
def test_the_advice_trains_on_the_images(sizes: tuple[int, ...], given: str, advised: str, tmp_path: Path) -> None:
    """Against the same images with their channels first, whose meaning nobody has to guess."""
    images = pixels(*sizes)
    with pytest.raises(cnnspec.SpecError) as refused:
        trained(given, Photos(images), tmp_path / "run")
    assert advised in str(refused.value)
    (wanted,) = re.findall(r"`input (\w+)`", advised)
    (fix,) = refused.value.diagnostics[0].fixes
    assert fix.title == f"write `input {wanted}`"
    run = trained(wanted, Photos(images), tmp_path / "run")
    first = np.moveaxis(images, -1, 1) if len(sizes) == 3 else images[:, None]
    same = trained(wanted, (np.ascontiguousarray(first), np.arange(24) % 3), tmp_path / "same")
    assert all(torch.equal(a, b) for a, b in zip(run.model.parameters(), same.model.parameters(), strict=True))


@pytest.mark.parametrize(
    ("sizes", "given", "advised"),
    [((2, 8, 8), "1x8x8", "input 2x8x8"), ((3, 4, 4), "1x8x8", "input 3x4x4"), ((64, 4, 4), "3x8x8", "input 64x4x4")],
)
def test_channels_first_stay_first(sizes: tuple[int, ...], given: str, advised: str, tmp_path: Path) -> None:
    with pytest.raises(cnnspec.SpecError, match=f"help: write `{advised}`"):
        trained(given, (pixels(*sizes), np.arange(24) % 3), tmp_path / "run")


def test_a_finished_run_is_not_told_to_change_its_network(tmp_path: Path) -> None:
    run = trained("1x8x8", (pixels(1, 8, 8), np.arange(24) % 3), tmp_path / "run")
    with pytest.raises(cnnspec.SpecError, match="bring the samples to 1x8x8, as those of the training were") as refused:
        run.evaluate(Photos(pixels(8, 8, 3)))
    assert "input 3x8x8" not in str(refused.value)
    assert refused.value.diagnostics[0].fixes == ()
    folder = tmp_path / "photos" / "0"
    for number in range(3):
        (tmp_path / "photos" / str(number)).mkdir(parents=True)
        Image.fromarray(pixels(9, 7)[number]).save(tmp_path / "photos" / str(number) / "a.png")
    with pytest.raises(cnnspec.SpecError, match="`resize=8`, which brings its images to the size of those of the training"):
        run.evaluate(f'folder, "{folder.parent}", test=0')
    assert run.evaluate(f'folder, "{folder.parent}", test=0, resize=8').samples == 3
