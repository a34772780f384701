"""Networks put together by hand, without any text, and what they compute, node by node: for graphs of all kinds."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from cnnspec.backends.torch_module import construct
from cnnspec.layers.merges import MERGES
from cnnspec.layers.registry import lookup
from cnnspec.network.network import BlockCall, MergeNode, Network, NetworkInput, Node, Origin, Path
from cnnspec.recipe.recipe import Recipe
from cnnspec.source import Source, Span
from cnnspec.values.shapes import Shape

SOURCE = Source("graph.cnn", "network Graph { }")
PLACE = Span(SOURCE, 0, len(SOURCE.text))


class Graph:
    """A network that grows: values are numbers, and each method returns the number of the value that it adds."""

    def __init__(self, *shapes: tuple[int, ...], names: tuple[str | None, ...] = ()) -> None:
        named = names or (None,) * len(shapes)
        self.inputs = tuple(NetworkInput(Shape(sizes), name, PLACE) for sizes, name in zip(shapes, named, strict=True))
        self.nodes: list[Node | MergeNode] = []

    def shape(self, value: int) -> Shape:
        count = len(self.inputs)
        return self.inputs[value].shape if value < count else self.nodes[value - count].output

    def layer(self, value: int, keyword: str, path: str | None = None, **arguments: Any) -> int:
        """Adds a layer behind `value`; `path` is its module path with dots, a number where it has no name."""
        word = lookup(keyword)
        assert word is not None
        layer, x = word.kind.model_validate(arguments), self.shape(value)
        origin = Origin(PLACE, PLACE, dict.fromkeys(arguments, PLACE))
        names = tuple((path or str(len(self.nodes))).split("."))
        return self._add(Node(names, layer, (value,), x, layer.infer(x), origin))

    def again(self, value: int, node: int, application: int = 1) -> int:
        """Adds the layer that gives value `node` once more, behind `value`."""
        first = self.nodes[node - len(self.inputs)]
        assert isinstance(first, Node)
        x = self.shape(value)
        return self._add(Node(first.path, first.layer, (value,), x, first.layer.infer(x), first.origin, application))

    def merge(self, keyword: str, *values: int, level: Path = (), label: str | None = None) -> int:
        """Adds `add`, `concat` or `multiply` of values."""
        merge, shapes = MERGES[keyword], tuple(map(self.shape, values))
        return self._add(MergeNode(level, merge, values, shapes, merge.infer(shapes), Origin(PLACE, PLACE, {}), label))

    def network(
        self, *returns: int, name: str = "Graph", blocks: dict[Path, BlockCall] | None = None, recipe: Recipe | None = None
    ) -> Network:
        """Returns the network of everything added, with these values as outputs, the last one if none is named."""
        outputs = returns or (len(self.inputs) + len(self.nodes) - 1,)
        return Network(name, SOURCE, self.inputs, tuple(self.nodes), outputs, blocks or {}, recipe=recipe)

    def _add(self, node: Node | MergeNode) -> int:
        self.nodes.append(node)
        return len(self.inputs) + len(self.nodes) - 1


def computed(network: Network, *inputs: torch.Tensor, weight: float | None = None) -> list[torch.Tensor]:
    """Returns all outputs of a network for batches of its inputs; `weight` is the value that all its weights have, if given."""
    values = list(inputs)
    modules: dict[Path, nn.Module] = {}
    for node in network.nodes:
        arriving = [values[number] for number in node.inputs]
        if isinstance(node, MergeNode):
            values.append(joined(node.keyword, arriving))
            continue
        module = modules.setdefault(node.path, construct(node.layer.torch(node.input)).to(inputs[0].dtype).eval())
        if weight is not None:
            for parameter in module.parameters():
                nn.init.constant_(parameter.requires_grad_(False), weight)
        values.append(module(*arriving))
    return [values[number] for number in network.returns]


def joined(keyword: str, values: list[torch.Tensor]) -> torch.Tensor:
    """Returns the sum or product of batches, or their channels one behind the other."""
    if keyword == "concat":
        return torch.cat(values, dim=1)
    total = values[0]
    for value in values[1:]:
        total = total + value if keyword == "add" else total * value
    return total
