"""`run.predict` takes inputs in the shapes that training takes, and refuses all others that have as many numbers."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import cnnspec

RECIPE = "train {\n loss cross_entropy\n epochs 1\n batch 8\n}\n"
IMAGES = "network N {\n input 3x6x8\n conv 4, kernel=3\n flatten\n linear 5\n}\n" + RECIPE
FLAT = "network N {\n input 144\n linear 5\n}\n" + RECIPE
X = torch.rand(16, 3, 6, 8, generator=torch.Generator().manual_seed(0))
Y = torch.arange(16) % 5


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("runs") / "run"
    return cnnspec.train(cnnspec.loads(IMAGES), data=(X, Y), test_data=(X, Y), out=out, device="cpu", progress=False)


@pytest.mark.parametrize("axes", list(permutations((1, 2, 3))))
def test_axes_in_another_order(axes: tuple[int, ...], run: Any) -> None:
    """Only the usual order and channels last are taken, and both mean the same images; training takes the same two."""
    inputs = X.permute(0, *axes)
    if axes not in ((1, 2, 3), (2, 3, 1)):
        with pytest.raises(ValueError, match=r"takes inputs of \('N', 3, 6, 8\), not \(16, "):
            run.predict(inputs)
        with pytest.raises(cnnspec.SpecError, match="but the network takes 3x6x8"):
            run.evaluate((inputs, Y))
        return
    with torch.no_grad():
        expected = run.model(X).softmax(1)
    assert torch.allclose(run.predict(inputs), expected, atol=1e-6)
    assert torch.allclose(run.predict(np.ascontiguousarray(inputs)), expected, atol=1e-6)
    assert not torch.allclose(run.predict(X.flip(3)), expected, atol=1e-6)


@pytest.mark.parametrize("sizes", [(3, 48), (1, 3, 6, 8), (18, 8), (1, 144), (3, 6, 8, 1), (12, 12)])
def test_as_many_numbers_in_another_shape(sizes: tuple[int, ...], run: Any) -> None:
    with pytest.raises(ValueError, match="the network takes inputs of"):
        run.predict(X.reshape(16, *sizes))


def test_rows_of_numbers_are_images_and_the_other_way_round(run: Any, tmp_path: Path) -> None:
    assert torch.equal(run.predict(X.flatten(1)), run.predict(X))
    flat = cnnspec.train(
        cnnspec.loads(FLAT), data=(X, Y), test_data=(X, Y), out=tmp_path / "flat", device="cpu", progress=False
    )
    with torch.no_grad():
        expected = flat.model(X.flatten(1)).softmax(1)
    assert torch.allclose(flat.predict(X), expected, atol=1e-6)
    with pytest.raises(ValueError, match=r"\('N', 144\)"):
        flat.predict(X[:, :2])
