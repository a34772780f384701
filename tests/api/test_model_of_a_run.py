"""The model of a run is a module like any other: nothing of the training is left in it."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import cnnspec

TEXT = """
network Net {
    input 3x8x8
    relu inplace=true
    stem: conv 4, kernel=3
    groupnorm 2
    relu
    flatten
    linear 3
}
train {
    data synthetic, 60
    batch 20
    epochs 2
    EXTRA
}
"""


EXTRAS = {"plain": "", "average": "ema 0.5", "frozen": "freeze stem"}


@pytest.fixture(params=EXTRAS)
def net(request: pytest.FixtureRequest) -> cnnspec.Network:
    return cnnspec.loads(TEXT.replace("EXTRA", EXTRAS[request.param]))


@pytest.fixture
def run(net: cnnspec.Network, tmp_path: Path) -> cnnspec.Run:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cnnspec.SpecWarning)  # of weights that are frozen as they were drawn
        return cnnspec.train(net, out=tmp_path / "run", device="cpu", progress=False)


def test_it_is_what_build_gives(net: cnnspec.Network, run: cnnspec.Run) -> None:
    assert [type(module) for module in run.model.modules()] == [type(module) for module in net.build().modules()]
    assert not run.model.training
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in run.model.modules())
    assert all(parameter.is_contiguous() and parameter.grad is None for parameter in run.model.parameters())


def test_its_weights_are_those_of_the_folder(run: cnnspec.Run, tmp_path: Path) -> None:
    save_file(run.model.state_dict(), tmp_path / "saved.safetensors")
    saved, kept = load_file(tmp_path / "saved.safetensors"), load_file(run.path / "model.safetensors")
    assert saved.keys() == kept.keys()
    assert all(torch.equal(saved[name], kept[name]) for name in kept)


def test_it_answers_as_the_run_does(run: cnnspec.Run) -> None:
    images = torch.rand(5, 3, 8, 8)
    with torch.no_grad():
        answers = torch.softmax(run.model(images.clone()), 1)
    torch.testing.assert_close(answers, run.predict(images), rtol=1e-5, atol=1e-6)


def test_it_learns_on_in_a_loop_of_ones_own(run: cnnspec.Run) -> None:
    vector = nn.utils.parameters_to_vector(run.model.parameters())
    assert vector.shape == (sum(parameter.numel() for parameter in run.model.parameters()),)
    run.model(torch.rand(5, 3, 8, 8)).sum().backward()
    frozen = {name for name, parameter in run.model.named_parameters() if parameter.grad is None}
    is_frozen = "freeze" in (run.path / "spec.cnn").read_text()
    assert frozen == ({"stem.weight", "stem.bias"} if is_frozen else set())
