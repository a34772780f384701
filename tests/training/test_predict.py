"""Predictions of finished runs, held against the outputs of their models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from training_specs import TINY, compiled, recipe_of, request_of

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data import Folder
from cnnspec.recipe.loss import Bce, BceWithLogits, CrossEntropy, Mse, Nll
from cnnspec.training.data.image_folder import read_folder
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.result import RunResult
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.results.inputs import images_in
from cnnspec.training.results.predict import AT_ONCE, PredictOptions, batch_size, predict
from cnnspec.training.results.predictions import Prediction, Unreadable
from cnnspec.training.results.probabilities import probabilities
from cnnspec.training.run_folder.stored_run import StoredRun, read_run
from cnnspec.training.train import train

CPU = PredictOptions(device="cpu")
COLOURS = {"blue": (20, 30, 220), "green": (30, 210, 40), "red": (220, 40, 30)}


def trained(text: str, out: Path) -> RunResult:
    network = compiled(text)
    return train(network, recipe_of(network), TrainOptions("cpu", out=out, base=out.parent))


def write_colours(root: Path, names: tuple[str, ...] = tuple(COLOURS), count: int = 12, size: int = 8) -> None:
    """Writes images of a colour each, with noise, in a folder for each class."""
    random = np.random.default_rng(0)
    for name in names:
        (root / name).mkdir(parents=True)
        for number in range(count):
            noise = random.integers(-15, 16, (size, size, 3))
            Image.fromarray((np.array(COLOURS[name]) + noise).clip(0, 255).astype(np.uint8)).save(root / name / f"{number}.png")


@pytest.fixture(scope="module")
def colours(tmp_path_factory: pytest.TempPathFactory) -> StoredRun:
    """A run that tells colours apart."""
    root = tmp_path_factory.mktemp("colours")
    write_colours(root / "photos")
    text = "network N {\n input 3x8x8\n adaptive_avgpool 1\n flatten\n linear 3\n}\n"
    recipe = 'train {\n data folder, "photos", normalize=true\n optimizer adam, lr=0.1\n epochs 25\n}\n'
    return read_run(trained(text + recipe, root / "run").path)


def single(stored: StoredRun, path: Path, options: PredictOptions = CPU) -> Prediction:
    (found,) = predict(stored, [path], options)
    assert isinstance(found, Prediction)
    return found


def test_classes_by_name_with_probabilities(colours: StoredRun, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), (230, 50, 30)).save(tmp_path / "a.png")
    found = single(colours, tmp_path / "a.png")
    assert next(answer.name for answer in found.answers) == "red"
    assert {answer.name for answer in found.answers} == set(COLOURS)
    assert sum(answer.score for answer in found.answers) == pytest.approx(1)
    assert all(answer.measure == "probability" for answer in found.answers)
    assert found.resized_from is None
    assert len(single(colours, tmp_path / "a.png", PredictOptions(1, "cpu")).answers) == 1


def test_other_sizes_and_kinds_of_images(colours: StoredRun, tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    Image.new("RGBA", (50, 31), (20, 200, 40, 255)).save(big)
    found = single(colours, big)
    assert (found.answers[0].name, found.resized_from) == ("green", (31, 50))
    with Image.open(big) as image:
        image.convert("RGB").resize((8, 8), Image.Resampling.BILINEAR).save(tmp_path / "small.png")
    assert found.answers == single(colours, tmp_path / "small.png").answers


@pytest.mark.parametrize("given", ["3x8x8", "64"])
@pytest.mark.parametrize(("resize", "pixels"), [("", 8), (", resize=8", 21)])
def test_single_images_are_treated_as_the_evaluation_treats_them(given: str, resize: str, pixels: int, tmp_path: Path) -> None:
    """Loss and accuracy of the whole folder follow from the predictions for its files, one by one."""
    write_colours(tmp_path / "photos", size=pixels)
    layers = "conv 4, kernel=3\n relu\n flatten" if "x" in given else "linear 4\n relu"
    text = f"network N {{\n input {given}\n {layers}\n linear 3\n}}\n"
    recipe = f'train {{\n data folder, "photos", normalize=true, test=0{resize}\n optimizer adam, lr=0.001\n epochs 2\n}}\n'
    stored = read_run(trained(text + recipe, tmp_path / "run").path)
    found = [entry for entry in predict(stored, images_in([tmp_path / "photos"]), CPU) if isinstance(entry, Prediction)]
    assert len(found) == 36
    assert {entry.resized_from for entry in found} == {(pixels, pixels) if resize else None}
    evaluation = evaluate(stored, options=EvaluateOptions("cpu"))
    right = [entry.answers[0].name == entry.source.parent.name for entry in found]
    assert evaluation.value == pytest.approx(np.mean(right))
    scores = [answer.score for entry in found for answer in entry.answers if answer.name == entry.source.parent.name]
    assert evaluation.loss == pytest.approx(-np.log(scores).mean(), rel=1e-4)


def test_labels_of_outputs_that_had_no_class(tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((40, 4))
    np.savez(tmp_path / "few.npz", x=x, y=np.arange(40) % 2)
    (tmp_path / "few.csv").write_text("".join(f"{a},{b},{c},{d},{n % 2}\n" for n, (a, b, c, d) in enumerate(x)))
    np.savez(tmp_path / "many.npz", x=x, y=np.arange(40) % 4)
    text = 'network N {\n input 4\n linear 4\n}\ntrain {\n data csv, "few.csv"\n epochs 1\n}\n'
    stored = read_run(trained(text, tmp_path / "run").path)
    assert stored.manifest["data"]["classes"] == ["0", "1"]
    data = recipe_of(compiled(text.replace('csv, "few.csv"', 'npz, "many.npz", test=0'))).data
    found = evaluate(stored, data, EvaluateOptions("cpu", base=tmp_path))
    assert found.classes is not None
    assert [(score.name, score.samples) for score in found.classes.each()] == [(str(label), 10) for label in range(4)]


def test_other_data_with_some_of_the_classes(colours: StoredRun, tmp_path: Path) -> None:
    write_colours(tmp_path / "some", ("green", "red"))
    data = recipe_of(compiled('network N {\n input 4\n linear 2\n}\ntrain {\n data folder, "some", test=0\n}')).data
    found = evaluate(colours, data, EvaluateOptions("cpu", base=tmp_path))
    assert found.value > 0.9
    assert found.classes is not None
    assert [score.samples for score in found.classes.each()] == [0, 12, 12]
    (tmp_path / "some" / "green").rename(tmp_path / "some" / "grass")
    with pytest.raises(TrainingError, match="has classes that the run did not learn: grass"):
        evaluate(colours, data, EvaluateOptions("cpu", base=tmp_path))


def test_other_data_with_more_classes(colours: StoredRun, tmp_path: Path) -> None:
    write_colours(tmp_path / "more", ("blue", "green", "red"))
    (tmp_path / "more" / "green").rename(tmp_path / "more" / "grass")
    (tmp_path / "more" / "teal").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "more" / "teal" / "1.png")
    data = recipe_of(compiled('network N {\n input 4\n linear 2\n}\ntrain {\n data folder, "more", test=0\n}')).data
    with pytest.raises(TrainingError, match=r"has 4 classes, and the run did .* \(it learned blue, green, red\)"):
        evaluate(colours, data, EvaluateOptions("cpu", base=tmp_path))


def test_a_file_that_is_no_image_does_not_stop_the_others(colours: StoredRun, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("text")
    Image.new("RGB", (8, 8), (20, 30, 230)).save(tmp_path / "good.png")
    np.save(tmp_path / "flat.npy", np.zeros(3))
    first, second, third, fourth = predict(
        colours, [tmp_path / name for name in ("bad.png", "good.png", "no.png", "flat.npy")], CPU
    )
    assert isinstance(first, Unreadable)
    assert "no image that pillow can read" in first.reason
    assert isinstance(second, Prediction)
    assert second.answers[0].name == "blue"
    assert isinstance(third, Unreadable)
    assert "there is no file" in third.reason
    assert isinstance(fourth, Unreadable)
    assert "the network takes 3x8x8" in fourth.reason


def test_images_of_folders(tmp_path: Path) -> None:
    for name in ("b.png", "a/c.JPG", "a/.hidden.png", ".cache/d.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [os.path.relpath(path, tmp_path) for path in images_in([tmp_path])] == ["a/c.JPG", "b.png"]
    assert images_in([tmp_path / "notes.txt"]) == [tmp_path / "notes.txt"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty holds no images"):
        images_in([tmp_path / "empty"])


def test_images_behind_links_are_those_that_are_trained_on(tmp_path: Path) -> None:
    """Folders that are links, one of them to where it lies, and folders that are called like images."""
    write_colours(tmp_path / "elsewhere")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "green").symlink_to(tmp_path / "elsewhere" / "green", target_is_directory=True)
    (tmp_path / "elsewhere" / "red" / "again").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "elsewhere" / "blue").rename(tmp_path / "photos" / "blue.png")
    (tmp_path / "elsewhere" / "red").rename(tmp_path / "photos" / "red")
    text = 'network N {\n input 3x8x8\n flatten\n linear 3\n}\ntrain {\n data folder, "photos"\n}'
    request = request_of(compiled(text), tmp_path)
    data = read_folder(Folder(path="photos", test=0.0), request)
    found = images_in([tmp_path / "photos"])
    assert data.classes == ("blue.png", "green", "red")
    assert len(found) == len(set(found)) == len(data.train) > 3
    assert sum(path.is_dir() for path in found if isinstance(path, Path)) == 0
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(tmp_path / "photos")
        assert len(images_in([Path()])) == len(found)


def test_a_regression_gives_numbers(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("".join(f"{x},{x * 2}\n" for x in range(20)))
    text = 'network N {\n input 1\n linear 1\n}\ntrain {\n data csv, "t.csv"\n loss mse\n epochs 1\n}'
    stored = read_run(trained(text, tmp_path / "run").path)
    np.save(tmp_path / "x.npy", np.array([3.0]))
    found = single(stored, tmp_path / "x.npy")
    state = stored_state(stored)
    assert found.answers == ()
    assert found.values == pytest.approx([float(3 * state["0.weight"].item() + state["0.bias"].item())])


def stored_state(stored: StoredRun) -> dict[str, torch.Tensor]:
    import safetensors.torch

    return safetensors.torch.load_file(stored.weights)


def test_flat_inputs_take_images_of_the_size_of_their_data(tmp_path: Path) -> None:
    text = TINY.replace("    conv 4, kernel=3\n    batchnorm\n    relu\n    flatten\n", "").replace("1x8x8", "64")
    stored = read_run(trained(text, tmp_path / "run").path)
    Image.new("L", (20, 20), 200).save(tmp_path / "a.png")
    assert single(stored, tmp_path / "a.png").resized_from == (20, 20)


def test_numbers_for_each_pixel_are_refused(tmp_path: Path) -> None:
    text = "network N {\n input 1x4x4\n conv 2, kernel=1\n}\ntrain {\n data synthetic, 20\n loss mse\n epochs 1\n}"
    stored = read_run(trained(text, tmp_path / "run").path)
    with pytest.raises(UsageError, match=r"the output is 2x4x4, and these are numbers.*`cnnspec run .* IMAGE -o PATH`"):
        list(predict(stored, [], CPU))


ENDS = "network N {\n input 4\n linear %d\n %s\n}"
OUTPUTS = torch.randn(3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_probabilities_behind_each_loss() -> None:
    plain = compiled(ENDS % (4, "identity"))
    assert torch.equal(probabilities(OUTPUTS, plain, CrossEntropy()), OUTPUTS.softmax(1))  # type: ignore[arg-type]
    assert torch.equal(probabilities(OUTPUTS, plain, BceWithLogits()), OUTPUTS.sigmoid())  # type: ignore[arg-type]
    assert probabilities(OUTPUTS, plain, Mse()) is None
    logarithms = compiled(ENDS % (4, "log_softmax"))
    assert torch.equal(probabilities(OUTPUTS, logarithms, Nll()), OUTPUTS.exp())  # type: ignore[arg-type]
    given = OUTPUTS.softmax(1)
    for last, loss in (("softmax", CrossEntropy()), ("sigmoid", Bce()), ("softmax", Mse())):
        assert torch.equal(probabilities(given, compiled(ENDS % (4, last)), loss), given)  # type: ignore[arg-type]


def test_a_single_output_is_the_probability_of_the_second_class() -> None:
    found = probabilities(OUTPUTS[:, :1], compiled(ENDS % (1, "identity")), BceWithLogits())
    assert found is not None
    assert torch.allclose(found, torch.cat((1 - OUTPUTS[:, :1].sigmoid(), OUTPUTS[:, :1].sigmoid()), 1))


def test_many_files_stay_in_order_and_few_are_open(colours: StoredRun, tmp_path: Path) -> None:
    """Of a long list only what the next batches need is asked for, before the first answers come."""
    names = list(COLOURS)
    for number in range(400):
        Image.new("RGB", (8, 8), COLOURS[names[number % 3]]).save(tmp_path / f"{number:03}.png")
    asked = 0

    def files() -> Iterator[Path]:
        nonlocal asked
        for number in range(400):
            asked = number + 1
            yield tmp_path / f"{number:03}.png"

    answers = predict(colours, files(), CPU)
    found = [next(answers)]
    assert asked <= 2 * AT_ONCE
    found += answers
    assert [entry.source.stem for entry in found] == [f"{number:03}" for number in range(400)]
    assert [entry.answers[0].name for entry in found if isinstance(entry, Prediction)] == [names[n % 3] for n in range(400)]


def test_large_layers_make_small_batches() -> None:
    assert batch_size(compiled("network N {\n input 3x32x32\n conv 8, kernel=3\n}")) == AT_ONCE
    assert batch_size(compiled("network N {\n input 3x1024x1024\n conv 64, kernel=3\n}")) == 2
    assert batch_size(compiled("network N {\n input 3x4096x4096\n conv 64, kernel=3\n}")) == 1


def test_tables_are_no_images(colours: StoredRun, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("1,2\n")
    (found,) = predict(colours, [tmp_path / "t.csv"], CPU)
    assert isinstance(found, Unreadable)
    assert "is a table, not an image or an array: write its rows with `numpy.save` (.npy)" in found.reason


def test_one_sample_is_counted_as_one(tmp_path: Path) -> None:
    text = 'network N {\n input 1\n linear 1\n}\ntrain {\n data csv, "t.csv", test=0.1\n loss mse\n epochs 1\n}'
    (tmp_path / "t.csv").write_text("".join(f"{x},{x * 2}\n" for x in range(10)))
    found = evaluate(read_run(trained(text, tmp_path / "run").path), options=EvaluateOptions("cpu"))
    assert found.line().endswith("(csv, 1 sample)")
