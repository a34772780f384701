"""Data that a finished run cannot be evaluated on: what is advised can be done without training it anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import cnnspec

import cnnspec as package

CLASSES = """network C {
    input 3x8x8
    flatten
    linear 3
}
train {
    data synthetic, samples=40
    epochs 1
    batch 8
}
"""
NUMBERS = """network R {
    input 1x8x8
    flatten
    linear 1
}
train {
    data npz, "r.npz"
    loss mse
    epochs 1
}
"""
MAPS = """network M {
    input 1x8x8
    conv 10, kernel=1
}
train {
    data npz, "m.npz"
    epochs 1
}
"""


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    """Specs, and their data, in the current folder."""
    random = np.random.default_rng(0)
    images = random.random((20, 1, 8, 8))
    np.savez("r.npz", x=images, y=random.random((20, 1)))
    np.savez("m.npz", x=images, y=np.arange(20 * 64).reshape(20, 8, 8) % 10)
    for name, text in (("c", CLASSES), ("r", NUMBERS), ("m", MAPS)):
        Path(f"{name}.cnn").write_text(text)


@pytest.mark.parametrize(
    ("spec", "line", "said"),
    [
        ("c", "digits", ["bring the samples to 3x8x8, as those of the training were", "help: it learned 0, 1, 2"]),
        ("c", "digits, resize=8", ["bring the samples to 3x8x8", "it learned 0, 1, 2"]),
        ("r", "digits", ["error[E0419]: the targets of `digits` are classes, and the run learned numbers"]),
        (
            "m",
            "digits",
            ["E0419]: the data has one class for each sample, and the network gives 10x8x8", "as those of its training"],
        ),
        ("c", "digitss", ["error[E0401]: unknown data `digitss`", "did you mean `digits`?"]),
        ("c", 'npz, "no.npz"', ["error[E0421]: there is no file"]),
    ],
)
def test_advice_for_a_run_changes_no_network(spec: str, line: str, said: list[str]) -> None:
    assert cnnspec("train", f"{spec}.cnn", "--device", "cpu", "--out", "run").code == 0
    done = cnnspec("evaluate", "run", "--data", line, "--device", "cpu")
    assert done.code == 1
    for words in said:
        assert words in done.err
    for words in ("`input ", "end the network", "train on other"):
        assert words not in done.err


def test_what_fits_is_evaluated() -> None:
    """Fewer classes than the network tells apart are no mistake, and none to warn of."""
    assert cnnspec("train", "c.cnn", "--device", "cpu", "--out", "run").code == 0
    np.savez("two.npz", x=np.random.default_rng(1).random((8, 3, 8, 8)), y=np.arange(8) % 2)
    done = cnnspec("evaluate", "run", "--data", 'npz, "two.npz", test=0', "--device", "cpu")
    assert done.code == 0
    assert done.err == ""


def test_the_same_in_python() -> None:
    run = package.train(package.load("c.cnn"), device="cpu", out="run")
    with pytest.raises(package.SpecError, match="as those of the training were"):
        run.evaluate("digits")
    with pytest.raises(package.SpecError, match="unknown data `digitss`"):
        run.evaluate("digitss")
