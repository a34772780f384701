"""Group norms where torch refuses one sample, and where its backward pass writes to what is not there."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from training_specs import compiled, recipe_of

from cnnspec.backends.torch_module import build
from cnnspec.training.device import Precision, own_random_numbers
from cnnspec.training.group_norms import adapt_group_norms
from cnnspec.training.session import begin

SPEC = """
network Net {
    input 2x8x8
    a: conv 6, kernel=3, padding=1
    groupnorm 2
    relu
    flatten
    linear 3
}
train {
    data synthetic, 20
    loss mse
    freeze a
    ema 0.9
    epochs 1
}
"""
FIRST = SPEC.replace("    a: conv 6, kernel=3, padding=1\n", "").replace("    freeze a\n", "")


@pytest.mark.parametrize("options", [(), ("--precision", "fp64"), ("--precision", "bf16")], ids=["fp32", "fp64", "bf16"])
@pytest.mark.parametrize("spec", [SPEC, FIRST], ids=["frozen", "first"])
def test_runs_end(tmp_path: Path, spec: str, options: tuple[str, ...]) -> None:
    (tmp_path / "net.cnn").write_text(spec)
    command = [sys.executable, "-m", "cnnspec", "train", "net.cnn", "--device", "cpu", "--out", "run", *options]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "run" / "manifest.json").is_file()


@pytest.mark.parametrize("spec", [SPEC, FIRST], ids=["frozen", "first"])
def test_gradients_are_those_of_the_plain_layout(spec: str) -> None:
    network = compiled(spec)
    inputs = torch.rand(4, *network.input.sizes, dtype=torch.float64)
    with own_random_numbers():
        learner = begin(network, recipe_of(network), Precision("fp64", torch.device("cpu")))
    plain = build(network).double()
    plain.load_state_dict(learner.model.state_dict())
    learner.model(inputs.contiguous(memory_format=torch.channels_last)).sum().backward()
    plain(inputs).sum().backward()
    expected = dict(plain.named_parameters())
    learned = [(name, weight.grad) for name, weight in learner.model.named_parameters() if weight.requires_grad]
    assert len(learned) == 4
    for name, gradient in learned:
        torch.testing.assert_close(gradient, expected[name].grad)


def test_only_what_needs_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    norm = torch.nn.GroupNorm(2, 6)
    seen: list[torch.Tensor] = []
    plain = torch.nn.GroupNorm.forward
    monkeypatch.setattr(torch.nn.GroupNorm, "forward", lambda norm, x: (seen.append(x), plain(norm, x))[1])
    adapt_group_norms(norm)
    images = torch.rand(2, 6, 4, 4).contiguous(memory_format=torch.channels_last)
    norm(images)
    norm(images.requires_grad_())
    with torch.inference_mode():
        norm(images)
    assert [x.is_contiguous() for x in seen] == [True, False, False]
    assert torch.equal(seen[0], images)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 1, 1)])
@pytest.mark.parametrize("groups", [6, 3])
def test_one_sample_is_that_of_two(shape: tuple[int, ...], groups: int) -> None:
    """The truth is torch, which takes two samples, and refuses one where each group has one value."""
    norm = torch.nn.GroupNorm(groups, 6)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    samples = torch.rand(2, *shape)
    expected = norm(samples)
    with pytest.raises(ValueError, match="more than 1 value") if groups == 6 else nullcontext():
        norm(samples[:1])
    adapt_group_norms(norm)
    torch.testing.assert_close(norm(samples[:1]), expected[:1])
    torch.testing.assert_close(norm(samples), expected)
    assert norm(samples[:0]).shape == (0, *shape)


SINGLE = """
network Net {
    input 4
    linear 8
    NORM
    linear 3
}
train {
    data npz, "t.npz"
    BATCH
    epochs 1
}
"""


def train_on(folder: Path, norm: str, tests: int, batch: str = "batch 16") -> subprocess.CompletedProcess[str]:
    (folder / "net.cnn").write_text(SINGLE.replace("NORM", norm).replace("BATCH", batch))
    random = np.random.default_rng(0)
    x, y = random.random((32, 4), "float32"), np.arange(32) % 3
    places = np.arange(tests) % 32
    np.savez(folder / "t.npz", x=x, y=y, x_test=x[places], y_test=y[places])
    np.save(folder / "one.npy", x[0])
    np.save(folder / "two.npy", x[:2])
    return cnnspec(folder, "train", "net.cnn", "--device", "cpu", "--out", "run")


def cnnspec(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cnnspec", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("tests", "batch"), [(1, "batch 16"), (257, "batch 1")])
def test_one_value_in_each_group_can_be_trained_and_asked(tmp_path: Path, tests: int, batch: str) -> None:
    run = train_on(tmp_path, "groupnorm 8", tests, batch)
    assert run.returncode == 0, run.stderr
    one, two = (
        json.loads(cnnspec(tmp_path, "predict", "run", name, "--format", "json").stdout)["predictions"]
        for name in ("one.npy", "two.npy")
    )
    assert len(two) == 2
    assert one[0]["class"] == two[0]["class"]
    assert one[0]["probability"] == pytest.approx(two[0]["probability"], rel=1e-4)
    for command in ("evaluate", "run"):
        asked = cnnspec(tmp_path, command, "run", *(("one.npy",) if command == "run" else ()))
        assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize("tests", [257, 2])
def test_a_norm_without_statistics_needs_two_samples(tmp_path: Path, tests: int) -> None:
    run = train_on(tmp_path, "batchnorm track_running_stats=false", tests)
    assert run.returncode == 0, run.stderr
    assert cnnspec(tmp_path, "evaluate", "run").returncode == 0
    assert cnnspec(tmp_path, "predict", "run", "two.npy").returncode == 0
    for command in ("predict", "run"):
        refused = cnnspec(tmp_path, command, "run", "one.npy")
        assert refused.returncode == 2
        assert refused.stderr.startswith("error: the layer `1` keeps no running statistics"), refused.stderr


def test_a_norm_without_statistics_is_not_tested_on_one_sample(tmp_path: Path) -> None:
    run = train_on(tmp_path, "batchnorm track_running_stats=false", 1)
    assert run.returncode == 1
    assert "error[E0436]: `batchnorm` without running statistics cannot be tested on one sample" in run.stderr
    assert train_on(tmp_path, "batchnorm", 1).returncode == 0
