"""What is read, and what was learned from, stays as it is: nothing is written in its place."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from command_line import cnnspec
from PIL import Image

from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe.data import Folder
from cnnspec.recipe.data_arrays import Npz
from cnnspec.training.data.piped import Piped
from cnnspec.training.data.places import Member
from cnnspec.training.data.rows import Row
from cnnspec.training.results.spared import verify_data_spared, verify_spared

# The class of a pixel is the strongest of red, green and blue: nothing is learned.
SPEC = """
network Strongest {
    input 3x6x8
    conv 3, kernel=1, bias=false, frozen=true, weight=[[[[1]], [[0]], [[0]]], [[[0]], [[1]], [[0]]], [[[0]], [[0]], [[1]]]]
}
train {
    data pairs, "train/photos", "train/masks"
    loss cross_entropy
}
"""


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A spec, two photos, and the images and masks of its data, in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("s.cnn").write_text(SPEC)
    labels = np.random.default_rng(1).integers(0, 3, (6, 8)).astype(np.uint8)
    for folder in ("photos", "train/photos", "train/masks"):
        Path(folder).mkdir(parents=True)
        for name in ("00.png", "01.png"):
            pixels = labels if folder == "train/masks" else np.eye(3, dtype=np.uint8)[labels] * 200
            Image.fromarray(pixels).save(Path(folder, name))


def contents() -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("images", "output"),
    [
        ("photos", "photos"),
        ("photos/00.png", "photos/00.png"),
        ("photos/00.png", "photos"),
        ("photos", "link"),
        ("link/00.png", "photos/../photos/00.png"),
        ("photos", "train/masks"),
        ("photos/00.png", "train/masks/01.png"),
        ("photos", "train/photos"),
    ],
)
def test_masks_take_the_place_of_no_image(images: str, output: str) -> None:
    Path("link").symlink_to("photos")
    before = contents()
    done = cnnspec("predict", "s.cnn", images, "-o", output, "--device", "cpu")
    assert done.code == 2
    assert "would be lost: name another place" in done.complaint
    assert contents() == before


def test_masks_go_anywhere_else_and_may_be_written_again() -> None:
    before = contents()
    for output in ("out", "out", "photos/masks", "train/masks/new.png"):
        images = "photos/00.png" if output.endswith(".png") else "photos"
        done = cnnspec("predict", "s.cnn", images, "-o", output, "--device", "cpu")
        assert done.code == 0, done.err
        for path in Path("photos/masks").glob("*"):
            path.unlink()  # they are images in this folder, of which the next masks would be made
    assert before.items() <= contents().items()
    assert Path("out/01.png").is_file()
    assert Path("train/masks/new.png").is_file()


@pytest.mark.parametrize("name", ["x.png", "x.npy"])
def test_outputs_take_the_place_of_no_input(name: str) -> None:
    np.save("x.npy", np.zeros((3, 6, 8)))
    Path("photos/00.png").rename("x.png")
    before = contents()
    done = cnnspec("run", "s.cnn", name, "-o", name, "--device", "cpu")
    assert done.code == 2
    assert f"{name} is what is read, and would be lost" in done.complaint
    assert contents() == before
    assert cnnspec("run", "s.cnn", name, "-o", f"other-{name}", "--device", "cpu").code == 0


@pytest.mark.parametrize("data", ["own", "other"])
def test_tables_and_arrays_take_the_place_of_no_data(data: str) -> None:
    Path("t.csv").write_text("".join(f"{index % 5},{index % 7},{index % 2}\n" for index in range(50)))
    given = 'data csv, "t.csv"' if data == "own" else "data synthetic, samples=40"
    Path("t.cnn").write_text(f"network T {{\n    input 2\n    linear 2\n}}\ntrain {{\n    {given}\n    epochs 1\n}}\n")
    assert cnnspec("train", "t.cnn", "--device", "cpu", "--out", "run").code == 0
    evaluate = ["evaluate", "run", "--device", "cpu", *(() if data == "own" else ("--data", 'csv, "t.csv", test=0'))]
    before = contents()
    done = cnnspec(*evaluate, "--confusion", "t.csv")
    assert done.code == 2
    assert "t.csv is part of the data, and would be lost" in done.complaint
    assert (
        "t.cnn is what is read" in cnnspec("evaluate", "t.cnn", "--weights", "run/best.safetensors", "--confusion", "t.cnn").err
    )
    assert contents() == before
    assert cnnspec(*evaluate, "--confusion", "new.csv").code == 0


def test_arrays_and_images_of_a_data_set_stay(tmp_path: Path) -> None:
    def located(name: str) -> Path:
        return tmp_path / name

    for name in ("classes/cat/a.png", "classes/maps.png", "x.npz"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")
    with pytest.raises(UsageError, match=r"x\.npz is part of the data"):
        verify_data_spared([Path("x.npz")], Npz(path="x.npz"), located)
    with pytest.raises(UsageError, match=r"a\.png is part of the data"):
        verify_data_spared([Path("new.png"), Path("classes/cat/a.png")], Folder(path="classes"), located)
    verify_data_spared([Path("classes/maps.png"), Path("classes/cat/b.png")], Folder(path="classes"), located)
    verify_data_spared([Path("x.npz")], None, located)


def test_what_is_in_a_file_counts_as_the_file() -> None:
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.write("photos/00.png")
    np.save("x.npy", np.zeros((2, 3, 6, 8)))
    files = [Member(Path("all.zip"), "photos/00.png"), Row(Path("x.npy"), np.load("x.npy"), 1), Piped(b"x")]
    for name in ("all.zip", "x.npy"):
        with pytest.raises(UsageError, match="is what is read"):
            verify_spared([Path(name)], files)
    verify_spared([Path("photos/00.png"), Path("new.png")], files)
