"""A checked network as a torch module, nested as the names of the modules say.

What calls its children one after the other is a plain nn.Sequential, anything else a `Graph`.
"""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from cnnspec.backends.modules import OWN_MODULES
from cnnspec.backends.modules.graph import Graph
from cnnspec.backends.modules.scale import LayerScale
from cnnspec.backends.program import program
from cnnspec.layers.fixed import Weighted
from cnnspec.network.network import Network, Node
from cnnspec.network.structure import Module, structure
from cnnspec.values.call import Call, Value


def build(network: Network) -> nn.Module:
    """Returns the network with torch's default weights, and those that the file fixes.

    It takes a tensor for each input, and returns a tensor, or a tuple of tensors in the order of `output`.
    """
    return build_module(structure(network))


def build_module(module: Module) -> nn.Module:
    """Returns a module with all that it holds."""
    children = OrderedDict(
        (name, build_layer(child) if isinstance(child, Node) else build_module(child))
        for name, child in module.children.items()
    )
    built = _holder(module, children)
    if any(isinstance(child, LayerScale) for child in children.values()):
        LayerScale.adopt(built)
    return built


def _holder(module: Module, children: OrderedDict[str, nn.Module]) -> nn.Module:
    if module.is_chain:
        return nn.Sequential(children)
    if not module.is_container:
        return Graph(program(module), children)
    built = nn.Module()
    for name, child in children.items():
        built.add_module(name, child)
    return built


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


@torch.no_grad()
def _fix_numbers(module: nn.Module, layer: Weighted) -> None:
    """Fills in the written numbers, the same for all leading axes that they leave out, and stops training where frozen."""
    for name, numbers in layer.fixed_numbers.items():
        parameter = module.get_parameter(name)
        parameter.copy_(torch.tensor(numbers, dtype=parameter.dtype).expand_as(parameter))
    module.requires_grad_(not layer.is_frozen)
