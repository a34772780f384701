"""Built modules that branch, merge and share, against modules written by hand; and that they live like any other."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 # only what this test has pickled itself
import weakref
from collections.abc import Sequence
from functools import reduce
from random import Random
from typing import Any

import pytest
import torch
from checked_networks import network
from hypothesis import given, settings
from hypothesis import strategies as st
from random_texts import random_text
from torch import nn
from torch._dynamo.testing import CompileCounter
from written_networks import WRITTEN, Inception, Recursive, Residual, Siamese, UNet

from cnnspec.backends.modules.graph import Graph
from cnnspec.backends.torch_module import build
from cnnspec.network.network import Network, Node


def same(one: Any, other: Any) -> bool:
    """Returns whether two results are equal bit for bit: tensors, or tuples of tensors."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    return isinstance(other, tuple) and len(one) == len(other) and all(map(same, one, other))


def total(results: Any) -> torch.Tensor:
    tensors = [results] if isinstance(results, torch.Tensor) else results
    return sum((tensor**2).sum() for tensor in tensors)


def built(written: type[nn.Module]) -> tuple[nn.Module, tuple[torch.Tensor, ...]]:
    """Returns the model of a text, and a batch for each of its inputs."""
    checked = network(written.text)
    torch.manual_seed(0)
    return build(checked), tuple(torch.randn(2, *entry.shape.sizes) for entry in checked.inputs)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("training", [True, False])
def test_equals_what_people_write(written: type[nn.Module], training: bool) -> None:
    model, inputs = built(written)
    other = written()
    other.load_state_dict(model.state_dict())
    assert list(model.state_dict()) == list(other.state_dict())
    model.train(training)
    other.train(training)
    ours, theirs = model(*inputs), other(*inputs)
    assert same(ours, theirs)
    total(ours).backward()
    total(theirs).backward()
    gradients = {name.replace("scale.weight", "scale"): parameter.grad for name, parameter in model.named_parameters()}
    expected = {name: parameter.grad for name, parameter in other.named_parameters()}
    assert gradients.keys() == expected.keys()
    assert all(same(gradients[name], expected[name]) for name in gradients)
    assert all(same(model.state_dict()[name], tensor) for name, tensor in other.state_dict().items())


def test_the_comparison_can_fail() -> None:
    model, inputs = built(Residual)
    other = Residual()
    assert not same(model(*inputs), other(*inputs))
    assert not same((inputs[0],), (inputs[0], inputs[0]))
    assert not same(inputs[0], (inputs[0],))


@pytest.mark.parametrize("written", WRITTEN)
def test_lives_like_any_other_module(written: type[nn.Module]) -> None:
    model, inputs = built(written)
    model.eval()
    expected = model(*inputs)
    assert same(copy.deepcopy(model)(*inputs), expected)
    assert same(pickle.loads(pickle.dumps(model))(*inputs), expected)
    fresh, _ = built(written)
    for parameter in fresh.parameters():
        nn.init.zeros_(parameter)
    fresh.load_state_dict(model.state_dict())
    assert same(fresh.eval()(*inputs), expected)
    exported = torch.export.export(model, inputs).module()(*inputs)
    torch.testing.assert_close(exported, expected)
    half = copy.deepcopy(model).double()(*(value.double() for value in inputs))
    assert {value.dtype for value in ([half] if isinstance(half, torch.Tensor) else half)} == {torch.float64}


@pytest.mark.parametrize("written", WRITTEN)
def test_compiles_without_a_break(written: type[nn.Module]) -> None:
    model, inputs = built(written)
    model.eval()
    counter = CompileCounter()
    torch._dynamo.reset()
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    assert same(compiled(*inputs), model(*inputs))
    assert counter.frame_count == 1


@pytest.mark.parametrize("written", WRITTEN)
def test_builds_on_the_meta_device(written: type[nn.Module]) -> None:
    checked = network(written.text)
    with torch.device("meta"):
        model = build(checked)
        results = model(*(torch.empty(2, *entry.shape.sizes) for entry in checked.inputs))
    outputs = [results] if isinstance(results, torch.Tensor) else results
    assert all(tensor.is_meta for tensor in (*model.state_dict().values(), *outputs))
    assert [tuple(tensor.shape[1:]) for tensor in outputs] == [shape.sizes for shape in checked.outputs]


def test_what_is_a_chain_stays_a_sequence() -> None:
    model, _ = built(Residual)
    assert type(model) is nn.Sequential
    assert type(model.layer1) is nn.Sequential
    assert type(model.layer2[0]) is Graph
    assert type(model.layer2[0].downsample) is nn.Sequential


def test_a_child_can_be_replaced() -> None:
    model, inputs = built(UNet)
    model.head = nn.Conv2d(4, 7, 1)
    assert model(*inputs).shape == (2, 7, 16, 16)
    model.head = nn.Identity()
    assert model(*inputs).shape == (2, 4, 16, 16)


def test_hooks_run_at_each_call() -> None:
    model, inputs = built(Siamese)
    seen: list[str] = []
    for name in ("tower", "tower.first"):
        model.get_submodule(name).register_forward_hook(lambda *_, name=name: seen.append(name))
    model(*inputs)
    assert seen == ["tower.first", "tower", "tower.first", "tower", "tower.first"]


def test_shows_its_name_and_what_it_does() -> None:
    model, _ = built(Residual)
    assert str(model.layer2[0]).splitlines()[:11] == [
        "Basic(",
        "  y = conv1(x)",
        "  y = bn1(y)",
        "  y = relu(y)",
        "  y = conv2(y)",
        "  y = bn2(y)",
        "  x = downsample(x)",
        "  x = y + x",
        "  x = 6(x)",
        "  return x",
        "  (conv1): Conv2d(8, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)",
    ]
    siamese, _ = built(Siamese)
    assert str(siamese).startswith("Graph(\n  x = tower(x)\n  y = tower(y)\n  y = tower.first(y)\n  x = concat(y, x)\n")


def test_a_long_program_is_not_shown() -> None:
    lines = "\n".join(f"a{number}: relu\nadd a{number}" for number in range(30))
    model = build(network(f"network Long {{\ninput 1x4x4\n{lines}\n}}"))
    assert "return" not in repr(model)
    assert torch.equal(model(torch.ones(1, 1, 4, 4)), torch.full((1, 1, 4, 4), 2.0**30))


def test_a_wrong_number_of_inputs_is_said() -> None:
    model, inputs = built(Siamese)
    with pytest.raises(TypeError, match="Graph takes 2 inputs, but 1 came"):
        model(inputs[0])


def test_a_level_that_only_holds_cannot_be_called() -> None:
    model, _ = built(Recursive)
    assert type(model.user) is nn.Module
    with pytest.raises(NotImplementedError):
        model.user(torch.zeros(1, 2, 8, 8))


def test_inputs_are_left_alone() -> None:
    model, inputs = built(Inception)
    before = [value.clone() for value in inputs]
    model(*inputs)
    assert same(tuple(before), inputs)


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_computes_what_the_nodes_say(seed: int) -> None:
    checked = network(random_text(Random(seed)))
    torch.manual_seed(seed)
    model = build(checked)
    inputs = [torch.randn(1, *entry.shape.sizes) for entry in checked.inputs]
    expected = node_by_node(checked, model, inputs)
    with torch.no_grad():
        assert same(model(*inputs), expected[0] if len(expected) == 1 else expected)


def node_by_node(checked: Network, model: nn.Module, inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """Returns what a network returns: each node in turn, with the layers of the model."""
    values = list(inputs)
    with torch.no_grad():
        for node in checked.nodes:
            taken = [values[value] for value in node.inputs]
            if isinstance(node, Node):
                values.append(model.get_submodule(node.name)(*taken))
            else:
                values.append(reduce(torch.add if node.keyword == "add" else torch.mul, taken))
    return tuple(values[value] for value in checked.returns)


class Alive:
    """Counts how many of the tensors that layers returned are alive whenever one more is made."""

    def __init__(self, model: nn.Module) -> None:
        self.references: list[weakref.ref[torch.Tensor]] = []
        self.most = 0
        for module in model.modules():
            if not list(module.children()):
                module.register_forward_hook(self.count)

    def count(self, module: nn.Module, arguments: tuple[torch.Tensor, ...], result: torch.Tensor) -> None:
        self.references.append(weakref.ref(result))
        self.most = max(self.most, sum(reference() is not None for reference in self.references))


class Hoarder(nn.Module):
    """Keeps what it need not keep."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.ReLU() for _ in range(20))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = [x]
        for layer in self.layers:
            values.append(layer(values[-1]))
        return values[-1]


def test_values_are_freed_after_their_last_use() -> None:
    lines = "\n".join(f"a{number}: relu\nrelu\nadd a{number}" for number in range(20))
    model = build(network(f"network Long {{\ninput 1x4x4\nconv 1, kernel=1\n{lines}\n}}"))
    value = torch.ones(1, 1, 4, 4)
    ours, hoarder = Alive(model), Hoarder()
    theirs = Alive(hoarder)
    with torch.no_grad():
        model(value)
        hoarder(value)
    assert ours.most == 2  # what arrives and what is made; or what is added later and what is made
    assert theirs.most == 20
