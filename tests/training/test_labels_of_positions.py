"""Networks with a label for each position of a signal or a volume."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import cnnspec

SPEC = """network N {
    input INPUT
    conv 3, kernel=3, padding=1
}
train {
    data npz, "d.npz", test=0.5
    loss LOSS
    epochs 1
}
"""


@pytest.mark.parametrize("sizes", [(8,), (4, 5), (3, 4, 5)])
@pytest.mark.parametrize("kind", [np.uint8, np.int64])
def test_labels_are_labels_in_any_dimension(tmp_path: Path, sizes: tuple[int, ...], kind: type[np.generic]) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 2, *sizes)).astype(np.float32), random.integers(0, 3, (8, *sizes)).astype(kind)
    np.savez(tmp_path / "d.npz", x=x, y=y)
    shape = "x".join(map(str, (2, *sizes)))
    (tmp_path / "n.cnn").write_text(SPEC.replace("INPUT", shape).replace("LOSS", "cross_entropy"))
    with pytest.warns(cnnspec.SpecWarning, match="W0503"):
        run = cnnspec.train(cnnspec.load(tmp_path / "n.cnn"), out=tmp_path / "run")
    told = run.evaluate((x, y))
    outputs, labels = run.model(torch.from_numpy(x)), torch.from_numpy(y.astype(np.int64))
    assert told.loss == pytest.approx(nn.CrossEntropyLoss()(outputs, labels).item(), rel=1e-5)
    assert told.value == pytest.approx((outputs.argmax(1) == labels).double().mean().item())


@pytest.mark.parametrize("loss", ["l1", "bce_with_logits"])
def test_other_losses_compare_one_hot_volumes(tmp_path: Path, loss: str) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 2, 3, 4, 5)).astype(np.float32), random.integers(0, 3, (8, 3, 4, 5))
    np.savez(tmp_path / "d.npz", x=x, y=y)
    (tmp_path / "n.cnn").write_text(SPEC.replace("INPUT", "2x3x4x5").replace("LOSS", loss))
    with pytest.warns(cnnspec.SpecWarning, match="W0503"):
        run = cnnspec.train(cnnspec.load(tmp_path / "n.cnn"), out=tmp_path / "run")
    hot = nn.functional.one_hot(torch.from_numpy(y), 3).movedim(-1, 1).float()
    criterion = nn.L1Loss() if loss == "l1" else nn.BCEWithLogitsLoss()
    assert run.evaluate((x, y)).loss == pytest.approx(criterion(run.model(torch.from_numpy(x)), hot).item(), rel=1e-5)
