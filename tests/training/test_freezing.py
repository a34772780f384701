"""Fine-tuning: parts that stay as they are, statistics included, and the rest that learns."""

from __future__ import annotations

from pathlib import Path

import pytest
import safetensors.torch
import torch
from training_specs import compiled, recipe_of

from cnnspec.training.job import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.train import train

TEXT = """
network Net {
    input 1x8x8
    features: {
        conv 4, kernel=3, bias=false
        norm: batchnorm
        relu
    }
    flatten
    head: linear 10
}
train {
    data digits
    epochs 1
    optimizer adamw
    FREEZE
}
"""


def trained(out: Path, freeze: str, weights: Path | None = None) -> dict[str, torch.Tensor]:
    network = compiled(TEXT.replace("FREEZE", freeze))
    train(network, recipe_of(network), TrainOptions("cpu", out=out, weights=weights))
    return safetensors.torch.load((out / "model.safetensors").read_bytes())


@pytest.mark.parametrize(
    ("freeze", "kept"),
    [
        ("freeze features", "features."),
        ('freeze "features.0"\nfreeze features.norm', "features."),
        ("freeze head", "head."),
        ("freeze features.norm", "features.norm."),
    ],
)
def test_frozen_parts_stay_and_the_others_learn(tmp_path: Path, freeze: str, kept: str) -> None:
    before = trained(tmp_path / "first", "")
    after = trained(tmp_path / "second", freeze, tmp_path / "first" / "model.safetensors")
    for name, tensor in after.items():
        assert torch.equal(tensor, before[name]) == name.startswith(kept), name


def test_nothing_left_to_learn(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no weights to learn"):
        trained(tmp_path / "run", "freeze features, head")
