"""The built module: names, nesting, fixed numbers, and the life of a torch module (copies, devices, export)."""

from __future__ import annotations

import copy

import pytest
import torch
from checked_networks import chain, lenet
from torch import nn

from cnnspec.backends.torch_module import build, construct
from cnnspec.values.call import Call

STATEMENTS = (
    "features: {",
    "    conv1: conv 4, kernel=3, padding=1, bias=false",
    "    batchnorm",
    "    relu",
    "    pool: maxpool 2",
    "}",
    "flatten",
    "head: linear 5",
)


def test_lenet_is_a_plain_sequence() -> None:
    model = build(lenet())
    assert type(model) is nn.Sequential
    assert all(type(module).__module__.startswith("torch.nn") for module in model.modules())
    assert model(torch.zeros(2, 1, 28, 28)).shape == (2, 10)


def test_names_and_nesting_are_those_of_the_file() -> None:
    model = build(chain("3x8x8", *STATEMENTS))
    assert [name for name, _ in model.named_modules()] == [
        "",
        "features",
        "features.conv1",
        "features.1",
        "features.2",
        "features.pool",
        "1",
        "head",
    ]
    assert type(model.features) is nn.Sequential


def test_weights_are_those_of_the_network() -> None:
    network = chain("3x8x8", *STATEMENTS)
    model = build(network)
    stored = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    declared = {
        f"{node.name}.{name}": shape
        for node in network.layers
        for name, shape in (node.layer.weights(node.input) | node.layer.buffers(node.input)).items()
    }
    assert stored == declared
    assert sum(parameter.numel() for parameter in model.parameters()) == network.parameters


def test_fixed_numbers_serve_all_channels_and_are_frozen() -> None:
    kernel = "[[1, 0, -1], [2, 0, -2], [1, 0, -1]]"
    model = build(chain("2x8x8", f"sobel: conv 4, kernel=3, weight={kernel}, bias_value=0.5, frozen=true", "conv 1, kernel=1"))
    expected = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
    assert torch.equal(model.sobel.weight, expected.expand(4, 2, 3, 3))
    assert torch.equal(model.sobel.bias, torch.full((4,), 0.5))
    assert not any(parameter.requires_grad for parameter in model.sobel.parameters())
    assert all(parameter.requires_grad for parameter in model[1].parameters())
    assert model.sobel.weight.is_contiguous()


def test_layer_scale_goes_by_its_label() -> None:
    model = build(chain("3x8x8", "block: {", "    conv 4, kernel=1", "    gamma: layer_scale 0.1", "}"))
    assert "block.gamma" in model.state_dict()
    other = copy.deepcopy(model)
    nn.init.uniform_(model.get_parameter("block.gamma.weight"))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.state_dict()["block.gamma"], model.state_dict()["block.gamma"])


def test_built_module_lives_like_any_other() -> None:
    model = build(chain("3x8x8", *STATEMENTS)).eval()
    value = torch.randn(2, 3, 8, 8)
    expected = model(value)
    assert torch.equal(copy.deepcopy(model)(value), expected)
    assert torch.allclose(torch.export.export(model, (value,)).module()(value), expected, atol=1e-6)
    assert model.to(torch.float64)(value.double()).dtype == torch.float64
    assert model.to("meta")(value.to("meta")).shape == expected.shape


def test_calls_can_be_nested() -> None:
    call = Call("nn.Sequential", (Call("nn.Flatten"), Call("nn.Unflatten", (1, (2, 3)))))
    assert construct(call)(torch.zeros(4, 6, 1)).shape == (4, 2, 3)


def test_unknown_calls_are_refused() -> None:
    with pytest.raises(KeyError):
        construct(Call("Unknown"))
    with pytest.raises(AttributeError):
        construct(Call("nn.Unknown"))
