"""Arrays of bytes: levels of images, or masks of 0 and 1; and parts whose numbers are of another kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional
from training_specs import compiled, recipe_of, request_of

from cnnspec.recipe.data_arrays import Npz
from cnnspec.training.data.arrays import read_arrays
from cnnspec.training.data.dataset import Dataset, Part
from cnnspec.training.options import TrainOptions
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.task import Task
from cnnspec.training.train import train

RANDOM = np.random.default_rng(8)
PIXELS = RANDOM.integers(0, 256, (12, 1, 4, 4), dtype=np.uint8)
MASKS = PIXELS > 127
NET = 'network N {\n input 1x4x4\n conv 1, kernel=1\nEND}\ntrain {\n data npz, "a.npz", test=0\n loss LOSS\n epochs 1\n}\n'


def spec(loss: str) -> str:
    return NET.replace("END", " sigmoid\n" if loss == "bce" else "").replace("LOSS", loss)


def found(base: Path, loss: str, **arrays: np.ndarray) -> Dataset:
    np.savez(base / "a.npz", **arrays)
    return read_arrays(Npz(path="a.npz", test=0.0), request_of(compiled(spec(loss)), base))


def targets(data: Dataset) -> list[np.ndarray]:
    parts = [part for part in (data.train, data.test) if isinstance(part, Part)]
    return [part.targets.numpy() for part in parts]


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits", "mse"])
@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.bool_, np.float32])
def test_masks_of_0_and_1_are_what_they_are(loss: str, kind: type, tmp_path: Path) -> None:
    (masks,) = targets(found(tmp_path, loss, x=PIXELS, y=MASKS.astype(kind)))
    np.testing.assert_array_equal(masks, MASKS.astype(np.float32))


@pytest.mark.parametrize("shape", [(12, 1, 4, 4), (12, 4, 4)])
def test_bytes_of_images_are_levels(shape: tuple[int, ...], tmp_path: Path) -> None:
    images = PIXELS.reshape(shape)
    (levels,) = targets(found(tmp_path, "mse", x=PIXELS, y=images))
    np.testing.assert_allclose(levels, PIXELS / 255, rtol=1e-6)
    both = targets(found(tmp_path, "mse", x=PIXELS, y=images // 255, x_test=PIXELS, y_test=images))
    np.testing.assert_allclose(both, [PIXELS // 255 / 255, PIXELS / 255], rtol=1e-6)  # one white for both parts
    (numbers,) = targets(found(tmp_path, "mse", x=PIXELS, y=images.astype(np.int32)))
    np.testing.assert_array_equal(numbers, PIXELS)


def test_bytes_that_are_no_images_are_numbers(tmp_path: Path) -> None:
    flat = compiled("network N {\n input 3\n linear 2\n}\ntrain {\n data synthetic\n loss mse\n}")
    values = RANDOM.integers(0, 256, (9, 2), dtype=np.uint8)
    np.savez(tmp_path / "a.npz", x=np.zeros((9, 3)), y=values)
    np.testing.assert_array_equal(*targets(read_arrays(Npz(path="a.npz", test=0), request_of(flat, tmp_path))), values)


def test_labels_for_training_and_numbers_for_testing(tmp_path: Path) -> None:
    """Whether numbers are 0 and 1 only is a question to all of them."""
    text = "network N {\n input 3\n linear 1\n}\ntrain {\n data synthetic\n loss mse\n}"
    np.savez(tmp_path / "a.npz", x=np.eye(3), y=np.array([0, 1, 1]), x_test=np.eye(3), y_test=np.array([0, 1, 7]))
    data = read_arrays(Npz(path="a.npz"), request_of(compiled(text), tmp_path))
    assert data.classes is None
    assert targets(data)[1].tolist() == [[0], [1], [7]]


def test_a_run_on_masks_of_bytes(tmp_path: Path) -> None:
    """The truth is torch's own loss of the run's own model."""
    np.savez(tmp_path / "a.npz", x=PIXELS, y=MASKS.astype(np.uint8))
    network = compiled(spec("bce_with_logits"))
    run = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    with torch.no_grad():
        outputs = run.model(torch.from_numpy(PIXELS / np.float32(255)))
        truth = torch.from_numpy(MASKS.astype(np.float32))
        expected = functional.binary_cross_entropy_with_logits(outputs, truth)
        wrong = functional.binary_cross_entropy_with_logits(outputs, truth / 255)
    score = evaluate(read_run(run.path), options=EvaluateOptions("cpu"))
    assert score.loss == pytest.approx(float(expected), rel=1e-5)
    assert score.loss != pytest.approx(float(wrong), rel=1e-2)
    assert score.measure == "acc"
    assert score.value == pytest.approx(float(((outputs > 0).numpy() == MASKS).mean()))


def test_what_a_task_takes_for_labels() -> None:
    loss = recipe_of(compiled(spec("bce_with_logits"))).loss
    none = torch.zeros(4, 1, 2, 2)
    for values, is_label in ((torch.tensor([0, 255]), True), (torch.tensor([0, 1]), False), (torch.tensor([0.0, 1.0]), True)):
        kind = torch.uint8 if not values.is_floating_point() else torch.float32
        part = Part(none, values.to(kind).repeat(8).reshape(4, 1, 2, 2))
        assert Task.of(loss, Dataset("pairs", part, None)).labels == is_label


@pytest.mark.parametrize("kinds", [("bytes", "floats"), ("floats", "bytes"), ("bytes", "bytes"), ("levels", "bytes")])
def test_parts_of_different_kinds_have_one_scale(kinds: tuple[str, str], tmp_path: Path) -> None:
    """The truth is the images as numbers: from 0 to 1, or from 0 to 255 where those for training are."""
    forms = {"bytes": PIXELS, "floats": (PIXELS / 255).astype(np.float32), "levels": PIXELS.astype(np.int64)}
    x, x_test = (forms[kind] for kind in kinds)
    data = found(tmp_path, "mse", x=x, y=MASKS, x_test=x_test, y_test=MASKS)
    expected = PIXELS.astype(np.float64) if "levels" in kinds else PIXELS / 255
    parts = [part.inputs.numpy() / data.levels for part in (data.train, data.test) if isinstance(part, Part)]
    assert len(parts) == 2
    for inputs in parts:
        np.testing.assert_allclose(inputs, expected, rtol=1e-6)


@pytest.mark.parametrize("kinds", [("bytes", "floats"), ("floats", "bytes")])
def test_a_run_on_parts_of_different_kinds(kinds: tuple[str, str], tmp_path: Path) -> None:
    """The truth are classes that the images give away."""
    labels = np.arange(30) % 3
    images = np.zeros((30, 1, 4, 4), np.uint8)
    images[np.arange(30), 0, labels] = 255
    forms = {"bytes": images, "floats": (images / 255).astype(np.float32)}
    np.savez(tmp_path / "a.npz", x_train=forms[kinds[0]], y_train=labels, x_test=forms[kinds[1]], y_test=labels)
    lines = ' data npz, "a.npz", normalize=true\n optimizer adam, lr=0.05\n epochs 30\n batch 8'
    network = compiled(f"network N {{\n input 1x4x4\n flatten\n linear 3\n}}\ntrain {{\n{lines}\n}}\n")
    run = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    assert run.last.test == 1
    score = evaluate(read_run(run.path), options=EvaluateOptions("cpu"))
    assert (score.value, score.different) == (1, None)
    assert score.loss == pytest.approx(run.last.test_loss, rel=1e-5)
