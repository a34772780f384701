"""Which data is advised for a network without any: such as fits it."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.recipe.data_advice import data_advice
from cnnspec.recipe.ending import Ending
from cnnspec.recipe.loss import Bce, CrossEntropy, Loss, Mse
from cnnspec.recipe.recipe import Recipe
from cnnspec.source import Source
from cnnspec.values.ranges import PROBABILITIES
from cnnspec.values.shapes import Shape


@pytest.mark.parametrize(
    ("loss", "input_sizes", "output_sizes", "line"),
    [
        (CrossEntropy(), (1, 8, 8), (10,), "digits"),
        (CrossEntropy(), (64,), (10,), "digits"),
        (CrossEntropy(), (1, 28, 28), (10,), "mnist"),
        (CrossEntropy(), (3, 32, 32), (10,), "cifar10"),
        (CrossEntropy(), (3, 32, 32), (100,), "cifar100"),
        (CrossEntropy(), (3, 32, 32), (7,), 'folder, "photos"'),
        (CrossEntropy(), (3, 224, 224), (1000,), 'folder, "photos"'),
        (Bce(), (3, 64, 64), (1,), 'folder, "photos"'),
        (Mse(), (3, 64, 64), (1,), 'npz, "arrays.npz"'),
        (CrossEntropy(), (3, 256, 256), (2, 256, 256), 'pairs, "photos", "masks"'),
        (Mse(), (1, 28, 28), (1, 28, 28), 'pairs, "noisy", "clean"'),
        (Mse(), (1, 8, 8), (1, 8, 8), 'pairs, "noisy", "clean"'),
        (CrossEntropy(), (12,), (3,), 'csv, "table.csv"'),
        (CrossEntropy(), (1, 32000), (35,), 'npz, "arrays.npz"'),
        (CrossEntropy(), (12, 32, 32), (5,), 'npz, "arrays.npz"'),
    ],
)
def test_advice_goes_by_the_shapes(loss: Loss, input_sizes: tuple[int, ...], output_sizes: tuple[int, ...], line: str) -> None:
    end = Ending("sigmoid", PROBABILITIES) if isinstance(loss, Bce) else Ending("linear")
    advice = data_advice(Recipe(loss=loss), Shape(input_sizes), Shape(output_sizes), end)
    assert f"`data {line}`" in advice


@pytest.mark.parametrize("sizes", ["1x8x8", "1x28x28", "3x32x32", "1xHxW"])
def test_published_data_that_is_advised_passes_the_check(sizes: str) -> None:
    text = f"network N {{\n input {sizes}\n conv 4, kernel=3, stride=2\n relu\n global_avgpool\n flatten\n linear 10\n}}\n"
    network = check_source(Source("a.cnn", text)).last
    advice = data_advice(Recipe(), network.input, network.output, Ending("linear"))
    with_data = f"{text}train {{\n {advice.split('`')[1]}\n}}\n"
    assert "E0410" not in codes(with_data)
    assert "E0410" in codes(with_data.replace(sizes, "2x9x9"))


def codes(text: str) -> list[str]:
    return [diagnostic.code for diagnostic in check_source(Source("a.cnn", text)).diagnostics]
