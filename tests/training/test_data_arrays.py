"""Arrays of numpy as data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from training_specs import compiled, request_of

from cnnspec.recipe.data_arrays import Npz
from cnnspec.training.data.arrays import read_arrays
from cnnspec.training.data.dataset import Dataset
from cnnspec.training.data.read import read
from cnnspec.training.problems import TrainingError

CLASSES = "network N {\n input 3x4x5\n flatten\n linear 7\n}\ntrain { data synthetic }"
PIXELS = "network N {\n input 3x4x5\n conv 2, kernel=1\n}\ntrain {\n data synthetic\n LOSS\n}"
NUMBER = "network N {\n input 3x4x5\n flatten\n linear 1\n}\ntrain {\n data synthetic\n loss LOSS\n}"
IMAGES = np.arange(10 * 60, dtype=np.uint8).reshape(10, 3, 4, 5)
LABELS = np.arange(10) % 7
AS_INTEGERS = "(numpy: `y.astype(int)`, torch: `y.long()`)"


def found(base: Path, text: str, data: Npz = Npz(path="a.npz"), **arrays: Any) -> Dataset:  # noqa: B008
    np.savez(base / "a.npz", **arrays)
    network = compiled(text)
    read(data, request_of(network, base))  # with all that is verified
    return read_arrays(data, request_of(network, base))


def fault(base: Path, text: str, data: Npz = Npz(path="a.npz"), **arrays: Any) -> str:  # noqa: B008
    with pytest.raises(TrainingError) as caught:
        found(base, text, data, **arrays)
    return f"{caught.value.problems[0].code} {caught.value.problems[0].message}"


def test_bytes_and_labels(tmp_path: Path) -> None:
    data = found(tmp_path, CLASSES, x=IMAGES, y=LABELS)
    assert (data.levels, data.train.sample, data.classes) == (255.0, (3, 4, 5), tuple("0123456"))
    assert data.test is not None
    assert (len(data.train), len(data.test)) == (8, 2)
    assert data.train.targets.dtype == torch.int64


def test_the_parts_of_the_file(tmp_path: Path) -> None:
    data = found(tmp_path, CLASSES, x_train=IMAGES, y_train=LABELS, x_test=IMAGES[:3], y_test=LABELS[:3])
    assert data.test is not None
    assert torch.equal(data.test.targets, torch.tensor([0, 1, 2]))
    assert len(data.train) == 10


def test_names_of_our_own(tmp_path: Path) -> None:
    names = Npz(path="a.npz", x="pictures", y="what", test=0.0)
    data = found(tmp_path, CLASSES, names, pictures=IMAGES, what=LABELS)
    assert data.test is None


@pytest.mark.parametrize("kind", ["float64", "float16", "int32", "bool"])
def test_other_numbers_are_floats_as_they_are(tmp_path: Path, kind: str) -> None:
    values = (IMAGES % 2).astype(kind)
    data = found(tmp_path, CLASSES, Npz(path="a.npz", test=0.0), x=values, y=LABELS)
    inputs = torch.cat(list(data.train.chunks(100)))
    assert (inputs.dtype, data.levels) == (torch.float32, 1.0)
    assert np.array_equal(inputs.numpy(), values.astype("float32"))


def test_channels_last_and_left_out(tmp_path: Path) -> None:
    last = found(tmp_path, CLASSES, Npz(path="a.npz", test=0.0), x=np.moveaxis(IMAGES, 1, 3), y=LABELS)
    assert np.array_equal(next(last.train.chunks(10)).numpy(), IMAGES)
    grey = CLASSES.replace("3x4x5", "1x4x5")
    assert found(tmp_path, grey, x=IMAGES[:, 0], y=LABELS).train.sample == (1, 4, 5)


def test_a_class_for_each_pixel(tmp_path: Path) -> None:
    masks = (IMAGES[:, 0] % 2).astype(np.int32)
    text = PIXELS.replace("LOSS", "loss cross_entropy")
    data = found(tmp_path, text, Npz(path="a.npz", test=0.0), x=IMAGES, y=masks)
    assert np.array_equal(data.train.targets.numpy(), masks)
    ignoring = PIXELS.replace("LOSS", "loss cross_entropy, ignore_index=255")
    masks[0, 0, 0] = 255
    assert found(tmp_path, ignoring, x=IMAGES, y=masks).target == (4, 5)
    assert fault(tmp_path, text, x=IMAGES, y=masks) == (
        f"E0423 {tmp_path}/a.npz: sample 0 of `y` has the label 255, which is none of the classes 0 to 1 of the network"
    )


def test_numbers_in_the_shape_of_the_output(tmp_path: Path) -> None:
    targets = np.random.default_rng(0).random((10, 2, 4, 5))
    data = found(tmp_path, PIXELS.replace("LOSS", "loss mse"), Npz(path="a.npz", test=0.0), x=IMAGES, y=targets)
    assert data.classes is None
    assert np.allclose(data.train.targets.numpy(), targets)
    one = found(tmp_path, NUMBER.replace("LOSS", "huber"), x=IMAGES, y=targets[:, 0, 0, 0])
    assert one.target == (1,)


def test_binary_labels_for_a_single_output(tmp_path: Path) -> None:
    text = NUMBER.replace("LOSS", "bce_with_logits")
    assert found(tmp_path, text, x=IMAGES, y=LABELS % 2).classes == ("0", "1")
    assert fault(tmp_path, text, x=IMAGES, y=LABELS * 1.5).startswith("E0427 `bce_with_logits` needs targets from 0 to 1")


def test_what_does_not_fit(tmp_path: Path) -> None:
    assert fault(tmp_path, CLASSES, x=IMAGES).startswith("E0407")
    assert fault(tmp_path, CLASSES, Npz(path="a.npz", x="imags"), images=IMAGES, y=LABELS).endswith("has no array `imags`")
    assert fault(tmp_path, CLASSES, x=IMAGES, y=LABELS, x_test=IMAGES).endswith("the array `x_test`, but no `y_test` with it")
    parts = {"x": IMAGES, "y": LABELS, "x_test": IMAGES[:, :2], "y_test": LABELS}
    assert fault(tmp_path, CLASSES, **parts).endswith("a sample of `x` is 3x4x5, one of `x_test` 2x4x5")
    assert fault(tmp_path, CLASSES, x=IMAGES, y=LABELS[:9]).endswith("`x` has 10 samples, but `y` has 9")
    assert fault(tmp_path, CLASSES, x=IMAGES[:0], y=LABELS[:0]).startswith("E0430")
    assert fault(tmp_path, CLASSES, x=IMAGES[:, :2], y=LABELS).startswith("E0410 a sample of `npz` is 2x4x5")
    assert fault(tmp_path, CLASSES, x=IMAGES, y=LABELS + 1).startswith("E0423")
    assert fault(tmp_path, CLASSES, x=IMAGES, y=LABELS / 2).startswith("E0427 `cross_entropy` compares class numbers")
    assert fault(tmp_path, CLASSES, x=IMAGES, y=np.eye(7, dtype=int)[LABELS]).startswith("E0419 a target in `y`")
    assert fault(tmp_path, PIXELS.replace("LOSS", "loss mse"), x=IMAGES, y=IMAGES * 1.0).startswith("E0419")
    broken = np.ones((10, 3, 4, 5))
    broken[3, 1, 2, 2] = np.nan
    assert fault(tmp_path, CLASSES, x=broken, y=LABELS).startswith("E0425")
    assert "sample 3 of `x`" in fault(tmp_path, CLASSES, x=broken, y=LABELS)
    assert fault(tmp_path, CLASSES, x=IMAGES, y=np.array(["a"] * 10)).startswith("E0422")


def test_pickles_are_not_read(tmp_path: Path) -> None:
    assert "`y` holds Python objects, which are pickles" in fault(tmp_path, CLASSES, x=IMAGES, y=np.array([print] * 10))


@pytest.mark.parametrize(
    ("labels", "advice"),
    [
        (LABELS[:, None], "store them without the last axis: `y[:, 0]`"),
        (LABELS.astype(str), "number the classes from 0: `numpy.unique(y, return_inverse=True)[1]`"),
        (LABELS - 1, "labels count from 0: these seem to count from -1, so add 1"),
        (LABELS % 2 * 2 - 1, "labels count from 0: write 0 for -1"),
        (LABELS % 3 * 2 - 2, "the labels -2, 0, 2 have gaps: number the first 0, the next 1, and so on"),
        (
            np.where(LABELS > 4, -1, LABELS % 3),
            "-1 often marks what does not count: `loss cross_entropy, ignore_index=-1` leaves it out, "
            "or labels count from -1 here: then add 1",
        ),
        (
            np.where(LABELS > 4, -1, LABELS % 2 * 4),
            "-1 often marks what does not count: `loss cross_entropy, ignore_index=-1` leaves it out",
        ),
        (LABELS % 3 - 2, "labels count from 0: these seem to count from -2, so add 2"),
        (np.arange(10) - 1, "number the labels from 0, and end the network with more outputs"),
        (LABELS + 5, "labels count from 0: these seem to count from 5, so subtract 5"),
        (LABELS + 1, "labels count from 0: these seem to count from 1, so subtract 1"),
        (
            LABELS % 2 * 9,
            "the labels 0, 9 have gaps: number the first 0, the next 1, and so on",
        ),
        (np.arange(10), "end the network with more outputs; `loss cross_entropy, ignore_index=7` leaves it out"),
        (LABELS * 1.0, "they are whole numbers: store them as integers (numpy: `y.astype(int)`, torch: `y.long()`)"),
        (LABELS / 2, "store integers from 0 on; to predict numbers, write `loss mse`"),
        (np.eye(7)[LABELS], "these are one-hot: the numbers of the classes are `y.argmax(1)`"),
        (np.eye(7, dtype=int)[LABELS], "these are one-hot: the numbers of the classes are `y.argmax(1)`"),
        (
            LABELS % 2 * 255,
            "0 and 255 stand for two classes here: with `data pairs` write `mask_values=[0, 255]`, and divide arrays by 255",
        ),
        (np.where(LABELS == 3, np.nan, LABELS), "leave such samples out, or fill the gaps (`numpy.nan_to_num`)"),
    ],
)
def test_advice(tmp_path: Path, labels: Any, advice: str) -> None:
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, CLASSES, x=IMAGES, y=labels)
    assert caught.value.problems[0].help == advice


@pytest.mark.parametrize(
    ("names", "advice"),
    [
        (("images", "labels"), 'its arrays: images, labels; name the one that is meant, such as `x="images"`'),
        (
            ("labels", "train_images"),
            'its arrays: labels, train_images; name the one that is meant, such as `x="train_images"`',
        ),
        (("x", "labels"), 'its arrays: x, labels; name the one that is meant, such as `y="labels"`'),
        (("arr_0", "arr_1"), 'its arrays: arr_0, arr_1; name the one that is meant, such as `x="arr_0"`'),
    ],
)
def test_arrays_of_other_names(tmp_path: Path, names: tuple[str, str], advice: str) -> None:
    """What the advice gives is taken: the next complaint is about another array, or there is none."""
    arrays = dict(zip(names, (IMAGES, LABELS) if names[0] != "labels" else (LABELS, IMAGES), strict=True))
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, CLASSES, **arrays)
    (problem,) = caught.value.problems
    assert (problem.code, problem.help) == ("E0407", advice)
    images, labels = sorted(names, key=lambda name: arrays[name].ndim, reverse=True)
    assert len(found(tmp_path, CLASSES, Npz(path="a.npz", x=images, y=labels, test=0.0), **arrays).train) == 10


def test_samples_that_are_one_number(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, CLASSES, x=LABELS * 0.5, y=LABELS)
    (problem,) = caught.value.problems
    assert problem.message == "a sample of `npz` is one number, but the network takes 3x4x5"
    assert problem.help == "inputs have the axes [N, 3, 4, 5], of which the first counts the samples"
    (told,) = caught.value.diagnostics(compiled(CLASSES))
    assert told.fixes == ()


MASKS = np.arange(10 * 4 * 5).reshape(10, 4, 5) % 2


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize(
    ("masks", "advice", "mended"),
    [
        (MASKS[:, None], "store them without the axis of the channels: `y[:, 0]`", lambda y: y[:, 0]),
        (MASKS[..., None], "store them without the axis of the channels: `y[..., 0]`", lambda y: y[..., 0]),
        (np.eye(2)[MASKS], "these are one-hot: the numbers of the classes are `y.argmax(-1)`", lambda y: y.argmax(-1)),
        (
            np.moveaxis(np.eye(2)[MASKS], -1, 1),
            "these are one-hot: the numbers of the classes are `y.argmax(1)`",
            lambda y: y.argmax(1),
        ),
    ],
)
def test_advice_for_masks(tmp_path: Path, kind: type, masks: Any, advice: str, mended: Callable[[Any], Any]) -> None:
    """What the advice gives are the masks that these were made of."""
    text = PIXELS.replace("LOSS", "loss cross_entropy")
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, text, x=IMAGES, y=masks.astype(kind))
    (problem,) = caught.value.problems
    if kind is np.float32 and "one-hot" not in advice:
        assert (problem.code, problem.help) == ("E0427", f"they are whole numbers: store them as integers {AS_INTEGERS}")
        return
    assert (problem.code, problem.help) == ("E0419", advice)
    data = found(tmp_path, text, Npz(path="a.npz", test=0.0), x=IMAGES, y=mended(masks.astype(kind)))
    assert np.array_equal(data.train.targets.numpy(), MASKS)


def test_advice_for_images_with_channels_last(tmp_path: Path) -> None:
    images = np.random.default_rng(1).random((10, 4, 5, 2)).astype(np.float32)
    text = PIXELS.replace("LOSS", "loss mse")
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, text, x=IMAGES, y=images)
    assert caught.value.problems[0].help == "store them with the channels first: `numpy.moveaxis(y, -1, 1)`"
    data = found(tmp_path, text, Npz(path="a.npz", test=0.0), x=IMAGES, y=np.moveaxis(images, -1, 1))
    assert np.array_equal(data.train.targets.numpy(), images.transpose(0, 3, 1, 2))


def test_no_advice_where_nobody_knows(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, PIXELS.replace("LOSS", "loss cross_entropy"), x=IMAGES, y=np.zeros((10, 7), int))
    assert caught.value.problems[0].help is None


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (-np.inf, "-inf")])
def test_where_a_number_is_not_finite(tmp_path: Path, value: float, shown: str) -> None:
    broken = IMAGES.astype(np.float32)
    broken[3, 0, 1, 2] = value
    expected = f"E0425 {tmp_path}/a.npz: sample 3 of `x` is {shown} at [0, 1, 2], which is no finite number"
    assert fault(tmp_path, CLASSES, x=broken, y=LABELS) == expected


def test_nobody_is_told_to_read_pickles(tmp_path: Path) -> None:
    """numpy's own message for a file that is no array names `allow_pickle=True` as the way to read it."""
    (tmp_path / "b.npz").write_text("hello")
    with pytest.raises(TrainingError) as caught:
        read_arrays(Npz(path="b.npz"), request_of(compiled(CLASSES), tmp_path))
    assert "pickle" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and so on", b"some text"])
def test_other_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.npz").write_bytes(content)
    request = request_of(compiled(CLASSES), tmp_path)
    with pytest.raises(TrainingError, match="is no file of arrays"):
        read_arrays(Npz(path="b.npz"), request)
    with pytest.raises(TrainingError, match="there is no file"):
        read_arrays(Npz(path="c.npz"), request)
    np.save(tmp_path / "d.npy", IMAGES)
    with pytest.raises(TrainingError, match="one array without a name"):
        read_arrays(Npz(path="d.npy"), request)


def test_numbers_that_64_bits_with_a_sign_do_not_hold(tmp_path: Path) -> None:
    """The truth are Python's integers, which have no end."""
    large = np.full((10, 3, 4, 5), 2**64 - 1, np.uint64)
    large[:, :, 0] = 2**63 - 1
    data = found(tmp_path, CLASSES, Npz(path="a.npz", test=0.0), x=large, y=LABELS)
    inputs = torch.cat(list(data.train.chunks(100))).double().numpy()
    np.testing.assert_allclose(inputs, np.vectorize(float)(large), rtol=1e-7)
    small = LABELS.astype(np.uint64)
    assert np.array_equal(found(tmp_path, CLASSES, Npz(path="a.npz", test=0.0), x=IMAGES, y=small).train.targets, LABELS)
    small[3] = 2**64 - 1
    with pytest.raises(TrainingError) as caught:
        found(tmp_path, CLASSES, x=IMAGES, y=small)
    (problem,) = caught.value.problems
    assert problem.code == "E0423"
    assert problem.message.endswith("has the label 1.84467e+19, which is none of the classes 0 to 6")
    assert problem.help is not None
    assert "uint64" in problem.help


def test_long_doubles(tmp_path: Path) -> None:
    values = IMAGES.astype(np.longdouble) / 3
    data = found(tmp_path, CLASSES, Npz(path="a.npz", test=0.0), x=values, y=LABELS)
    np.testing.assert_allclose(torch.cat(list(data.train.chunks(100))).numpy(), IMAGES / 3, rtol=1e-6)
    values[2, 1, 0, 0] = np.finfo(np.longdouble).max
    message = fault(tmp_path, CLASSES, x=values, y=LABELS)
    assert message.startswith("E0425")
    assert "in sample 2 of `x` at [1, 0, 0] is beyond the numbers of 32 bits" in message
