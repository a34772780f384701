"""Batches of which a process gets one sample: who normalises it, and who cannot."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from launches import launched
from training_specs import compiled

from cnnspec.backends.torch_module import build
from cnnspec.training.freezing import refusing_one_answer, refusing_one_sample, set_training
from cnnspec.training.group_norms import adapt_group_norms

SPEC = """network N {
    input 4
    norm: {
        LAYER
    }
    linear 3
}
train {
    data csv, "t.csv", test=0.2
    batch 3
    epochs 1
    RECIPE
}
"""


@pytest.mark.parametrize("frozen", [(), ("norm",), ("2",)])
@pytest.mark.parametrize(
    "layer",
    [
        "batchnorm",
        "batchnorm track_running_stats=false",
        "batchnorm affine=false",
        "groupnorm 4",
        "groupnorm 2",
        "layernorm",
    ],
)
def test_torch_refuses_the_same_layers(layer: str, frozen: Sequence[str]) -> None:
    network = compiled(f"network N {{\n input 4\n norm: {{\n  {layer}\n }}\n linear 3\n}}")
    model = build(network)
    adapt_group_norms(model)
    set_training(model, frozen)
    refused = [node.name for node in refusing_one_sample(network, frozen)]
    assert refused in ([], ["norm.0"])
    with pytest.raises(ValueError, match="more than 1 value per channel") if refused else nullcontext():
        model(torch.rand(1, 4))
    refused = [node.name for node in refusing_one_answer(network)]
    with pytest.raises(ValueError, match="more than 1 value per channel") if refused else nullcontext():
        model.eval()(torch.rand(1, 4))


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
@pytest.mark.parametrize(
    ("layer", "recipe", "options", "way"),
    [
        ("batchnorm", "freeze norm", (), None),
        ("batchnorm", "", (), "use --sync-batchnorm, or another `batch`"),
        ("batchnorm track_running_stats=false", "", ("--sync-batchnorm",), "leave out `track_running_stats=false`"),
        ("groupnorm 4", "", (), None),
    ],
    ids=["frozen", "batchnorm", "tests", "groupnorm"],
)
def test_a_share_of_one_sample(tmp_path: Path, layer: str, recipe: str, options: Sequence[str], way: str | None) -> None:
    (tmp_path / "net.cnn").write_text(SPEC.replace("LAYER", layer).replace("RECIPE", recipe))
    rows = [f"{index % 5},{index % 7},{index % 3},{index % 2},{index % 3}\n" for index in range(15)]
    (tmp_path / "t.csv").write_text("".join(rows))
    code, output = launched(tmp_path, "net.cnn", "--out", "run", *options)
    if way is None:
        assert code == 0, output
        return
    assert code != 0
    assert output.count(f"one of 2 processes gets a single sample, which `batchnorm` (norm.0) cannot normalise: {way}") == 1, (
        output
    )
