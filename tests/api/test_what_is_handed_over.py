"""What a program may hand over as data, and what is said of everything else: which argument, which sample, what it is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split

import cnnspec

NET = "network N {\n input 4\n linear 3\n}\ntrain {\n epochs 1\n batch 8\n}\n"
X = torch.rand(60, 4, generator=torch.Generator().manual_seed(0))
Y = torch.arange(60) % 3


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Items(Dataset[Any]):
    """Samples as a function makes them."""

    def __init__(self, make: Callable[[int], Any], classes: Any = None) -> None:
        self.make, self.classes = make, classes

    def __len__(self) -> int:
        return 60

    def __getitem__(self, index: int) -> Any:
        return self.make(index)


def trained(data: Any, out: str = "run", **options: Any) -> Any:
    return cnnspec.train(cnnspec.loads(NET), data=data, out=out, device="cpu", progress=False, **options)


def at_seven(item: Any) -> Items:
    return Items(lambda index: item if index == 7 else (X[index], 0))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"image": X[0], "label": 1}, r"sample 7 of data is a dict \(image, label\)"),
        ((X[0], 1, 7), r"sample 7 of data is a tuple of 3 \(Tensor, int, int\)"),
        (None, "sample 7 of data is None"),
        (X[0], "sample 7 of data is a Tensor"),
        ((X[0], None), "the target of sample 7 of data is None, not a tensor, an array, an image or a number"),
        ((X[0], {"boxes": 3}), r"the target of sample 7 of data is a dict \(boxes\), not"),
        ((None, 1), "the input of sample 7 of data is None"),
        ((X[0].to_sparse(), 1), r"the input of sample 7 of data: .* this one is sparse: write it out \(`.to_dense\(\)`\)"),
    ],
)
def test_an_item_that_is_no_pair_is_named(item: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        trained(at_seven(item))
    with pytest.raises(TypeError, match=message.replace("of data", "of test_data")):
        trained((X, Y), test_data=at_seven(item))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((TensorDataset(X, Y), TensorDataset(X, Y)), "of two data sets, hand over the second as `test_data`"),
        (random_split(TensorDataset(X, Y), [50, 10]), "of two data sets, hand over the second as `test_data`"),
        (
            (DataLoader(TensorDataset(X, Y)), DataLoader(TensorDataset(X, Y))),
            "of two loaders, hand over `data=first.dataset, test_data=second.dataset`",
        ),
    ],
)
def test_two_data_sets_at_once(data: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        trained(data)
    first, second = (part.dataset if isinstance(part, DataLoader) else part for part in data)
    assert trained(first, test_data=second).last.test is not None  # as it says


def quantised() -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch means to do without them
        return torch.quantize_per_tensor(X, 0.1, 0, torch.quint8)


def nested() -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.nested.nested_tensor(list(X))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: X.to("meta"), "on the device `meta`, without numbers"),
        (X.to_sparse, "is sparse"),
        (X.to_sparse_csr, "is sparse"),
        (quantised, r"is quantised: hand over its numbers \(`.dequantize\(\)`\)"),
        (nested, "is nested"),
    ],
    ids=["meta", "coo", "csr", "quantised", "nested"],
)
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_tensors_without_a_number_at_each_place(make: Callable[[], torch.Tensor], message: str) -> None:
    with pytest.raises(TypeError, match=f"the inputs of data: .*{message}"):
        trained((make(), Y))
    with pytest.raises(TypeError, match=f"the inputs of test_data: .*{message}"):
        trained((X, Y), test_data=(make(), Y))
    run = trained((X, Y), "other")
    with pytest.raises(TypeError, match=f"inputs: .*{message}"):
        run.predict(make())


def test_masks_of_arrays_are_not_overlooked() -> None:
    masked = np.ma.masked_greater(X.numpy(), 0.9)
    count = int((X > 0.9).sum())
    with pytest.raises(ValueError, match=f"the inputs of data: {count} of 240 numbers are masked: leave such samples out"):
        trained((masked, Y))
    run = trained((np.ma.masked_greater(X.numpy(), 2), Y))  # masks nothing
    with pytest.raises(ValueError, match=f"inputs: {count} of 240 numbers are masked"):
        run.predict(masked)
    assert torch.equal(run.predict(masked.filled(0)), run.predict(X.where(X <= 0.9, 0)))


def test_views_that_torch_conjugates_later_are_numbers() -> None:
    imaginary = torch.complex(X, -X).conj().imag
    assert imaginary.is_neg()
    later, now = trained((imaginary, Y), "later"), trained((X, Y), "now")
    assert all(torch.equal(a, b) for a, b in zip(later.model.parameters(), now.model.parameters(), strict=True))


IMAGES = "network N {\n input 1x2x2\n flatten\n linear 3\n}\ntrain {\n epochs 3\n batch 8\nAUGMENT\n}\n"


@pytest.mark.parametrize("augment", ["", " augment horizontal_flip"])
@pytest.mark.parametrize("kind", [tuple, lambda pair: TensorDataset(*pair)], ids=["pair", "dataset"])
@pytest.mark.parametrize("share", [None, 0, 0.5])
def test_what_a_program_changes_later_is_no_part_of_the_run(augment: str, kind: Any, share: float | None) -> None:
    """Inputs and targets, for training and for testing, in the midst of a run."""
    spec = cnnspec.loads(IMAGES.replace("AUGMENT", augment))
    runs = []
    for out in ("alone", "changed"):
        pairs = [(X.view(60, 1, 2, 2).clone(), Y.clone()) for _ in range(2)]

        def change(report: Any, pairs: Any = pairs, out: str = out) -> None:
            for values in (values for pair in pairs for values in pair if out == "changed"):
                values.zero_()

        parts = {"test_data": kind(pairs[1])} if share is None else {"set": {"train.data.test": share}}
        told = {"on_epoch": change, "device": "cpu", "progress": False}
        runs.append(cnnspec.train(spec, data=kind(pairs[0]), out=out, **parts, **told))
    assert [report.test_loss for report in runs[0].history] == [report.test_loss for report in runs[1].history]
    assert (Path("alone/model.safetensors")).read_bytes() == (Path("changed/model.safetensors")).read_bytes()


PIXELS = (X * 255).to(torch.uint8)


@pytest.mark.parametrize(("first", "other"), [(X, PIXELS), (PIXELS, X), (PIXELS, PIXELS.long()), (X > 0.5, PIXELS)])
def test_bytes_beside_other_numbers_are_on_another_scale(first: torch.Tensor, other: torch.Tensor) -> None:
    mixed = Items(lambda index: ((other if index >= 7 else first)[index], index % 3))
    kinds = rf"{str(other.dtype)[6:]} at sample 7, and {str(first.dtype)[6:]} before"
    with pytest.raises(ValueError, match=rf"the inputs of data are {kinds}: bytes \(uint8\) stand for 0 to 1"):
        trained(mixed)
    with pytest.raises(ValueError, match=f"the inputs of test_data are {kinds}"):
        trained((X, Y), test_data=mixed)
    assert not Path("run").exists()


def test_images_to_predict_are_of_one_kind_too() -> None:
    spec = cnnspec.loads("network N {\n input 1x2x2\n conv 1, 1\n}\ntrain {\n loss mse\n epochs 1\n batch 8\n}\n")
    images, pixels = X.view(60, 1, 2, 2), PIXELS.view(60, 1, 2, 2)
    mixed = Items(lambda index: (images[index], (pixels if index == 7 else images)[index]))
    with pytest.raises(ValueError, match="the targets of data are uint8 at sample 7, and float32 before"):
        cnnspec.train(spec, data=mixed, progress=False)
    cnnspec.train(spec, data=Items(lambda index: (images[index], pixels[index])), progress=False)


@pytest.mark.parametrize(
    "target",
    [
        lambda index: np.uint8(index % 3) if index % 2 else index % 3,
        lambda index: (Y[index].to(torch.uint8), Y[index].to(torch.int32))[index % 2],
    ],
)
def test_labels_are_the_same_as_bytes(target: Callable[[int], Any]) -> None:
    mixed = trained(Items(lambda index: (X[index], target(index))), "mixed")
    assert all(torch.equal(a, b) for a, b in zip(mixed.model.parameters(), trained((X, Y)).model.parameters(), strict=True))


def test_floats_of_several_sizes_are_the_widest() -> None:
    mixed = trained(Items(lambda index: (X[index].double() if index % 2 else X[index], index % 3)), "mixed")
    assert all(torch.equal(a, b) for a, b in zip(mixed.model.parameters(), trained((X, Y)).model.parameters(), strict=True))


@pytest.mark.parametrize(
    "classes",
    [["a", "b", "c"], {"c": 2, "a": 0, "b": 1}, {2: "c", 1: "b", 0: "a"}, np.array(["a", "b", "c"]), ("a", "b", "c")],
    ids=["list", "numbers by name", "names by number", "array", "tuple"],
)
def test_names_of_classes_in_every_form(classes: Any) -> None:
    run = trained(Items(lambda index: (X[index], index % 3), classes))
    named = run.evaluate(Items(lambda index: (X[index], (2, 0, 1)[index % 3]), ["b", "c", "a"]))
    assert [score.name for score in named.classes.each()] == ["a", "b", "c"]
    assert named.value == run.evaluate((X, Y)).value


def test_names_that_are_too_few_are_told_of() -> None:
    """Labels that the loss ignores need no name."""
    few = Items(lambda index: (X[index], index % 3), ["a", "b"])
    with pytest.warns(cnnspec.SpecWarning, match="a Dataset has 2 names in `classes`, but the label 2") as told:
        run = trained(few)
    assert [warning.filename for warning in told] == [__file__]
    assert [score.name for score in run.evaluate((X, Y)).classes.each()] == ["0", "1", "2"]
    with pytest.warns(cnnspec.SpecWarning, match="has 2 names") as told:
        run.evaluate(few)
    with pytest.warns(cnnspec.SpecWarning, match="has 2 names"):
        trained((X, Y), "tested", test_data=few)
    ignoring = cnnspec.loads(NET.replace("epochs 1", "loss cross_entropy, ignore_index=255\n epochs 1"))
    data = Items(lambda index: (X[index], 255 if index % 4 == 3 else index % 3), ["a", "b", "c"])
    named = cnnspec.train(ignoring, data=data, out="ignoring", progress=False)
    assert [score.name for score in named.evaluate(data).classes.each()] == ["a", "b", "c"]


@pytest.mark.parametrize("classes", [3, None, {"a": 1, "b": 2}, "abc", {"a": [1]}])
def test_what_are_no_names(classes: Any) -> None:
    run = trained(Items(lambda index: (X[index], index % 3), classes))
    assert [score.name for score in run.evaluate((X, Y)).classes.each()] == ["0", "1", "2"]
