"""Group norm behind what needs no gradients, where torch's backward pass writes to what is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from training_specs import compiled, recipe_of

from cnnspec.backends.torch_module import build
from cnnspec.training.channels_last import protect_group_norms
from cnnspec.training.device import Precision, own_random_numbers
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


def test_only_what_needs_it_is_copied() -> None:
    norm = torch.nn.GroupNorm(2, 6)
    seen: list[torch.Tensor] = []
    protect_group_norms(norm)
    norm.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    images = torch.rand(2, 6, 4, 4).contiguous(memory_format=torch.channels_last)
    norm(images)
    norm(images.requires_grad_())
    with torch.inference_mode():
        norm(images)
    assert [x.is_contiguous() for x in seen] == [True, False, False]
    assert torch.equal(seen[0], images)
