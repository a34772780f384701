"""What is said of targets that a loss or an output does not take: who follows the advice can train."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_specs import compiled, request_of

from cnnspec.recipe.data_arrays import Npz
from cnnspec.training.data.read import read
from cnnspec.training.problems import TrainingError

FLAT = "network N {\n input 6\n linear %d\n}\ntrain {\n data synthetic\n loss %s\n}"
MAPS = "network N {\n input 1x4x5\n conv %d, kernel=%d%s\n}\ntrain {\n data synthetic\n loss %s\n}"
RANDOM = np.random.default_rng(0)
ROWS, IMAGES = RANDOM.random((8, 6)), RANDOM.random((8, 1, 4, 5))
SIGNS = np.where(np.arange(8) % 2, 1, -1)
LABELS = RANDOM.integers(0, 2, (8, 3))
LABELS[0] = 1


def advice(folder: Path, spec: str, x: np.ndarray, y: Any) -> str | None:
    """Returns what is said of arrays that do not suit a network, None where they suit it."""
    np.savez(folder / "a.npz", x=x, y=y)
    try:
        read(Npz(path="a.npz"), request_of(compiled(spec), folder))
    except TrainingError as error:
        (problem,) = error.problems
        assert problem.code in ("E0419", "E0427")
        return problem.help
    return None


@pytest.mark.parametrize(
    ("targets", "said", "mended"),
    [
        (SIGNS, "write 0 for -1", (SIGNS + 1) // 2),
        (SIGNS * 1.0, "write 0 for -1", (SIGNS + 1) / 2),
        ((SIGNS + 3) // 2, "write 0 for 1, and 1 for 2", (SIGNS + 1) // 2),
        (((SIGNS + 1) // 2 * 255).astype(np.uint8), "write 1 for 255", (SIGNS + 1) // 2),
        (SIGNS * 1.5, "write 0 for -1.5, and 1 for 1.5", (SIGNS + 1) // 2),
    ],
)
def test_two_classes_with_other_numbers(tmp_path: Path, targets: Any, said: str, mended: Any) -> None:
    assert advice(tmp_path, FLAT % (1, "bce_with_logits"), ROWS, targets) == said
    assert advice(tmp_path, FLAT % (1, "bce_with_logits"), ROWS, mended) is None


def test_more_than_two_classes(tmp_path: Path) -> None:
    told = advice(tmp_path, FLAT % (1, "bce_with_logits"), ROWS, np.arange(8) % 3)
    assert (
        told == "to tell more than two classes apart, end the network with an output for each, and write `loss cross_entropy`"
    )
    assert advice(tmp_path, FLAT % (3, "cross_entropy"), ROWS, np.arange(8) % 3) is None


def test_numbers(tmp_path: Path) -> None:
    told = advice(tmp_path, FLAT % (1, "bce_with_logits"), ROWS, np.linspace(-3, 9, 8))
    assert told == "scale them to 0 to 1; to predict numbers as they are, write `loss mse`"
    assert advice(tmp_path, FLAT % (1, "mse"), ROWS, np.linspace(-3, 9, 8)) is None
    told = advice(tmp_path, FLAT.replace("%d", "%d\n sigmoid") % (1, "bce"), ROWS, np.linspace(-3, 9, 8))
    assert told is not None
    assert told.endswith("write `loss mse` without the last activation")


def test_images_in_floats(tmp_path: Path) -> None:
    spec, images = MAPS % (1, 1, "", "bce_with_logits"), np.round(IMAGES * 255)
    assert advice(tmp_path, spec, IMAGES, images) == "images go from 0 to 1: divide them by 255"
    assert advice(tmp_path, spec, IMAGES, images / 255) is None


@pytest.mark.parametrize("kind", [np.int64, np.float32])
def test_several_labels(tmp_path: Path, kind: type) -> None:
    told = advice(tmp_path, FLAT % (3, "cross_entropy"), ROWS, LABELS.astype(kind))
    assert told == "a sample may have several labels at once here: write `loss bce_with_logits`, behind logits"
    assert advice(tmp_path, FLAT % (3, "bce_with_logits"), ROWS, LABELS.astype(kind)) is None
    one_hot: np.ndarray = np.eye(3, dtype=kind)[np.arange(8) % 3]
    assert "argmax" in str(advice(tmp_path, FLAT % (3, "cross_entropy"), ROWS, one_hot))


def test_other_outputs(tmp_path: Path) -> None:
    assert advice(tmp_path, FLAT % (4, "bce_with_logits"), ROWS, LABELS) == "end the network with `linear 3`"
    assert advice(tmp_path, FLAT % (4, "mse"), ROWS, ROWS[:, 0]) == "end the network with `linear 1`"
    assert advice(tmp_path, FLAT % (1, "mse"), ROWS, ROWS[:, 0]) is None
    images = RANDOM.random((8, 3, 4, 5))
    assert advice(tmp_path, MAPS % (2, 1, "", "mse"), IMAGES, images) == "let the last layer give 3 channels"
    assert advice(tmp_path, MAPS % (3, 1, "", "mse"), IMAGES, images) is None
    one = "for one label for each sample end the network with `global_avgpool` and `flatten`"
    assert advice(tmp_path, MAPS % (2, 1, "", "cross_entropy"), IMAGES, np.arange(8) % 2) == one
    pooled = MAPS % (2, 1, "\n global_avgpool\n flatten", "cross_entropy")
    assert advice(tmp_path, pooled, IMAGES, np.arange(8) % 2) is None


@pytest.mark.parametrize(("loss", "shape"), [("cross_entropy", (8, 4, 5)), ("mse", (8, 2, 4, 5))])
def test_other_positions(tmp_path: Path, loss: str, shape: tuple[int, ...]) -> None:
    targets = RANDOM.integers(0, 2, shape)
    told = advice(tmp_path, MAPS % (2, 3, "", loss), IMAGES, targets)
    keeps = "`padding` in its windows keeps positions"
    assert told == f"let the network give 4x5 positions ({keeps}), or cut the targets to 2x3"
    assert advice(tmp_path, MAPS % (2, 3, ", padding=1", loss), IMAGES, targets) is None
    assert advice(tmp_path, MAPS % (2, 3, "", loss), IMAGES, targets[..., :2, :3]) is None
    first = len(shape) - 2
    swapped = targets.swapaxes(-1, -2)
    assert advice(tmp_path, MAPS % (2, 1, "", loss), IMAGES, swapped) == f"swap their axes: `y.swapaxes({first}, {first + 1})`"
    assert advice(tmp_path, MAPS % (2, 1, "", loss), IMAGES, swapped.swapaxes(first, first + 1)) is None
    cut = targets[..., :2, :3]
    assert "windows without `padding`" in str(advice(tmp_path, MAPS % (2, 1, "", loss), IMAGES, cut))
