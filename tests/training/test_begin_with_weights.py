"""Training that begins with the weights of a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

import cnnspec

pytestmark = pytest.mark.filterwarnings("ignore::cnnspec.SpecWarning")  # with a learning rate of 0 weights stay what they were

SPEC = """
network T {
    input 1x8x8
    flatten
    linear 10
}

train {
    data digits
    optimizer sgd, lr=0.0
    epochs 1
}
"""


def test_a_run_goes_on_from_the_file(tmp_path: Path) -> None:
    weights = {"1.weight": torch.full((10, 64), 0.25), "1.bias": torch.arange(10.0)}
    save_file(weights, tmp_path / "w.safetensors")
    net = cnnspec.loads(SPEC)
    run = cnnspec.train(net, weights=tmp_path / "w.safetensors", out=tmp_path / "run", progress=False)
    trained = load_file(run.path / "model.safetensors")
    assert all(torch.equal(trained[name], weights[name]) for name in weights)
    settings = json.loads((run.path / "settings.json").read_text())
    assert settings["options"]["weights"] == str(tmp_path / "w.safetensors")


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    save_file({"1.weight": torch.zeros(9, 64)}, tmp_path / "w.safetensors")
    with pytest.raises(cnnspec.UsageError, match=r"missing: 1\.bias; 1\.weight is 9x64 instead of 10x64"):
        cnnspec.train(cnnspec.loads(SPEC), weights=tmp_path / "w.safetensors", out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()


def test_numbers_beyond_float32(tmp_path: Path) -> None:
    """Wherever weights of a file are taken; a run is not begun."""
    path = tmp_path / "w.safetensors"
    save_file({"1.weight": torch.full((10, 64), 1e300, dtype=torch.float64), "1.bias": torch.zeros(10)}, path)
    told = "640 of 640 numbers in `1.weight` beyond what float32 holds"
    with pytest.raises(cnnspec.UsageError, match=told):
        cnnspec.train(cnnspec.loads(SPEC), weights=path, out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
    with pytest.raises(ValueError, match=told):
        cnnspec.loads(SPEC).build(weights=path)


def test_a_file_that_would_give_nothing(tmp_path: Path) -> None:
    save_file({"1.weight": torch.zeros(9, 64), "1.bias": torch.zeros(9)}, tmp_path / "w.safetensors")
    with pytest.raises(cnnspec.UsageError, match=r"1\.weight is 9x64 instead of 10x64; 1\.bias is 9 instead of 10$"):
        cnnspec.train(cnnspec.loads(SPEC), weights=tmp_path / "w.safetensors", out=tmp_path / "run", progress=False)


def test_a_run_in_place_of_its_file(tmp_path: Path) -> None:
    first = cnnspec.train(cnnspec.loads(SPEC), out=tmp_path / "first", progress=False)
    with pytest.raises(cnnspec.UsageError, match=r"is a run: name its file .*model\.safetensors, or .*best\.safetensors"):
        cnnspec.train(cnnspec.loads(SPEC), weights=first.path, out=tmp_path / "run", progress=False)


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        cnnspec.train(cnnspec.loads(SPEC), weights=tmp_path / "none", out=tmp_path / "run", progress=False)
    assert not (tmp_path / "run").exists()
