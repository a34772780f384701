"""Arrays as what is predicted: bytes as pixels, several samples in a file, several labels of a sample."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import compiled, recipe_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data_arrays import Npz
from cnnspec.training.data.piped import Piped
from cnnspec.training.data.places import File
from cnnspec.training.device import Precision
from cnnspec.training.options import TrainOptions
from cnnspec.training.results.answers import answers
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.results.forward import ForwardOptions, forward
from cnnspec.training.results.inputs import each_sample
from cnnspec.training.results.predict import PredictOptions, predict
from cnnspec.training.results.prediction_tables import prediction_json, prediction_table
from cnnspec.training.results.predictions import Prediction, Unreadable
from cnnspec.training.results.trained import Trained
from cnnspec.training.run_folder.stored_run import StoredRun, read_run
from cnnspec.training.train import train
from cnnspec.values.shapes import Shape

CPU = PredictOptions(device="cpu")
PIXELS = np.random.default_rng(3).integers(0, 256, (40, 3, 6, 5), dtype=np.uint8)


def run_of(lines: str, recipe: str, folder: Path, **arrays: np.ndarray) -> StoredRun:
    """Returns a run trained on arrays."""
    np.savez(folder / "data.npz", **arrays)
    network = compiled(f'network N {{\n{lines}\n}}\ntrain {{\n data npz, "data.npz"{recipe}\n epochs 3\n}}\n')
    return read_run(train(network, recipe_of(network), TrainOptions("cpu", out=folder / "run", base=folder)).path)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    folder = tmp_path_factory.mktemp("photos")
    lines = " input 3x6x5\n conv 4, kernel=3\n relu\n flatten\n linear 3"
    return run_of(lines, ", normalize=true\n optimizer adam, lr=0.01", folder, x=PIXELS, y=np.arange(40) % 3)


def scores(stored: StoredRun, files: list[File]) -> np.ndarray:
    """Returns the probabilities of all classes in their order, [N, C]."""
    found = list(predict(stored, files, CPU))
    ordered = [sorted(entry.answers, key=lambda answer: answer.index) for entry in found if isinstance(entry, Prediction)]
    assert len(ordered) == len(files)
    return np.array([[answer.score for answer in each] for each in ordered])


def test_bytes_are_the_pixels_that_an_image_has(photos: StoredRun, tmp_path: Path) -> None:
    Image.fromarray(PIXELS[0].transpose(1, 2, 0)).save(tmp_path / "a.png")
    np.save(tmp_path / "a.npy", PIXELS[0])
    np.save(tmp_path / "last.npy", PIXELS[0].transpose(1, 2, 0))
    np.save(tmp_path / "wide.npy", PIXELS[0].astype(np.float32))
    image, array, last, wide = scores(photos, [tmp_path / name for name in ("a.png", "a.npy", "last.npy", "wide.npy")])
    np.testing.assert_allclose(array, image, rtol=1e-6)
    np.testing.assert_allclose(last, image, rtol=1e-6)
    assert np.abs(image - wide).max() > 0.1  # floats are no bytes
    known = answers(Trained.of(photos), torch.from_numpy(PIXELS[:1]), Precision("fp32", torch.device("cpu")))
    np.testing.assert_allclose(array, known[0].numpy(), rtol=1e-5)
    one, other = (forward(photos, [tmp_path / name], ForwardOptions("cpu")) for name in ("a.png", "a.npy"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_numbers_are_scaled_as_the_training_data_was(tmp_path: Path) -> None:
    """The truth is worked out by hand: mean and deviation of the samples for training, and the run's own model."""
    rows, words = np.repeat([1000.0, 1010.0, 1020.0], 10), np.repeat(["ant", "bee", "cat"], 10)
    (tmp_path / "t.csv").write_text("a,y\n" + "".join(f"{row},{word}\n" for row, word in zip(rows, words, strict=True)))
    lines = ' data csv, "t.csv", test=0, normalize=true\n optimizer adam, lr=0.1\n epochs 60'
    network = compiled(f"network N {{\n input 1\n linear 16\n relu\n linear 3\n}}\ntrain {{\n{lines}\n}}\n")
    run = train(network, recipe_of(network), TrainOptions("cpu", out=tmp_path / "run", base=tmp_path))
    stored = read_run(run.path)
    asked = np.array([[1000.0], [1010.0], [1020.0]])
    np.save(tmp_path / "x.npy", asked)
    np.save(tmp_path / "whole.npy", asked.astype(np.int32))
    with torch.no_grad():
        expected = run.model(torch.from_numpy((asked - rows.mean()) / rows.std()).float()).softmax(1).numpy()
    assert expected.argmax(1).tolist() == [0, 1, 2]
    for name in ("x.npy", "whole.npy"):
        found = scores(stored, each_sample([tmp_path / name], Shape((1,))))
        np.testing.assert_allclose(found, expected, atol=1e-4)
    known = answers(Trained.of(stored), torch.from_numpy(asked), Precision("fp32", torch.device("cpu")))
    np.testing.assert_allclose(known.numpy(), expected, atol=1e-4)


def test_floats_and_pixels_in_one_batch(photos: StoredRun, tmp_path: Path) -> None:
    np.save(tmp_path / "bytes.npy", PIXELS[:3])
    np.save(tmp_path / "floats.npy", PIXELS[:3] / 255)
    files = [each_sample([tmp_path / name], photos.network.input) for name in ("bytes.npy", "floats.npy")]
    mixed = scores(photos, [file for both in zip(*files, strict=True) for file in both])
    np.testing.assert_allclose(mixed[::2], mixed[1::2], rtol=1e-4)
    assert np.abs(mixed[0] - mixed[2]).max() > 1e-3


@pytest.mark.parametrize(
    ("trained_on", "unit"),
    [
        (PIXELS, 255),
        (PIXELS.astype(np.int64), 1),
        (PIXELS.astype(np.float32), 1),
        (PIXELS.astype(np.float64) / 255, 255),
        (PIXELS.astype(np.float64) / 250, 255),  # 1.02 at most, as interpolation makes
        (PIXELS / 127.5 - 1, 255),  # nobody knows: from 0 to 1 then
    ],
)
@pytest.mark.parametrize("normalize", ["", ", normalize=true"])
def test_what_a_run_was_trained_with_says_what_bytes_mean(
    trained_on: np.ndarray, unit: int, normalize: str, tmp_path: Path
) -> None:
    """The truth is the run's own model with bytes in the units of the training data, scaled by hand."""
    lines = " input 3x6x5\n flatten\n linear 3"
    stored = run_of(lines, f", test=0{normalize}\n optimizer sgd, lr=0.00001", tmp_path, x=trained_on, y=np.arange(40) % 3)
    base = trained_on / 255 if trained_on.dtype == np.uint8 else trained_on.astype(np.float64)
    mean, std = (base.mean((0, 2, 3)), base.std((0, 2, 3))) if normalize else (np.zeros(3), np.ones(3))
    inputs = (PIXELS[:4] / unit - mean[:, None, None]) / std[:, None, None]
    fp32 = Precision("fp32", torch.device("cpu"))
    with torch.no_grad():
        expected = Trained.of(stored).model(fp32)(torch.from_numpy(inputs).float()).softmax(1).numpy()
    files: list[File] = []
    for index in range(4):
        Image.fromarray(PIXELS[index].transpose(1, 2, 0)).save(tmp_path / f"{index}.png")
        np.save(tmp_path / f"{index}.npy", PIXELS[index])
        files += [tmp_path / f"{index}.png", tmp_path / f"{index}.npy"]
    found = scores(stored, files)
    np.testing.assert_allclose(found[::2], expected, atol=1e-4)
    np.testing.assert_allclose(found[1::2], expected, atol=1e-4)
    np.testing.assert_allclose(answers(Trained.of(stored), torch.from_numpy(PIXELS[:4]), fp32).numpy(), expected, atol=1e-4)
    (output,) = forward(stored, [tmp_path / "0.png"], ForwardOptions("cpu")).values()
    np.testing.assert_allclose(output.softmax(0).numpy(), expected[0], atol=1e-4)
    np.savez(tmp_path / "other.npz", x=PIXELS[:4], y=np.arange(4) % 3)
    score = evaluate(stored, Npz(path="other.npz", test=0.0), EvaluateOptions("cpu", base=tmp_path))
    assert score.loss == pytest.approx(-np.log(expected[np.arange(4), np.arange(4) % 3]).mean(), rel=1e-3)


def test_a_run_of_before_takes_bytes_as_0_to_1(tmp_path: Path) -> None:
    stored = run_of(" input 3x6x5\n flatten\n linear 3", "", tmp_path, x=PIXELS.astype(np.int64), y=np.arange(40) % 3)
    assert Trained.of(stored).scaling.white == 1
    del stored.manifest["data"]["white"]
    assert Trained.of(stored).scaling.white == 255


def test_several_samples_in_an_array(photos: StoredRun, tmp_path: Path) -> None:
    np.save(tmp_path / "all.npy", PIXELS[:5])
    files = each_sample([tmp_path / "all.npy"], photos.network.input)
    assert [str(file) for file in files] == [f"{tmp_path / 'all.npy'}[{index}]" for index in range(5)]
    for index in range(5):
        np.save(tmp_path / f"{index}.npy", PIXELS[index])
    np.testing.assert_array_equal(scores(photos, files), scores(photos, [tmp_path / f"{index}.npy" for index in range(5)]))
    with pytest.raises(UsageError, match=r"all.npy is 5x3x6x5, 5 inputs of 3x6x5: give one at a time"):
        forward(photos, [tmp_path / "all.npy"])
    piped = io.BytesIO()
    np.save(piped, PIXELS[:2])
    assert [str(file) for file in each_sample([Piped(piped.getvalue())], photos.network.input)] == ["<stdin>[0]", "<stdin>[1]"]


def test_a_batch_of_one_sample_is_that_sample(photos: StoredRun, tmp_path: Path) -> None:
    np.save(tmp_path / "batch.npy", PIXELS[:1])
    np.save(tmp_path / "last.npy", PIXELS[:1].transpose(0, 2, 3, 1))
    np.save(tmp_path / "one.npy", PIXELS[0])
    (expected,) = forward(photos, [tmp_path / "one.npy"], ForwardOptions("cpu")).values()
    for name in ("batch.npy", "last.npy"):
        (found,) = forward(photos, [tmp_path / name], ForwardOptions("cpu")).values()
        assert torch.equal(found, expected)
    np.save(tmp_path / "twice.npy", PIXELS[None, :1])
    with pytest.raises(UsageError, match=r"twice.npy is 1x1x3x6x5, but the network takes 3x6x5"):
        forward(photos, [tmp_path / "twice.npy"])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("archive", r"is an archive of arrays \(.npz\): write the one that goes in with `numpy.save` \(.npy\)"),
        (b"PK\x03\x04 and no archive", "is no array of numbers"),
        (b"\x93NUMPY\x01\x00v\x00{'descr'", "is no array of numbers"),
        (b"", "is no array of numbers"),
        (np.ones((3, 6, 5), complex), "is no array of numbers: its elements are complex128"),
        (np.full((3, 6, 5), "1"), "is no array of numbers: its elements are <U1"),
    ],
)
def test_what_is_named_as_an_array_and_is_none(content: Any, reason: str, photos: StoredRun, tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    with path.open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        elif isinstance(content, str):
            np.savez(file, x=PIXELS[0])
        else:
            np.save(file, content)
    with pytest.raises(UsageError, match=f"x.npy {reason}"):
        forward(photos, [path])
    assert each_sample([path], Shape((3, 6, 5))) == [path]
    (failed,) = predict(photos, [path], CPU)
    assert isinstance(failed, Unreadable)


@pytest.mark.parametrize(
    ("sizes", "taken", "count"),
    [
        ((6, 5), (1, 6, 5), 1),
        ((1, 6, 5), (1, 6, 5), 1),
        ((7, 6, 5), (1, 6, 5), 7),
        ((7, 6, 5, 3), (3, 6, 5), 7),
        ((5, 3), (3,), 5),
        ((3,), (3,), 1),
        ((4,), (1,), 4),
        ((1,), (1,), 1),
        ((5, 4), (3,), 1),  # fits in no way: told where it is read
    ],
)
def test_which_arrays_hold_several(sizes: tuple[int, ...], taken: tuple[int, ...], count: int, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(sizes))
    files: list[File] = [tmp_path / "x.npy"]
    found = each_sample(files, Shape(taken))
    assert len(found) == count
    assert (found == files) == (count == 1)


def test_files_that_are_no_arrays_are_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "text.npy").write_text("text")
    files: list[File] = [tmp_path / "text.npy", tmp_path / "none.npy", tmp_path / "a.png"]
    assert each_sample(files, Shape((3,))) == files


@pytest.mark.parametrize("loss", ["bce_with_logits", "bce"])
def test_each_of_several_labels_has_a_probability(loss: str, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    x = random.random((60, 4)).astype(np.float32)
    y = (x[:, :3] > 0.5).astype(np.float32)
    end = "\n sigmoid" if loss == "bce" else ""
    stored = run_of(f" input 4\n linear 3{end}", f"\n loss {loss}\n optimizer adam, lr=0.3", tmp_path, x=x, y=y)
    np.save(tmp_path / "x.npy", x[:6])
    files = each_sample([tmp_path / "x.npy"], Shape((4,)))
    found = [entry for entry in predict(stored, files, CPU) if isinstance(entry, Prediction)]
    model = Trained.of(stored).model(Precision("fp64", torch.device("cpu")))
    with torch.no_grad():
        outputs = model(torch.from_numpy(x[:6]).double())
    expected = outputs if loss == "bce" else outputs.sigmoid()
    given = np.array([[label.score for label in entry.labels] for entry in found])
    np.testing.assert_allclose(given, expected.numpy(), atol=1e-5)
    assert not np.allclose(given, outputs.numpy(), atol=1e-2) or loss == "bce"
    assert np.mean((given > 0.5) == (y[:6] > 0.5)) > 0.6
    lines = prediction_json(found[0])["labels"]
    assert [line["label"] for line in lines] == ["0", "1", "2"]
    assert [line["probability"] for line in lines] == given[0].tolist()
    table = prediction_table(found)
    for row, probabilities in zip(table.rows, given, strict=True):
        assert row[1] == (", ".join(str(place) for place in range(3) if probabilities[place] > 0.5) or "none")
        assert row[2] == ", ".join(f"{place} {100 * value:.1f} %" for place, value in enumerate(probabilities))
    known = answers(Trained.of(stored), torch.from_numpy(x[:6]), Precision("fp32", torch.device("cpu")))
    np.testing.assert_allclose(known.numpy(), given, atol=1e-5)


def test_numbers_that_are_no_labels_stay_numbers(tmp_path: Path) -> None:
    x = np.random.default_rng(5).random((60, 4)).astype(np.float32)
    stored = run_of(" input 4\n linear 3", "\n loss bce_with_logits", tmp_path, x=x, y=x[:, :3])
    np.save(tmp_path / "x.npy", x[0])
    (found,) = predict(stored, [tmp_path / "x.npy"], CPU)
    assert isinstance(found, Prediction)
    assert found.labels == ()
    assert len(found.values) == 3


def test_sizes_that_a_spec_leaves_open(tmp_path: Path) -> None:
    """An array says nothing of the sizes of an input: it may hold several samples."""
    network = compiled("network N {\n input 1xHxW\n adaptive_avgpool 1\n}")
    np.save(tmp_path / "x.npy", np.zeros((1, 8, 8)))
    assert each_sample([tmp_path / "x.npy"], network.input) == [tmp_path / "x.npy"]
    with pytest.raises(UsageError, match="takes 1xHxW: give the sizes as numbers, such as `--input 1x224x224`"):
        forward(network, [tmp_path / "x.npy"])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (np.nan, r"nan at \[1, 2, 3\] is no finite number"),
        (-np.inf, r"-inf at \[1, 2, 3\] is no finite number"),
        (1e39, r"1e\+39 at \[1, 2, 3\] is beyond the numbers of 32 bits"),
        (3e38, "the outputs are infinite or not a number"),
    ],
)
def test_numbers_about_which_nothing_can_be_said(photos: StoredRun, number: float, words: str, tmp_path: Path) -> None:
    samples = PIXELS[:3] / 255
    np.save(tmp_path / "good.npy", samples)
    samples[1, 1, 2, 3] = number
    np.save(tmp_path / "x.npy", samples)
    expected = list(predict(photos, each_sample([tmp_path / "good.npy"], Shape((3, 6, 5))), CPU))
    first, second, third = predict(photos, each_sample([tmp_path / "x.npy"], Shape((3, 6, 5))), CPU)
    assert isinstance(second, Unreadable)
    assert re.match(rf"{re.escape(str(tmp_path))}/x\.npy\[1\]: {words}", second.reason)
    for found, same in ((first, expected[0]), (third, expected[2])):
        assert isinstance(found, Prediction)
        assert isinstance(same, Prediction)
        assert [answer.score for answer in found.answers] == pytest.approx([answer.score for answer in same.answers])


def test_numbers_of_64_bits_are_finite_in_a_network_of_such(photos: StoredRun, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((3, 6, 5), 1e39))
    (found,) = predict(photos, [tmp_path / "x.npy"], PredictOptions(device="cpu", precision="fp64"))
    assert isinstance(found, Prediction)


def test_run_shows_what_a_network_makes_of_nan(photos: StoredRun, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full((3, 6, 5), np.nan))
    (output,) = forward(photos, [tmp_path / "x.npy"], ForwardOptions("cpu")).values()
    assert output.isnan().all()
