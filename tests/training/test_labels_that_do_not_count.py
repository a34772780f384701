"""Labels that a loss ignores, and classes that weigh nothing: runs do what one batch of all samples would do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import cnnspec

pytestmark = pytest.mark.filterwarnings("ignore::cnnspec.SpecWarning")

SPEC = """network N {
    input 3
    a: linear 2
}
train {
    loss LOSS
    optimizer sgd, lr=RATE
    batch BATCH
    EXTRA
}
"""
INPUTS = torch.randn(12, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def trained(tmp_path: Path, loss: str, labels: torch.Tensor, extra: str = "", batch: int = 12, lr: float = 0.5) -> cnnspec.Run:
    text = SPEC.replace("LOSS", loss).replace("BATCH", str(batch)).replace("EXTRA", extra).replace("RATE", str(lr))
    out = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
    return cnnspec.train(
        cnnspec.loads(text), data=(INPUTS, labels), test_data=(INPUTS, labels), epochs=1, precision="fp64", out=out
    )


def weights(run: cnnspec.Run) -> torch.Tensor:
    return torch.cat([value.flatten() for value in run.model.state_dict().values()])


@pytest.mark.parametrize("ignored", [-1, -100, 255])
@pytest.mark.parametrize("smoothing", [0, 0.1])
def test_accumulated_batches_are_one(tmp_path: Path, ignored: int, smoothing: float) -> None:
    labels = torch.tensor([0, 1, 0, 1, 1, 0, ignored, ignored, ignored, ignored, ignored, 1])
    loss = f"cross_entropy, ignore_index={ignored}, label_smoothing={smoothing}"
    one, several = (trained(tmp_path, loss, labels, extra, batch) for extra, batch in (("", 12), ("accumulate 4", 3)))
    assert torch.allclose(weights(one), weights(several), rtol=1e-12, atol=1e-14)
    assert one.history[-1].loss == pytest.approx(several.history[-1].loss, rel=1e-12)
    told = trained(tmp_path, loss, labels, batch=4, lr=0.0)
    criterion = nn.CrossEntropyLoss(ignore_index=ignored, label_smoothing=smoothing)
    expected = criterion(told.model(INPUTS), labels)
    assert told.history[-1].loss == pytest.approx(expected.item(), rel=1e-12)
    assert told.history[-1].test_loss == pytest.approx(expected.item(), rel=1e-12)
    counted = labels != ignored
    right = (told.model(INPUTS).argmax(1) == labels)[counted].double().mean().item()
    assert told.history[-1].train == pytest.approx(right, rel=1e-15)


@pytest.mark.parametrize("batch", [1, 2, 12])
def test_a_batch_of_ignored_labels_changes_nothing(tmp_path: Path, batch: int) -> None:
    labels = torch.tensor([-1] * 6 + [0, 1] * 3)
    run = trained(tmp_path, "cross_entropy, ignore_index=-1", labels, batch=batch)
    assert weights(run).isfinite().all()
    assert run.history[-1].loss > 0


def test_classes_that_weigh_nothing(tmp_path: Path) -> None:
    labels = torch.tensor([0] * 8 + [1] * 4)
    one, several = (
        trained(tmp_path, "cross_entropy, weight=[0, 0.3]", labels, extra, batch)
        for extra, batch in (("", 12), ("accumulate 6", 2))
    )
    assert torch.allclose(weights(one), weights(several), rtol=1e-12, atol=1e-14)
