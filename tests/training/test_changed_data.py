"""Data that is no longer what a run began with, down to one number; and data that still is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from interruptions import StopAt, results, whole
from PIL import Image
from training_specs import compiled, recipe_of

from cnnspec.network.network import Network
from cnnspec.training import known_data
from cnnspec.training.data import image_folder
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.signals import Interrupted
from cnnspec.training.train import resume, train

SPEC = """
network N {
    input 1x4x4
    flatten
    linear CLASSES
}
train {
    data DATA
    LOSS
    batch 8
    epochs 2
}
"""
STEPS = 5  # of an epoch, and not the last of it
SAMPLES = 60
Write = Callable[[Path, Any, Any], None]


def as_arrays(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    np.savez(folder / "data.npz", x=x, y=y)


def as_table(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    rows = (",".join(map(str, [*pixels.ravel(), label])) for pixels, label in zip(x, y, strict=True))
    (folder / "data.csv").write_text("\n".join(rows))


def as_folders(folder: Path, x: np.ndarray, y: np.ndarray) -> None:
    for place, (pixels, label) in enumerate(zip(x, y, strict=True)):
        (folder / "data" / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[0]).save(folder / "data" / str(label) / f"{place:02}.png")


FORMS: dict[str, tuple[Write, str]] = {
    "npz": (as_arrays, 'npz, "data.npz", normalize=false'),
    "csv": (as_table, 'csv, "data.csv", normalize=false'),
    "folder": (as_folders, 'folder, "data", normalize=false'),
}


def images() -> tuple[np.ndarray, np.ndarray]:
    return np.random.default_rng(0).integers(0, 256, (SAMPLES, 1, 4, 4)).astype(np.uint8), np.arange(SAMPLES) % 3


def network(data: str, classes: int = 3, loss: str = "") -> Network:
    return compiled(SPEC.replace("DATA", data).replace("CLASSES", str(classes)).replace("LOSS", loss))


def stopped(net: Network, base: Path) -> Path:
    with pytest.raises(Interrupted):
        train(net, recipe_of(net), TrainOptions("cpu", out=base / "run", base=base), StopAt(STEPS))
    return base / "run"


def refused(run: Path) -> None:
    with pytest.raises(TrainingError, match=r"the data is not what the run began with: .* contents differ") as caught:
        resume(run)
    assert caught.value.problems[0].help == "bring the data back as it was, or begin a new run with `cnnspec train`"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("change", ["one pixel", "two samples swapped", "labels"])
def test_changed_contents_are_refused_and_those_of_before_taken(form: str, change: str, tmp_path: Path) -> None:
    write, data = FORMS[form]
    x, y = images()
    write(tmp_path, x, y)
    run = stopped(network(data), tmp_path)
    other, labels = x.copy(), y.copy()
    if change == "one pixel":
        other[SAMPLES // 2, 0, 1, 1] ^= 1
    elif change == "two samples swapped":
        other[[0, 3]] = other[[3, 0]]
    elif form == "folder":  # the files of two classes change places, so that counts, classes and images are as before
        for place in range(0, SAMPLES, 3):
            (tmp_path / "data/0" / f"{place:02}.png").rename(tmp_path / "data/swap.png")
            (tmp_path / "data/1" / f"{place + 1:02}.png").rename(tmp_path / "data/0" / f"{place:02}.png")
            (tmp_path / "data/swap.png").rename(tmp_path / "data/1" / f"{place + 1:02}.png")
    else:
        labels = 2 - labels
    if change != "labels" or form != "folder":
        write(tmp_path, other, labels)
    refused(run)
    write(tmp_path, x, y)
    resume(run)
    whole(network(data), tmp_path / "whole", base=tmp_path)
    assert results(run) == results(tmp_path / "whole")


def evaluated(run: Path, precision: str | None = None) -> str | None:
    return evaluate(read_run(run), options=EvaluateOptions("cpu", precision)).different


@pytest.mark.parametrize("form", FORMS)
def test_evaluation_tells_of_changed_data(form: str, tmp_path: Path) -> None:
    write, data = FORMS[form]
    x, y = images()
    write(tmp_path, x, y)
    whole(network(data), tmp_path / "run", base=tmp_path)
    assert evaluated(tmp_path / "run") is None
    assert evaluated(tmp_path / "run", "fp64") is None
    other = x.copy()
    other[:, 0, 1, 1] ^= 1
    write(tmp_path, other, y)
    told = f"is not what {tmp_path / 'run'} was trained with: samples for training and testing are others"
    assert evaluated(tmp_path / "run") == f"`{form}` {told}"
    with_more_digits = evaluated(tmp_path / "run", "fp64")
    assert (with_more_digits is None) == (form == "csv"), "numbers that are rounded otherwise are not compared, bytes are"
    write(tmp_path, np.concatenate((x, x[:20])), np.concatenate((y, y[:20])))
    grown = evaluated(tmp_path / "run")
    assert grown is not None
    assert grown.endswith("64 samples for training and 16 for testing now, 48 samples for training and 12 for testing then")
    write(tmp_path, x, y)
    if form != "folder":  # there are more files now
        assert evaluated(tmp_path / "run") is None


def test_evaluation_tells_which_part_has_changed(tmp_path: Path) -> None:
    (x, y), net = images(), network('npz, "data.npz"')
    for change, told in (("x", "training"), ("x_test", "testing")):
        arrays = {"x": x, "y": y, "x_test": x[:20].copy(), "y_test": y[:20]}
        np.savez(tmp_path / "data.npz", **arrays)
        whole(net, tmp_path / change, base=tmp_path)
        np.savez(tmp_path / "data.npz", **{**arrays, change: 255 - arrays[change]})
        assert str(evaluated(tmp_path / change)).endswith(f"was trained with: samples for {told} are others")


def test_a_class_that_is_gone_leaves_the_others_their_numbers(tmp_path: Path) -> None:
    """Labels count from 0 in the folder that is left, and yet its classes are those that the run knows by name."""
    as_folders(tmp_path, *images())
    net = network('folder, "data", normalize=false, test=0')
    whole(net, tmp_path / "run", base=tmp_path)
    for file in (tmp_path / "data/0").iterdir():
        file.unlink()
    (tmp_path / "data/0").rmdir()
    found = evaluate(read_run(tmp_path / "run"), options=EvaluateOptions("cpu"))
    assert str(found.different).endswith(
        "40 samples for training and 0 for testing now, 60 samples for training and 0 for testing then"
    )
    assert found.classes is not None
    assert [score.samples for score in found.classes.each()] == [0, 20, 20]


def test_changed_numbers_to_predict_are_refused(tmp_path: Path) -> None:
    x, _ = images()
    y = np.random.default_rng(1).random(SAMPLES)
    net = network('npz, "data.npz"', 1, "loss mse")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    run = stopped(net, tmp_path)
    np.savez(tmp_path / "data.npz", x=x, y=y[::-1])
    refused(run)


def test_a_test_part_counts_too(tmp_path: Path) -> None:
    (x, y), net = images(), network('npz, "data.npz"')
    np.savez(tmp_path / "data.npz", x=x, y=y, x_test=x[:20], y_test=y[:20])
    run = stopped(net, tmp_path)
    np.savez(tmp_path / "data.npz", x=x, y=y, x_test=x[1:21], y_test=y[:20])
    refused(run)


def test_images_that_stay_in_their_files_are_looked_at_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = images()
    as_folders(tmp_path, x, y)
    monkeypatch.setattr(image_folder, "fits_in_memory", lambda size: False)
    run = stopped(network(FORMS["folder"][1]), tmp_path)
    as_folders(tmp_path, 255 - x, y)
    refused(run)


def test_memory_may_have_room_for_them_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it may be on another machine: the run goes on, and ends with the same bytes."""
    as_folders(tmp_path, *images())
    net = network(FORMS["folder"][1])
    with monkeypatch.context() as patch:
        patch.setattr(image_folder, "fits_in_memory", lambda size: False)
        run = stopped(net, tmp_path)
    resume(run)
    whole(net, tmp_path / "whole", base=tmp_path)
    assert results(run)["metrics"] == results(tmp_path / "whole")["metrics"]


def test_of_many_samples_some_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third one of 60 for training and 20 for testing, and all their labels."""
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(known_data, "LOOKED_AT", 20 * 16)
    monkeypatch.setattr(known_data, "content_sum", lambda arrays: seen.append(dict(arrays)) or str(len(seen)))
    x, y = images()
    np.savez(tmp_path / "data.npz", x=x, y=y, x_test=x[:20], y_test=y[:20])
    stopped(network('npz, "data.npz"'), tmp_path)
    assert [sorted(arrays) for arrays in seen] == [["inputs 0", "targets"]] * 2
    assert np.array_equal(seen[0]["inputs 0"], x[::3])
    assert np.array_equal(seen[1]["inputs 0"], x[:20])
    assert np.array_equal(seen[1]["targets"], y[:20])
