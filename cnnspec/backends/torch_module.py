"""A checked network as a torch module: a plain nn.Sequential, nested as the names of the modules say."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby

import torch
from torch import nn

from cnnspec.backends.modules import OWN_MODULES
from cnnspec.backends.modules.scale import LayerScale
from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Network, Node
from cnnspec.values.call import Call, Value


def build(network: Network) -> nn.Sequential:
    """Returns the network with torch's default weights, and those that the file fixes."""
    return _sequence(network.layers, depth=0)


def build_layer(node: Node) -> nn.Module:
    """Returns the module of one layer, with the numbers that the file fixes."""
    module = construct(node.layer.torch(node.input))
    if isinstance(node.layer, Weighted):
        _fix_numbers(module, node.layer)
    return module


def construct(call: Call) -> nn.Module:
    """Returns what a constructor call makes: a class of torch.nn (`nn.Conv2d`), or one of our own modules."""
    own = not call.function.startswith("nn.")
    kind = OWN_MODULES[call.function] if own else getattr(nn, call.function.removeprefix("nn."))
    positional = [_argument(value) for value in call.positional]
    module: nn.Module = kind(*positional, **{name: _argument(value) for name, value in call.named})
    return module


def _argument(value: Value) -> object:
    return construct(value) if isinstance(value, Call) else value


def _sequence(nodes: Sequence[Node], depth: int) -> nn.Sequential:
    """Returns the modules of nodes that share the first `depth` elements of their paths, under the next element."""
    children: OrderedDict[str, nn.Module] = OrderedDict()
    for name, group in groupby(nodes, key=lambda node: node.path[depth]):
        inside = list(group)
        is_layer = len(inside[0].path) == depth + 1
        children[name] = build_layer(inside[0]) if is_layer else _sequence(inside, depth + 1)
    sequence = nn.Sequential(children)
    if any(isinstance(child, LayerScale) for child in sequence):
        LayerScale.adopt(sequence)
    return sequence


@torch.no_grad()
def _fix_numbers(module: nn.Module, layer: Weighted) -> None:
    """Fills in the written numbers, the same for all leading axes that they leave out, and stops training where frozen."""
    for name, numbers in layer.fixed_numbers.items():
        parameter = module.get_parameter(name)
        parameter.copy_(torch.tensor(numbers, dtype=parameter.dtype).expand_as(parameter))
    module.requires_grad_(not layer.is_frozen)
