"""Weights as files."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.weights.stored_weights import filters
from cnnspec.training.weights.weights import load_weights, read_weights, to_bytes


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


@pytest.mark.parametrize("kind", ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float16", "bfloat16"])
def test_short_floats_fill_long_ones(tmp_path: Path, kind: str) -> None:
    dtype = getattr(torch, kind)
    state = {"weight": torch.arange(6.0).view(2, 3).to(dtype), "bias": torch.tensor([0.5, -2.0]).to(dtype)}
    (tmp_path / "w").write_bytes(to_bytes(state))
    model = nn.Linear(3, 2)
    load_weights(model, tmp_path / "w")
    assert model.weight.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert model.bias.tolist() == [0.5, -2]
    state["bias"] = torch.tensor([0.5, float("nan")]).to(dtype)
    (tmp_path / "w").write_bytes(to_bytes(state))
    with pytest.raises(ValueError, match="1 of 2 numbers in `bias` that are infinite or not a number"):
        load_weights(model, tmp_path / "w")


def test_kinds_that_pytorch_does_not_get(tmp_path: Path) -> None:
    """Numbers of 4 and 6 bits are part of the format, and its package has no tensors for them."""
    header = json.dumps({"weight": {"dtype": "F4", "shape": [4], "data_offsets": [0, 2]}}).encode()
    (tmp_path / "w").write_bytes(struct.pack("<Q", len(header)) + header + bytes(2))
    with pytest.raises(ValueError, match="w holds numbers of the kind F4, which cannot be read into PyTorch"):
        read_weights(tmp_path / "w")


def test_counts_of_batches_may_be_missing(tmp_path: Path) -> None:
    """As in files of models that were saved before torch counted them."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    other = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    old = {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    (tmp_path / "w").write_bytes(to_bytes(old))
    load_weights(other, tmp_path / "w")
    assert all(torch.equal(value, other.state_dict()[name]) for name, value in model.state_dict().items())


def test_complex_weights_are_no_filters_to_look_at() -> None:
    wave, plain = torch.ones(2, 1, 3, 3, dtype=torch.complex64), torch.ones(4, 1, 3, 3)
    assert filters({"a.weight": wave, "b.weight": plain})[0] == "b.weight"
    with pytest.raises(UsageError, match=r"a\.weight is 2x1x3x3 of complex64, no filters"):
        filters({"a.weight": wave, "b.weight": plain}, "a")
    with pytest.raises(UsageError, match="there are no filters"):
        filters({"a.weight": wave})
