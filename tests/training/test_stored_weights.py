"""Weights as files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from cnnspec.training.weights.weights import load_weights, to_bytes


def test_bytes_depend_on_values_alone() -> None:
    values = torch.rand(2, 3, 4, 4)
    other = values.contiguous(memory_format=torch.channels_last)
    assert to_bytes({"a": values, "b": values[0].clone()}) == to_bytes({"b": values[0].clone(), "a": other})
    assert to_bytes({"a": values}) != to_bytes({"a": values + 1})


def test_there_and_back(tmp_path: Path) -> None:
    model, other = nn.Linear(3, 2), nn.Linear(3, 2)
    (tmp_path / "w").write_bytes(to_bytes(model.state_dict()))
    load_weights(other, tmp_path / "w")
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"weight": torch.zeros(2, 3)}, "missing: bias"),
        ({"weight": torch.zeros(2, 3), "bias": torch.zeros(2), "more": torch.zeros(1)}, "unexpected: more"),
        ({"weight": torch.zeros(2, 4), "bias": torch.zeros(2)}, "weight is 2x4 instead of 2x3"),
    ],
)
def test_weights_that_do_not_fit(tmp_path: Path, state: dict[str, torch.Tensor], expected: str) -> None:
    (tmp_path / "w").write_bytes(to_bytes(state))
    with pytest.raises(ValueError, match=expected):
        load_weights(nn.Linear(3, 2), tmp_path / "w")


def test_a_file_cut_short(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(to_bytes(nn.Linear(3, 2).state_dict())[:-1])
    with pytest.raises(ValueError, match="is no safetensors file, or is cut short"):
        load_weights(nn.Linear(3, 2), tmp_path / "w")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    (tmp_path / "w").write_bytes(to_bytes({"weight": torch.zeros(2, 3), "bias": torch.tensor([1.0, value])}))
    with pytest.raises(ValueError, match="1 of 2 numbers in `bias` that are infinite or not a number"):
        load_weights(nn.Linear(3, 2), tmp_path / "w")


def test_counts_of_batches_may_be_missing(tmp_path: Path) -> None:
    """As in files of models that were saved before torch counted them."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    other = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    old = {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    (tmp_path / "w").write_bytes(to_bytes(old))
    load_weights(other, tmp_path / "w")
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())
