"""Networks whose input leaves sizes open: `run` takes those of the image, `train` asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import cnnspec
from PIL import Image

SPEC = """network Open {
    input 1xHxW
    conv 4, kernel=8
    relu
    adaptive_avgpool 1
    flatten
    linear 10
}

train {
    data digits
    epochs 1
}
"""


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("open.cnn").write_text(SPEC)
    Image.new("L", (12, 9), 200).save("a.png")


def test_run_takes_the_size_of_the_image() -> None:
    """That the image is no sample of its data does not matter where nothing is trained."""
    done = cnnspec("run", "open.cnn", "a.png")
    assert (done.code, done.err) == (0, "a.png is 1x9x12, so that is the input instead of 1xHxW\n")
    assert done.out.splitlines()[0] == "10"


def test_train_says_how_to_give_them() -> None:
    done = cnnspec("train", "open.cnn", "--device", "cpu")
    assert done.code == 1
    assert "error[E0435]: the input 1xHxW leaves sizes open, but training needs numbers\n --> open.cnn:2:5\n" in done.err
    assert "give them with `--input 1x8x8`" in done.err
    assert not Path("runs").exists()
    assert cnnspec("train", "open.cnn", "--device", "cpu", "--input", "1x8x8").code == 0
    assert cnnspec("evaluate", "runs/Open-1").code == 0
