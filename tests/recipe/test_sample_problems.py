"""Which input is advised for samples that another one does not take: what is advised takes them."""

from __future__ import annotations

import pytest
import torch

from cnnspec.recipe.fit import fills
from cnnspec.recipe.sample_problems import NoImages, SampleDiffers
from cnnspec.training.data.arrays import arranged
from cnnspec.values.shapes import Shape


def differs(sample: tuple[int, ...], *sizes: int, data: str = "npz") -> SampleDiffers:
    return SampleDiffers(data, sample, Shape(sizes), can_resize=False)


@pytest.mark.parametrize(
    ("sample", "given", "advised"),
    [
        ((4, 4, 4), (1, 4, 4, 5), (1, 4, 4, 4)),
        ((8, 9), (1, 8, 8), (1, 8, 9)),
        ((8, 9), (3, 8, 8), (1, 8, 9)),
        ((6,), (1, 5), (1, 6)),
        ((4, 5, 6), (2, 4, 5, 6), (1, 4, 5, 6)),
        ((3, 8, 8), (3, 16, 8, 8), (3, 8, 8)),
        ((2, 100), (2, 10, 10), (2, 100)),
        ((3, 9), (3, 8), (3, 9)),
        ((9,), (8,), (9,)),
    ],
)
def test_an_axis_of_one_channel(sample: tuple[int, ...], given: tuple[int, ...], advised: tuple[int, ...]) -> None:
    problem = differs(sample, *given)
    assert problem.suitable.sizes == advised
    assert problem.help == f"write `input {Shape(advised)}`, or train on other data"
    assert not fills(sample, Shape(given))
    read = arranged(torch.zeros(2, *sample), problem.suitable)
    assert fills(tuple(read.shape[1:]), problem.suitable)


def test_images_for_a_flat_input() -> None:
    """A flat input is why images have one channel, so that says nothing of their colours."""
    for data in ("folder", "pairs"):
        problem = differs((1, 8, 10), 100, data=data)
        assert problem.help == "write `input 80` for images in grey; for colours `input 3x8x10`, and `flatten` behind it"
        assert fills((1, 8, 10), problem.suitable)
    assert differs((1, 8, 10), 240, data="folder").suitable.sizes == (3, 8, 10)
    assert differs((1, 8, 10), 100, data="mnist").suitable.sizes == (1, 8, 10)


def test_channels_that_no_image_has() -> None:
    problem = NoImages(Shape((2, 8, 10)))
    assert (problem.code, problem.setting, problem.suitable.sizes) == ("E0410", "input", (3, 8, 10))
    assert problem.help.startswith("write `input 3x8x10` for colours, or `input 1x8x10` for grey")
    trained = NoImages(Shape((2, 8, 10)), is_trained=True)
    assert trained.help == "name arrays (`npz`) with samples of 2x8x10, as those of the training were"
