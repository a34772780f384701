"""Layers in short numbers: what PyTorch does not have is told before the first step, at the layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from training_specs import TINY, compiled, recipe_of

import cnnspec.training.together as together
from cnnspec.backends.torch_module import build
from cnnspec.compiler import check_source
from cnnspec.layers.registry import all_kinds
from cnnspec.network.network import Network
from cnnspec.source import Source
from cnnspec.training.device import Precision
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.short_numbers import _first_missing, _is_computed
from cnnspec.training.train import train

CPU = torch.device("cpu")
SHORT = {"bf16": torch.bfloat16, "fp16": torch.float16}
SHAPES = {
    "4x12x12": "conv 4, kernel=1",
    "4x24": "conv 4, kernel=1",
    "4x8x8x8": "conv 4, kernel=1",
    "64": "linear 64",
    "16x8x8": "conv 16, kernel=1",
}
RANDOM = TINY.replace("    relu\n", "    RANDOM\n")


def behind_weights(example: str) -> Network | None:
    """Returns a network whose layer gets short numbers, from one that computes in them."""
    for shape, before in SHAPES.items():
        result = check_source(Source("t.cnn", f"network N {{\n input {shape}\n {before}\n x: {example}\n}}"))
        if result.ok and len(result.last.outputs) == 1:
            return result.last
    return None


def torch_has_it(network: Network, dtype: torch.dtype) -> bool:
    """Returns whether the layer alone computes an input of short numbers, and its gradients."""
    layer = build(network).get_submodule("x").train()
    inputs = torch.randn(2, *network.layers[0].output.sizes, dtype=dtype, requires_grad=True)
    try:
        with torch.autocast("cpu", dtype):
            outputs = layer(inputs)
        outputs.to(torch.float32).sum().backward()
    except NotImplementedError:
        return False
    return True


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")  # torch's, about `rmsnorm`
@pytest.mark.parametrize("precision", ["bf16", "fp16", "fp64"])
def test_all_kinds_of_layers(precision: str) -> None:
    """The truth is torch: a layer is told where it fails by itself, and only there."""
    tried, missing = set(), []
    for kind in all_kinds():
        network = next(filter(None, map(behind_weights, kind.examples)), None)
        if network is None:
            continue
        tried.add(kind.keyword)
        chosen = Precision(precision, CPU)
        computed = _is_computed(build(network).to(chosen.dtype), network, chosen)
        assert computed == (precision == "fp64" or torch_has_it(network, SHORT[precision])), kind.keyword
        if not computed:
            missing.append(kind.keyword)
            assert _first_missing(build(network), network, chosen) == "x"
    assert len(tried) > 60
    assert missing == (["rrelu"] if precision == "fp16" else [])


def test_the_layer_is_told_with_what_works(tmp_path: Path) -> None:
    network = compiled(RANDOM.replace("RANDOM", "rrelu"))
    with pytest.raises(TrainingError) as caught:
        train(network, recipe_of(network), TrainOptions("cpu", "fp16", tmp_path / "run"))
    (found,) = caught.value.diagnostics(network)
    assert (found.code, found.message) == ("E0437", "PyTorch does not compute `rrelu` in fp16 on a CPU")
    assert found.span.text == "rrelu"
    assert found.help == "it works with `--precision bf16` or `--precision fp32`"
    assert not (tmp_path / "run").exists()
    for precision in ("bf16", "fp32"):
        assert len(train(network, recipe_of(network), TrainOptions("cpu", precision, tmp_path / precision)).history) == 2


def test_the_attempt_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dropout and batch normalisation draw and keep the same, with the attempt or without it."""
    network = compiled(RANDOM.replace("RANDOM", "rrelu"))
    tried: list[Any] = []
    verify = together.verify_short_numbers
    monkeypatch.setattr(together, "verify_short_numbers", lambda session: (tried.append(session), verify(session)))
    train(network, recipe_of(network), TrainOptions("cpu", "bf16", tmp_path / "with"))
    monkeypatch.setattr(together, "verify_short_numbers", lambda session: None)
    train(network, recipe_of(network), TrainOptions("cpu", "bf16", tmp_path / "without"))
    assert len(tried) == 1
    one, other = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("with", "without"))
    assert one == other


def test_gradients_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise NotImplementedError("\"some_backward\" not implemented for 'Half'")

    network = compiled(TINY)
    model, precision = build(network), Precision("fp16", CPU)
    assert _is_computed(model, network, precision)
    monkeypatch.setattr(torch.Tensor, "backward", refuse)
    assert not _is_computed(model, network, precision)
    assert _first_missing(model, network, precision) is None
