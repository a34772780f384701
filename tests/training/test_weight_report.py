"""Tensors of a file held against a network, and told so that somebody knows what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn

from cnnspec.diagnostics.problem import UsageError
from cnnspec.training.weights.weight_report import Differing, Rename, compare, renamed
from cnnspec.training.weights.weights import load_weights

State = dict[str, torch.Tensor]


def model() -> nn.Module:
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


def state() -> State:
    return dict(model().state_dict())


def prefixed(names: State, prefix: str) -> State:
    return {prefix + name: tensor for name, tensor in names.items()}


def test_equal_names_and_shapes_fit() -> None:
    report = compare(state(), state())
    assert report.fits
    assert (report.converted, report.rename, str(report)) == ((), None, "")


def test_each_kind_of_difference() -> None:
    found = state()
    found["other"] = found.pop("0.bias")
    found["0.weight"] = torch.zeros(2, 1, 5, 5)
    found["1.weight"] = found["1.weight"].half()
    found["1.bias"] = torch.zeros(2, dtype=torch.int32)
    report = compare(state(), found)
    assert not report.fits
    assert (report.missing, report.unexpected) == (("0.bias",), ("other",))
    assert report.misshapen == (Differing("0.weight", "2x1x5x5", "2x1x3x3"), Differing("1.bias", "int32", "float32"))
    assert report.converted == (Differing("1.weight", "float16", "float32"),)


@pytest.mark.parametrize(
    "change",
    [Rename("module.", ""), Rename("model.backbone.", ""), Rename("a.b.c.", ""), Rename("", "features."), Rename("", "a.b.c.")],
)
def test_a_beginning_that_is_all_that_differs(change: Rename) -> None:
    plain = state()
    found = prefixed(plain, change.old)
    expected = prefixed(plain, change.new)
    report = compare(expected, found)
    assert report.rename == change
    assert compare(expected, renamed(found, change)).fits


def test_names_that_no_beginning_makes_fit_are_not_renamed() -> None:
    assert compare(state(), {"a.x": torch.zeros(1), "b.y": torch.zeros(1)}).rename is None


def test_a_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    safetensors.torch.save_file(prefixed(state(), "module."), path)
    with pytest.raises(ValueError, match=r"without `module\.` the names fit: `cnnspec weights .* --rename module\.= -o PATH`"):
        load_weights(model(), path)


@pytest.mark.parametrize("zipped", [True, False])
def test_files_of_torch_are_told_and_not_read(zipped: bool, tmp_path: Path) -> None:
    torch.save(state(), tmp_path / "m.pth", _use_new_zipfile_serialization=zipped)  # noqa: TID251
    with pytest.raises(ValueError, match=r"is a file of torch\.save.*, a pickle, .* is never read: .*write its state_dict"):
        load_weights(model(), tmp_path / "m.pth")


@pytest.mark.parametrize("make", [torch.Tensor.half, torch.Tensor.double, torch.Tensor.bfloat16])
def test_other_floats_are_rounded_to_those_of_the_model(make: Callable[[torch.Tensor], torch.Tensor], tmp_path: Path) -> None:
    given = {name: make(tensor) if tensor.is_floating_point() else tensor for name, tensor in state().items()}
    safetensors.torch.save_file(given, tmp_path / "m.safetensors")
    filled = model()
    load_weights(filled, tmp_path / "m.safetensors")
    assert all(torch.equal(tensor, given[name].to(tensor.dtype)) for name, tensor in filled.state_dict().items())


def test_numbers_beyond_those_of_the_model_are_refused(tmp_path: Path) -> None:
    """Against numpy, which makes infinities of them."""
    large = torch.tensor([[1e38, -1e39, 3.4028234e38, 3.5e38, 1e300, 0.0, 1.0, -3.4e38, 1e-320]], dtype=torch.float64)
    given = {**state(), "0.weight": large.repeat(2, 1).view(2, 1, 3, 3)}
    safetensors.torch.save_file(given, tmp_path / "m.safetensors")
    with np.errstate(over="ignore"):
        count = int(np.isinf(given["0.weight"].numpy().astype(np.float32)).sum())
    assert count == 6
    before = model()
    kept = {name: tensor.clone() for name, tensor in before.state_dict().items()}
    with pytest.raises(
        ValueError, match=f"{count} of 18 numbers in `0.weight` beyond what float32 holds.* largest is 1e\\+300"
    ):
        load_weights(before, tmp_path / "m.safetensors")
    assert all(torch.equal(tensor, kept[name]) for name, tensor in before.state_dict().items())
    given["0.weight"] = given["0.weight"].clamp(-3.4e38, 3.4e38)
    safetensors.torch.save_file(given, tmp_path / "m.safetensors")
    load_weights(before, tmp_path / "m.safetensors")


def test_of_many_names_a_message_has_some() -> None:
    found = {f"x{number}": torch.zeros(1) for number in range(9)}
    report = compare(state(), found)
    assert str(report).endswith("unexpected: x0, x1, x2, x3, x4 and 4 more")
    assert report.advice("m.safetensors") == "`cnnspec weights m.safetensors --for SPEC` lists them all"


def test_renaming() -> None:
    found = {"a.x": torch.zeros(1), "b.x": torch.ones(1)}
    assert list(renamed(found, Rename("a.", "c."))) == ["c.x", "b.x"]
    assert list(renamed(found, Rename("", "m."))) == ["m.a.x", "m.b.x"]
    with pytest.raises(UsageError, match=r"no name begins with `z\.`"):
        renamed(found, Rename("z.", ""))
    with pytest.raises(UsageError, match=r"two tensors would be called `b\.x`"):
        renamed(found, Rename("a.", "b."))
