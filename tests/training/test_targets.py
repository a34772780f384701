"""Targets that the loss takes and that are not what is meant: classes that nothing has, and masks taken for images."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of

from cnnspec.backends.torch_module import build
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.fitness import verify_fitness
from cnnspec.training.options import TrainOptions
from cnnspec.training.report import Silent
from cnnspec.training.train import train

FLAT = 'network N {\n    input 4\n    linear 3\n}\ntrain {\n    data npz, "a.npz", test=0\n    batch 2\n}\n'
MAPS = FLAT.replace("input 4", "input 1x4x6").replace("linear 3", "conv 3, kernel=1")


def told(text: str, train_labels: torch.Tensor, test_labels: torch.Tensor | None = None) -> list[str]:
    """Returns what is told of labels, with the help."""
    network = compiled(text)
    names = tuple(map(str, range(network.output.channels)))
    parts = [
        None if labels is None else Part(torch.randn(len(labels), *network.input.sizes), labels)
        for labels in (train_labels, test_labels)
    ]
    assert parts[0] is not None
    found = verify_fitness(network, recipe_of(network), Dataset("npz", parts[0], parts[1], classes=names))
    return [f"{item.code} {item.message} ({item.help})" for item in found]


def masks(*classes: int) -> torch.Tensor:
    """Returns two masks of 4x6 pixels that have these classes, the last one in a single pixel."""
    found = torch.full((2, 4, 6), classes[0], dtype=torch.uint8)
    for place, label in enumerate(classes[1:]):
        found[1, 3, place] = label
    return found


@pytest.mark.parametrize(
    ("labels", "message", "advice"),
    [
        ([0, 1, 2, 0], None, ""),
        ([0, 1, 0, 1], "the class `2` (of 3)", "end the network with 2 outputs, or take data that has the other classes"),
        ([0, 2, 0, 2], "the class `1` (of 3)", "number the classes without gaps, and end the network with one output for each"),
        ([1, 2, 1, 2], "the class `0` (of 3)", "where they count from 1, subtract 1"),
        ([0, 0, 0, 0], "the 2 classes `1`, `2` (of 3)", "one class alone is nothing to tell apart"),
    ],
)
def test_classes_that_no_sample_and_no_pixel_has(labels: list[int], message: str | None, advice: str) -> None:
    torch.manual_seed(0)
    kinds = {"sample": (FLAT, torch.tensor(labels)), "pixel": (MAPS, masks(*labels))}
    for unit, (text, targets) in kinds.items():
        found = told(text, targets)
        if message is None:
            assert found == []
        else:
            assert found[0].startswith(f"W0504 no {unit} for training has {message}")
            assert advice in found[0]


def test_classes_of_positions_that_are_not_tested() -> None:
    torch.manual_seed(0)
    assert told(MAPS, masks(0, 1, 2), masks(0, 1, 2)) == []
    (found,) = told(MAPS, masks(0, 1, 2), masks(0, 2))
    assert found.startswith("W0535 no pixel for testing has the class `1` (of 3)")
    signals = MAPS.replace("1x4x6", "1x8")
    (found,) = told(signals, torch.tensor([[0, 1] * 4, [1] * 8]))
    assert found.startswith("W0504 no position for training has the class `2` (of 3)")


@pytest.mark.parametrize("kind", [torch.uint8, torch.int32, torch.int64])
def test_all_classes_of_large_masks_are_found(kind: torch.dtype) -> None:
    """Also behind millions of pixels, with more classes than a byte has numbers, and labels that are none."""
    network = MAPS.replace("1x4x6", "1x1100x1000").replace("conv 3", "conv 256").replace("batch 2", "batch 2\n    epochs 1")
    labels = torch.zeros(6, 1100, 1000, dtype=kind)
    labels[5, 1099, -255:] = torch.arange(1, 256).to(kind)
    labels[0, 0, 0] = 0 if kind == torch.uint8 else -100
    assert _only_absent(network, labels) == []
    labels[5, 1099, -1] = 0
    assert _only_absent(network, labels) == ["255"]


def _only_absent(text: str, labels: torch.Tensor) -> list[str]:
    found = told(text, labels)
    return [item.split("`")[1] for item in found if item.startswith("W0504")]


def test_labels_that_the_loss_leaves_out_all() -> None:
    torch.manual_seed(0)
    (found,) = told(FLAT, torch.full((4,), -100))
    assert found.startswith(
        "W0504 all labels for training are -100, which `cross_entropy` leaves out, so that there is nothing"
    )
    void = MAPS.replace("batch 2", "batch 2\n    loss cross_entropy, ignore_index=255")
    (found,) = told(void, masks(255, 255))
    assert "all labels for training are 255" in found
    assert "all labels" not in told(void, masks(255, 1))[0]
    assert told(FLAT.replace("batch 2", "batch 2\n    loss cross_entropy, ignore_index=2"), torch.tensor([0, 1, 2, 0])) == []


def warned(text: str, folder: Path) -> list[str]:
    """Returns what a run warns of, by code and message."""
    found: list[str] = []

    class Warned(Silent):
        def warn(self, warning: object) -> None:
            found.append(f"{getattr(warning, 'code', '')} {getattr(warning, 'message', '')}")

    network = compiled(text)
    train(network, recipe_of(network), TrainOptions("cpu", out=folder / "run", base=folder), Warned())
    return found


PAIRS = """network N {
    input 1x4x6
    conv 1, kernel=1
}
train {
    data pairs, "images", "masks", test=0
    loss LOSS
    batch 4
    epochs 1
}
"""


@pytest.mark.parametrize("loss", ["bce_with_logits", "mse"])
@pytest.mark.parametrize(
    ("levels", "is_told"), [((0, 1, 2), True), ((0, 20), True), ((0, 1), False), ((0, 255), False), ((0, 90, 200), False)]
)
def test_masks_of_classes_behind_a_loss_of_numbers(loss: str, levels: tuple[int, ...], is_told: bool, tmp_path: Path) -> None:
    """From files, and as arrays of bytes."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4, 4, 6), dtype=np.uint8)
    targets = rng.choice(np.array(levels, dtype=np.uint8), (4, 4, 6))
    for name, arrays in (("images", images), ("masks", targets)):
        (tmp_path / name).mkdir()
        for number, array in enumerate(arrays):
            Image.fromarray(array).save(tmp_path / name / f"{number}.png")
    np.savez(tmp_path / "a.npz", x=images[:, None], y=targets[:, None])
    text = PAIRS.replace("LOSS", loss)
    expected = (
        f"are taken as images of 0 to 255 and reach only {max(levels)}: {max(levels) / 255:.3f} of 1" if is_told else None
    )
    found = [item for item in warned(text, tmp_path) if item.startswith("W0545")]
    assert found == ([f"W0545 the targets of `pairs` {expected}"] if expected else [])
    arrays_text = text.replace('pairs, "images", "masks", test=0', 'npz, "a.npz", test=0')
    found = [
        item
        for item in warned(arrays_text.replace("a.npz", str(tmp_path / "a.npz")), tmp_path / "other")
        if item.startswith("W0545")
    ]
    assert found == ([f"W0545 the targets of `npz` {expected}"] if expected else [])


def test_dark_images_that_are_their_own_targets(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(4):
        Image.new("L", (6, 4), 20 + number).save(tmp_path / "images" / f"{number}.png")
    text = PAIRS.replace('"images", "masks"', '"images"').replace("LOSS", "mse")
    assert not [item for item in warned(text, tmp_path) if item.startswith("W0545")]


REGRESSION = """network N {
    input 4
    linear 8
    relu
    linear 1
    END
}
train {
    data npz, "a.npz", test=0
    loss mse
    batch 2
}
"""
# For each end the least and the greatest number that it makes of whatever it takes.
ENDS = {
    "sigmoid": (0, 1),
    "tanh": (-1, 1),
    "relu": (0, math.inf),
    "softplus": (0, math.inf),
    "log_sigmoid": (-math.inf, 0),
    "hardtanh -2, 3": (-2, 3),
    "relu6\n    flatten\n    identity": (0, 6),
    "gelu": (-math.inf, math.inf),
    "linear 1": (-math.inf, math.inf),
}


@pytest.mark.parametrize(("end", "bounds"), ENDS.items())
@pytest.mark.parametrize("targets", [(100, 500), (-500, -100), (0, 1), (-1, 1), (0.5, 0.5), (-2, 3), (0, 6), (-0.5, 0.0)])
def test_numbers_that_no_output_can_be(targets: tuple[float, float], end: str, bounds: tuple[float, float]) -> None:
    network = compiled(REGRESSION.replace("END", end))
    torch.manual_seed(0)
    outputs = build(network)(torch.randn(1000, 4) * 1e3)
    assert bounds[0] <= float(outputs.min().detach())
    assert float(outputs.max().detach()) <= bounds[1]
    dataset = Dataset("npz", Part(torch.randn(2, 4), torch.tensor(targets).reshape(2, 1)), None)
    found = [item for item in verify_fitness(network, recipe_of(network), dataset) if item.code == "W0546"]
    assert bool(found) == (min(targets) < bounds[0] or max(targets) > bounds[1])
    for item in found:
        keyword = end.split()[0]
        assert f"behind `{keyword}` an output is a number" in item.message
        assert [label.span.text for label in item.labels] == [end.splitlines()[0]]
        assert (item.help or "").startswith(f"end the network without `{keyword}`, or bring the targets there")


def test_rounding_and_losses_of_logits_are_no_matter() -> None:
    text = REGRESSION.replace("END", "sigmoid")
    dataset = Dataset("npz", Part(torch.randn(2, 4), torch.tensor([[-1e-5], [1.0001]])), None)
    assert verify_fitness(compiled(text), recipe_of(compiled(text)), dataset) == []
    logits = compiled(REGRESSION.replace("END", "tanh").replace("mse", "bce_with_logits"))
    dataset = Dataset("npz", Part(torch.randn(2, 4), torch.tensor([[0.0], [1.0]])), None)
    assert "W0546" not in [item.code for item in verify_fitness(logits, recipe_of(logits), dataset)]


def test_targets_that_a_program_hands_over_are_held_against_the_loss() -> None:
    text = REGRESSION.replace("END", "sigmoid").replace('    data npz, "a.npz", test=0\n', "")
    dataset = Dataset("given", Part(torch.randn(2, 4), torch.tensor([[1.0], [9.0]])), None)
    (found,) = verify_fitness(compiled(text), recipe_of(compiled(text)), dataset)
    assert (found.code, found.span.text) == ("W0546", "loss mse")
