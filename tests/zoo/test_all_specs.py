"""Every network in specs/ and examples/ checks without a word, builds, generates, and computes the shapes it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import cnnspec

ROOT = Path(__file__).parents[2]
FILES = sorted([*(ROOT / "specs").glob("*.cnn"), *(ROOT / "examples").glob("*.cnn")])
NETWORKS = [(file, net) for file in FILES for net in cnnspec.check(file).networks]
NAMES = [f"{file.name}:{net.name}" for file, net in NETWORKS]


def run(model: torch.nn.Module, net: cnnspec.Network, device: str) -> list[tuple[int, ...]]:
    """Returns the shapes that a model gives for a batch of two, without the batch."""
    with torch.no_grad():
        given = [torch.zeros(2, *entry.shape.sizes, device=device) for entry in net.checked.inputs]
        results = model.to(device).eval()(*given)
    outputs = [results] if isinstance(results, torch.Tensor) else results
    return [tuple(output.shape[1:]) for output in outputs]


def generated(net: cnnspec.Network) -> torch.nn.Module:
    """Returns the model of the generated source."""
    names: dict[str, type[torch.nn.Module]] = {"__name__": "generated"}
    exec(compile(net.generate(), f"{net.name}.py", "exec"), names)
    return names[net.name]()


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_spec_is_clean(file: Path) -> None:
    assert [diagnostic.message for diagnostic in cnnspec.check(file).diagnostics] == []


@pytest.mark.parametrize(("file", "net"), NETWORKS, ids=NAMES)
def test_built_and_generated_networks_agree(file: Path, net: cnnspec.Network) -> None:
    """On the meta device, where nothing is computed, but every shape is."""
    with torch.device("meta"):
        built, source = net.build(), generated(net)
    shapes = {name: tensor.shape for name, tensor in built.state_dict().items()}
    assert list(shapes.items()) == [(name, tensor.shape) for name, tensor in source.state_dict().items()]
    expected = [shape.sizes for shape in net.checked.outputs]
    assert run(built, net, "meta") == expected
    assert run(source, net, "meta") == expected


def test_a_wrong_shape_would_be_seen() -> None:
    net = cnnspec.load(ROOT / "specs" / "lenet.cnn")
    assert run(net.build(), net, "cpu") == [(10,)]
    assert run(cnnspec.load(ROOT / "specs" / "lenet.cnn", classes=11).build(), net, "cpu") != [(10,)]
    assert len(NETWORKS) > 40
