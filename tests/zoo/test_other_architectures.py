"""Architectures that are not in `specs/`: what is built and generated from a text is what people write by hand."""

from __future__ import annotations

import copy
import types
from pathlib import Path
from typing import Any

import other_classifiers as classifiers
import other_gates as gates
import other_shapes as shapes
import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import cnnspec
from cnnspec.cli.main import _run

WRITTEN = [
    *(classifiers.GhostNet, classifiers.PreAct, classifiers.PyramidNet, gates.TCN, gates.CBAM, gates.ResNeSt),
    *(shapes.DeepLab, shapes.HRNet, shapes.FPN, shapes.Triplet, shapes.UNet3D, shapes.MultiTask),
]
each = pytest.mark.parametrize("written", WRITTEN, ids=lambda written: written.__name__)


def several(value: Any) -> tuple[Any, ...]:
    """Returns tensors, or shapes, as a tuple of them."""
    return value if isinstance(value, tuple) and not isinstance(value[0], int) else (value,)


def batches(net: cnnspec.Network) -> list[Tensor]:
    return [torch.randn(2, *shape) for shape in several(net.input)]


def tensors(model: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    """Returns what the model stores, names and shapes, in order."""
    return [(name, tuple(tensor.shape)) for name, tensor in model.state_dict().items()]


def generated(net: cnnspec.Network) -> nn.Module:
    module = types.ModuleType("generated")
    exec(net.generate(), module.__dict__)
    made = getattr(module, net.name)()
    assert isinstance(made, nn.Module)
    return made


def results(model: nn.Module, inputs: list[Tensor], *, training: bool) -> tuple[Tensor, ...]:
    """Returns what a model gives, with the same random numbers each time."""
    torch.manual_seed(7)
    return several(model.train(training)(*inputs))


def same(ones: tuple[Tensor, ...], others: tuple[Tensor, ...]) -> bool:
    return len(ones) == len(others) and all(map(torch.equal, ones, others))


@each
def test_has_the_names_that_people_give(written: type[Any]) -> None:
    net = cnnspec.loads(written.text)
    assert tensors(net.build()) == tensors(written())
    assert tensors(generated(net)) == tensors(written())


@each
def test_computes_the_same_with_the_same_weights(written: type[Any]) -> None:
    net = cnnspec.loads(written.text)
    built, made, by_hand = net.build(), generated(net), written()
    made.load_state_dict(built.state_dict())
    by_hand.load_state_dict(built.state_dict())
    inputs = batches(net)
    for training in (True, False, True):  # what training leaves in the running statistics counts too
        expected = results(by_hand, inputs, training=training)
        assert [tuple(tensor.shape[1:]) for tensor in expected] == list(several(net.output))
        assert same(results(built, inputs, training=training), expected)
        assert same(results(made, inputs, training=training), expected)
    assert same(tuple(built.state_dict().values()), tuple(by_hand.state_dict().values()))


@each
def test_counts_what_torch_counts(written: type[Any]) -> None:
    net, by_hand = cnnspec.loads(written.text), written().eval()
    with FlopCounterMode(display=False) as counter:
        by_hand(*(tensor[:1] for tensor in batches(net)))
    assert net.parameters == sum(parameter.numel() for parameter in by_hand.parameters())
    assert 2 * net.macs == counter.get_total_flops()


@each
def test_copies_learns_and_is_exported(written: type[Any]) -> None:
    net = cnnspec.loads(written.text)
    built, inputs = net.build(), batches(net)
    sum(result.square().sum() for result in results(built, inputs, training=True)).backward()
    assert all(parameter.grad is not None for parameter in built.parameters())
    expected = results(built, inputs, training=False)
    assert same(results(copy.deepcopy(built), inputs, training=False), expected)
    exported = several(torch.export.export(built, tuple(inputs)).module()(*inputs))
    torch.testing.assert_close(exported, expected)


@each
def test_is_one_network_in_both_notations(written: type[Any], tmp_path: Path) -> None:
    spec = tmp_path / "net.cnn"
    spec.write_text(written.text, encoding="utf-8")
    source = cnnspec.load(spec).generate()
    for name in ("net.yaml", "net.json", "back.cnn"):
        before, spec = spec, tmp_path / name
        assert _run(["convert", str(before), "-o", str(spec)]) == 0
        assert cnnspec.load(spec).generate().replace(name, "net.cnn") == source


def test_the_comparisons_can_fail() -> None:
    net = cnnspec.loads(shapes.FPN.text)
    built, by_hand, inputs = net.build(), shapes.FPN(), batches(net)
    assert not same(results(built, inputs, training=False), results(by_hand, inputs, training=False))
    assert not same(results(built, inputs, training=False)[:1], results(built, inputs, training=False))
    assert tensors(cnnspec.loads(shapes.FPN.text, out=7).build()) != tensors(by_hand)
    assert tensors(cnnspec.loads(shapes.FPN.text.replace("inner{i}", "lateral{i}")).build()) != tensors(by_hand)
