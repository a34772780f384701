"""`cnnspec.train` on data that a program holds; plots."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from handed_over import NET, Items, run, samples
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

import cnnspec
from cnnspec.training.data import collect
from cnnspec.training.data.memory import free_memory, memory

REGRESSION = "network R {\n input 4\n linear 2\n}\ntrain {\n loss mse\n epochs 2\n batch 8\n}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_form_of_the_same_data_trains_the_same_weights() -> None:
    """The truth is the reader of numpy's files."""
    x, y = samples()
    np.savez("t.npz", x=x.numpy(), y=y.numpy())
    forms = {
        "file": 'npz, "t.npz"',
        "tensors": (x, y),
        "arrays": [x.numpy(), y.numpy()],
        "mixed": (x, y.numpy().astype(np.uint8)),
        "tensor_dataset": TensorDataset(x, y),
        "items": Items(x, y),
    }
    weights = {name: (run(data, name).path / "model.safetensors").read_bytes() for name, data in forms.items()}
    assert len(set(weights.values())) == 1
    other = run((x, y.flip(0)), "other").path / "model.safetensors"
    assert other.read_bytes() != weights["file"]


def test_what_comes_of_it() -> None:
    x, y = samples()
    result = run((x, y), test_data=samples(30))
    manifest = json.loads((result.path / "manifest.json").read_text())
    assert (manifest["data"]["train"], manifest["data"]["test"]) == (60, 30)
    assert result.last.test == 1
    with torch.no_grad():
        assert torch.equal(result.model(x).argmax(1), y)
    assert json.loads((result.path / "settings.json").read_text())["recipe"]["data"] is None


def test_names_of_classes_come_from_the_dataset() -> None:
    from cnnspec.training.run_folder.stored_run import read_run

    assert read_run(run(Items(*samples())).path).manifest["data"]["classes"] == ["low", "middle", "high"]


@pytest.mark.parametrize(
    "turned", [(slice(None), slice(None, None, -1)), (slice(None, None, -1),), (..., slice(None, None, -1))]
)
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint8])
def test_arrays_that_are_read_backwards(turned: Any, kind: type) -> None:
    """The truth are copies of them in the usual order."""
    random = np.random.default_rng(2)
    x, y = (random.random((30, 3, 6, 6)) * 200).astype(kind), np.arange(30) % 3
    backwards, text = x[turned], NET.replace("1x6x6", "3x6x6")
    assert min(backwards.strides) < 0
    with pytest.raises(ValueError, match="negative"):
        torch.from_numpy(backwards)
    first = run((backwards, y[::-1]), test_data=(x[turned], y[::-1]), text=text)
    other = run((backwards.copy(), y[::-1].copy()), "other", test_data=(x[turned].copy(), y[::-1].copy()), text=text)
    assert (first.path / "model.safetensors").read_bytes() == (other.path / "model.safetensors").read_bytes()
    assert torch.equal(first.predict(backwards), other.predict(backwards.copy()))
    assert first.evaluate((backwards, y[::-1])).loss == other.evaluate((backwards.copy(), y[::-1].copy())).loss
    assert not torch.equal(first.predict(backwards), first.predict(x))


@pytest.mark.parametrize("kind", [">f4", "<f2", "g", "u2", "?"])
def test_arrays_of_numbers_that_torch_lacks_are_predicted(kind: str) -> None:
    x, y = samples()
    result = run((x, y))
    odd = (x.numpy() > 0.5).astype(kind)
    assert torch.equal(result.predict(odd), result.predict(odd.astype(np.float32)))
    with pytest.raises(TypeError, match="inputs are numbers, not an array of object"):
        result.predict(odd.astype(object))


class Pictures(Dataset[Any]):
    """Images of pillow, as torchvision's data sets without a transform have them."""

    def __init__(self, images: list[Image.Image], targets: list[Any]) -> None:
        self.images, self.targets = images, targets

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Image.Image, Any]:
        return self.images[index], self.targets[index]


def test_images_with_a_palette_have_their_colours() -> None:
    """The truth are the same images before they were given a palette, whose numbers say nothing of colours."""
    colours = np.array([[250, 3, 0], [0, 240, 9], [7, 0, 230], [255, 255, 255]], np.uint8)
    pixels = np.random.default_rng(6).integers(0, 4, (30, 6, 6), dtype=np.uint8)
    images = [Image.fromarray(each).convert("P") for each in pixels]
    for image, each in zip(images, pixels, strict=True):
        image.putpalette(colours.tobytes())
        image.putdata(each.ravel().tolist())
        image.info["transparency"] = bytes([255, 0, 128, 255])
    plain = [Image.fromarray(colours[each]) for each in pixels]
    labels, text = [index % 3 for index in range(30)], NET.replace("1x6x6", "3x6x6")
    runs = [run(Pictures(each, labels), name, text=text) for each, name in ((images, "run"), (plain, "other"))]
    one, other = ((each.path / "model.safetensors").read_bytes() for each in runs)
    assert one == other
    masks = "network M {\n input 3x6x6\n conv 4, kernel=1\n}\ntrain {\n epochs 1\n batch 8\n}\n"
    runs = [run(Pictures(plain, each), f"masks{place}", text=masks) for place, each in enumerate(([*pixels], images))]
    assert len({(each.path / "model.safetensors").read_bytes() for each in runs}) == 1  # as targets they are classes


class Named(Items):
    def __init__(self, x: torch.Tensor, y: torch.Tensor, classes: tuple[str, ...]) -> None:
        super().__init__(x, y)
        self.classes = classes  # type: ignore[assignment]


@pytest.mark.filterwarnings("ignore:(.|\\n)*W0535")  # of which the test says nothing
@pytest.mark.parametrize("names", [("middle", "high"), ("high", "low", "middle"), ("low", "middle", "high")])
def test_classes_for_testing_are_told_by_name(names: tuple[str, ...]) -> None:
    """The truth are the names of the samples, and the run's own model."""
    x, y = samples()
    known = ("low", "middle", "high")
    words = [known[label] for label in y]
    chosen = [place for place, word in enumerate(words) if word in names]
    test = Named(x[chosen], torch.tensor([names.index(words[place]) for place in chosen]), names)
    result = run(Items(x, y), test_data=test)
    with torch.no_grad():
        expected = (result.model(x[chosen]).argmax(1) == y[chosen]).float().mean()
    assert result.last.test == pytest.approx(float(expected))
    assert result.evaluate(test).value == result.last.test > 0.9


@pytest.mark.parametrize("names", [("low", "wolf"), ("wolf", "middle", "high", "low")])
def test_classes_for_testing_that_training_does_not_have(names: tuple[str, ...]) -> None:
    x, y = samples()
    message = r"E0423.*has classes that the one for training does not have: wolf(.|\n)*this one has low, middle, high"
    with pytest.raises(cnnspec.SpecError, match=message):
        run(Items(x, y), test_data=Named(x, y % 2, names))
    assert not Path("run").exists()


def test_classes_without_names_are_told_by_number() -> None:
    x, y = samples()
    assert run((x, y), test_data=Named(x, y, ("a", "b", "c"))).last.test == 1
    with pytest.warns(cnnspec.SpecWarning, match="a Dataset has 2 names in `classes`, but the label 2"):
        assert run(Items(x, y), "other", test_data=Named(x, y, ("a", "b"))).last.test == 1


class Slow(Items):
    """Reading a sample takes a second, on a clock that only it moves."""

    seconds = 0.0

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        Slow.seconds += 1
        return super().__getitem__(index)


def test_slow_data_is_told_of_at_growing_intervals(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "perf_counter", lambda: Slow.seconds)
    cnnspec.train(cnnspec.loads(NET), data=Slow(*samples()), device="cpu", epochs=1)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("reading data")]
    assert [line.partition(" of ")[0] for line in told] == [f"reading data: {2**power}" for power in range(1, 6)]
    assert told[-1] == "reading data: 32 of 60 samples, about 28 s to go"


@pytest.mark.parametrize(("x", "copies"), [(torch.eye(60, 36).view(60, 1, 6, 6), 2), (torch.eye(60, 108).view(60, 3, 6, 6), 3)])
def test_more_than_memory_has_room_for(x: torch.Tensor, copies: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many copies as there are until the first step: the test part apart, and several channels last."""
    y = torch.arange(60) % 3
    text = NET.replace("1x6x6", f"{x.shape[1]}x6x6")
    room = copies * (x.nbytes + y.nbytes)
    monkeypatch.setattr(collect, "free_memory", lambda: room)
    assert len(run(Items(x, y), text=text).history) == 4
    monkeypatch.setattr(collect, "free_memory", lambda: room - 1)
    with pytest.raises(cnnspec.SpecError, match=r"error\[E0406\]: data: 60 samples of .* need .* until training begins, but"):
        run(Items(x, y), "again", text=text)
    assert not Path("again").exists()


def test_free_memory_is_a_part_of_all() -> None:
    assert 0 < free_memory() <= memory()


def test_a_sample_that_cannot_be_read_is_named() -> None:
    class Broken(Items):
        def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
            return (self.x[index], 0) if index < 7 else self.x[1000]  # type: ignore[return-value]

    with pytest.raises(IndexError) as caught:
        run(Broken(*samples()))
    assert caught.value.__notes__ == ["while sample 7 of the Dataset was read"]


def test_numbers_of_several_kinds_lose_nothing() -> None:
    """Targets may begin as integers and be floats later."""

    class Rising(Dataset[Any]):
        def __len__(self) -> int:
            return 4

        def __getitem__(self, index: int) -> tuple[np.ndarray, Any]:
            return np.full(3, index, np.uint8 if index < 2 else np.float32) / (index or 1), index if index < 3 else 3.5

    inputs, targets = collect.collect(Rising(), "data", print, is_split=False)
    assert targets.tolist() == [0, 1, 2, 3.5]
    assert inputs.tolist() == [[0.0] * 3, *[[1.0] * 3] * 3]


def test_data_on_the_disk() -> None:
    """Arrays that numpy maps from a file, read-only."""
    x, y = samples()
    np.save("x.npy", x.numpy())
    mapped = run((np.load("x.npy", mmap_mode="r"), y), "mapped")
    assert (mapped.path / "model.safetensors").read_bytes() == (run((x, y)).path / "model.safetensors").read_bytes()


def test_bytes_and_images_with_the_channel_left_out() -> None:
    x, y = samples()
    bytes_ = (x * 255).round().to(torch.uint8)[:, 0]
    result = run((bytes_, y), test_data=(bytes_, y))
    with torch.no_grad():
        right = (result.model(bytes_.unsqueeze(1) / 255).argmax(1) == y).double().mean().item()
    assert right == pytest.approx(result.last.test)


def test_a_regression() -> None:
    x = torch.randn(40, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    result = run((x, x[:, :2]), text=REGRESSION)
    assert result.last.measure == "rmse"


def test_the_plot_is_that_of_the_folder() -> None:
    result = run(samples())
    plot = result.plot()
    assert plot == (result.path / "curve.svg").read_text()
    assert plot._repr_svg_() == plot
    assert ElementTree.fromstring(plot).tag.endswith("svg")


X, Y = samples()


class Endless(IterableDataset[Any]):
    def __iter__(self) -> Iterator[Any]:
        while True:
            yield X[0], 0


class Uneven(Items):
    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.x[index][:, : 3 + index % 2], 0


class Single(Items):
    def __getitem__(self, index: int) -> Any:
        return self.x[index]


@pytest.mark.parametrize(
    ("data", "options", "kind", "message"),
    [
        (X, {}, TypeError, "a pair \\(inputs, targets\\) of tensors or arrays, or a torch Dataset with a length, not Tensor"),
        (Path("x"), {}, TypeError, "not PosixPath"),
        (3, {}, TypeError, "not int"),
        ({"x": X, "y": Y}, {}, TypeError, "not dict"),
        ((X, [0] * 60), {}, TypeError, "not tuple of 2 \\(Tensor and list\\)"),
        (Endless(), {}, TypeError, "not Endless: an IterableDataset has no samples by number"),
        (DataLoader(TensorDataset(X, Y)), {}, TypeError, "hand over `data=loader.dataset`"),
        (((X, Y) for _ in range(3)), {}, TypeError, "not a generator, which gives its samples only once"),
        (iter([(X, Y)]), {}, TypeError, "not a list_iterator, which gives its samples only once"),
        ([(X, Y)] * 3, {}, TypeError, "not list of pairs: put them together \\(`torch.cat` for batches"),
        (((X, Y), (X, Y)), {}, TypeError, "of two pairs, hand over the second as `test_data`"),
        ((X, Y), {"test_data": DataLoader(Items(X, Y))}, TypeError, "hand over `test_data=loader.dataset`"),
        (Single(X, Y), {}, TypeError, "an item of a Dataset is a pair"),
        (Uneven(X, Y), {}, ValueError, "inputs of the Dataset have different shapes: \\(1, 4, 6\\) at 1, \\(1, 3, 6\\) before"),
        ("digits", {"test_data": (X, Y)}, TypeError, "test_data goes with data"),
        ((X, Y[:-1]), {}, cnnspec.SpecError, "`x` has 60 samples, but `y` has 59"),
        ((X, Y + 1), {}, cnnspec.SpecError, "labels count from 0: these seem to count from 1"),
        ((X, Y.double()), {}, cnnspec.SpecError, "compares class numbers, but `y` of the given data holds floats"),
        ((X[:, :, :5], Y), {}, cnnspec.SpecError, "a sample of `given` is 1x5x6, but the network takes 1x6x6"),
        ((X / 0, Y), {}, cnnspec.SpecError, "sample 0 of `x` is inf at .*, which is no finite number"),
        ((X[:0], Y[:0]), {}, cnnspec.SpecError, "has no samples"),
    ],
)
def test_data_that_does_not_fit(data: Any, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        run(data, **options)
    assert not Path("run").exists()


def test_the_run_is_no_secret_to_the_commands() -> None:
    from cnnspec.recipe.data import Synthetic
    from cnnspec.training.problems import TrainingError
    from cnnspec.training.results.evaluate import evaluate
    from cnnspec.training.run_folder.stored_run import read_run
    from cnnspec.training.train import resume

    stored = read_run(run(samples()).path)
    with pytest.raises(TrainingError, match=r"handed over in Python.*\(give one with --data\)"):
        evaluate(stored)
    assert evaluate(stored, Synthetic(samples=50)).samples == 10
    (stored.path / "manifest.json").unlink()
    with pytest.raises(TrainingError, match="handed over in Python"):
        resume(stored.path, "cpu")


def test_given_data_is_not_looked_for_in_the_file() -> None:
    """The line `data` of the spec has nothing to do with what was handed over."""
    net = cnnspec.loads(NET.replace("epochs 4", "data synthetic"))
    with pytest.raises(cnnspec.SpecError) as caught:
        cnnspec.train(net, data=(torch.zeros(20, 1, 3, 3), torch.zeros(20, dtype=torch.int64)))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.span.text.startswith("input ")
