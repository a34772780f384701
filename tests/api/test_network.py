"""The properties of a network, and the modules that it builds."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from spec_texts import NESTED, NET, TINY
from torch import nn

import cnnspec


def test_properties() -> None:
    net = cnnspec.loads(NET)
    assert (net.name, net.input, net.output) == ("Net", (1, 8, 8), (10,))
    assert (net.parameters, net.macs) == (1490, 2736)
    assert repr(net) == "<cnnspec.Network Net: 1x8x8 -> 10, 1,490 parameters>"
    assert [tuple(node) for node in net.nodes] == [
        ("0", "conv", (1, 8, 8), (4, 6, 6), 40, 1296),
        ("1", "relu", (4, 6, 6), (4, 6, 6), 0, 0),
        ("2", "flatten", (4, 6, 6), (144,), 0, 0),
        ("3", "linear", (144,), (10,), 1450, 1440),
    ]
    assert net.nodes[0]._fields == ("name", "kind", "input", "output", "parameters", "macs")


def test_summary(capsys: pytest.CaptureFixture[str]) -> None:
    net = cnnspec.loads(NESTED)
    net.summary(depth=1)
    shown = capsys.readouterr().out
    assert "body" in shown
    assert "body.inner" not in shown
    net.summary(batch=3)
    assert "3x2x6x6" in capsys.readouterr().out
    for options in ({"depth": 0}, {"batch": -1}):
        with pytest.raises(ValueError, match="must be at least 1"):
            net.summary(**options)
    assert net._repr_markdown_().startswith("### Nested: 1x8x8 -> 10")


def test_generate_gives_the_same_network() -> None:
    net = cnnspec.loads(NESTED)
    scope: dict[str, type[nn.Module]] = {}
    exec(net.generate(), scope)
    torch.manual_seed(0)
    built = net.build().eval()
    generated = scope["Nested"]().eval()
    generated.load_state_dict(built.state_dict())
    sample = torch.randn(2, 1, 8, 8)
    assert torch.equal(generated(sample), built(sample))


def test_a_chain_is_a_plain_sequential() -> None:
    model = cnnspec.loads(NET).build()
    assert type(model) is nn.Sequential
    assert [type(module).__name__ for module in model] == ["Conv2d", "ReLU", "Flatten", "Linear"]
    assert sum(weight.numel() for weight in model.parameters()) == 1490
    assert model(torch.zeros(3, 1, 8, 8)).shape == (3, 10)


def test_names_of_modules() -> None:
    """A label replaces the number, but its position counts; labelled sequences nest, unlabelled groups open no level."""
    names = {name.removesuffix(".weight") for name in cnnspec.loads(NESTED).build().state_dict() if name.endswith(".weight")}
    assert names == {
        "0",
        "stem",
        "body.0",
        "body.inner.0",
        "body.inner.mixer",
        "body.inner.2",
        "body.3",
        "body.4",
        "4",
        "head",
    }


def test_names_are_those_of_the_nodes() -> None:
    net = cnnspec.loads(NESTED)
    model = net.build()
    assert [node.name for node in net.nodes] == [
        name for name, module in model.named_modules() if not isinstance(module, nn.Sequential)
    ]


def test_building_follows_the_seed() -> None:
    net = cnnspec.loads(NET)
    states = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        states.append(net.build().state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["0.weight"], states[2]["0.weight"])


def test_initialisation_is_that_of_the_spec() -> None:
    ones = cnnspec.loads(TINY.replace("epochs 1", "epochs 1\n    init constant, 0.5")).build()
    assert torch.equal(ones[1].weight, torch.full((10, 64), 0.5))


def test_devices() -> None:
    net = cnnspec.loads(NET)
    assert next(net.build("cpu").parameters()).device.type == "cpu"
    assert next(net.build(device=torch.device("meta")).parameters()).device.type == "meta"
    with pytest.raises(RuntimeError, match="device"):
        net.build(device="nowhere")


def test_copies_and_exports() -> None:
    model = cnnspec.loads(NESTED).build().eval()
    other = copy.deepcopy(model)
    sample = torch.randn(2, 1, 8, 8)
    assert torch.equal(other(sample), model(sample))
    program = torch.export.export(model, (sample,))
    assert torch.equal(program.module()(sample), model(sample))


def test_weights_of_a_file(tmp_path: Path) -> None:
    net = cnnspec.loads(NET)
    model = net.build()
    save_file(model.state_dict(), tmp_path / "w.safetensors")
    for path in (tmp_path / "w.safetensors", str(tmp_path / "w.safetensors")):
        loaded = net.build(weights=path).state_dict()
        assert all(torch.equal(loaded[name], tensor) for name, tensor in model.state_dict().items())


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    state = cnnspec.loads(NET).build().state_dict()
    state["extra"] = torch.zeros(3)
    del state["0.bias"]
    state["3.weight"] = torch.zeros(2, 3)
    save_file(state, path)
    message = "does not fit the network: missing: 0.bias; unexpected: extra; 3.weight is 2x3 instead of 10x144"
    with pytest.raises(ValueError, match=message):
        cnnspec.loads(NET).build(weights=path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"\x00" * 100, "is no safetensors file, or is cut short"),
        (b"PK\x03\x04 a pickle in a zip", "is a zip file that is cut short"),
    ],
)
def test_weights_that_are_none(data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(data)
    with pytest.raises(ValueError, match=message):
        cnnspec.loads(NET).build(weights=tmp_path / "w.pt")
    with pytest.raises(FileNotFoundError):
        cnnspec.loads(NET).build(weights=tmp_path / "missing")
