"""Networks put together by hand, value by value, for tests of what comes after elaboration; and what they compute, as trees.

All values are of one shape, so that layers and merges may follow each other in any way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cnnspec.layers.merges import MERGES
from cnnspec.layers.registry import lookup
from cnnspec.network.network import BlockCall, MergeNode, Network, NetworkInput, Node, Origin, Path
from cnnspec.network.structure import Module
from cnnspec.source import Source, Span
from cnnspec.values.shapes import Shape

SHAPE = Shape((2, 4, 4))
NOWHERE = Source("hand.cnn", "")
ORIGIN = Origin(Span(NOWHERE, 0, 0), Span(NOWHERE, 0, 0), {})


def _layer() -> Any:
    word = lookup("conv")
    assert word is not None
    return word.kind.model_validate({"out_channels": 2, "kernel": 1})


LAYER = _layer()


class Hand:
    """Collects nodes. Names are dotted; `value` is what the last call gave, which the next takes where nothing else is said."""

    def __init__(self, inputs: int = 1) -> None:
        self.inputs = inputs
        self.nodes: list[Node | MergeNode] = []
        self.value = 0
        self.applications = 0

    def layer(self, name: str, value: int | None = None) -> int:
        inputs = (self.value if value is None else value,)
        return self._add(Node(tuple(name.split(".")), LAYER, inputs, SHAPE, SHAPE, ORIGIN))

    def merge(self, level: str, *values: int, keyword: str = "add") -> int:
        merge = MERGES[keyword]
        return self._add(MergeNode(path(level), merge, values, (SHAPE,) * len(values), SHAPE, ORIGIN))

    def reuse(self, start: int, end: int, entry: int, caller: str = "") -> int:
        """Runs the nodes from `start` to `end` again, on the current value in the place of the value `entry`."""
        values = {entry: self.value}
        numbers: dict[int, int] = {}
        for node in self.nodes[start:end]:
            if node.application not in numbers:
                self.applications += 1
                numbers[node.application] = self.applications
            stands = node.caller if node.application else path(caller)
            inputs = tuple(values.get(value, value) for value in node.inputs)
            before = self.inputs + self.nodes.index(node)
            values[before] = self._add(replace(node, inputs=inputs, application=numbers[node.application], caller=stands))
        return self.value

    def network(self, *returns: int, blocks: dict[Path, BlockCall] | None = None) -> Network:
        inputs = tuple(NetworkInput(SHAPE) for _ in range(self.inputs))
        return Network("Hand", NOWHERE, inputs, tuple(self.nodes), returns or (self.value,), blocks or {})

    def _add(self, node: Node | MergeNode) -> int:
        self.nodes.append(node)
        self.value = self.inputs + len(self.nodes) - 1
        return self.value


def path(name: str) -> Path:
    return tuple(name.split(".")) if name else ()


class Trees:
    """Numbers for expressions: two values have the same number where the same layers and merges made them alike."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, tuple[int, ...]], int] = {}
        self.made = 0

    def apply(self, operation: str, *values: int) -> int:
        self.made += 1
        return self.known.setdefault((operation, values), len(self.known))

    def flat(self, network: Network) -> list[int]:
        """Returns what a network returns, computed node by node."""
        values = self.arguments(network)
        for node in network.nodes:
            operation = node.name if isinstance(node, Node) else node.keyword
            values.append(self.apply(operation, *(values[value] for value in node.inputs)))
        return [values[value] for value in network.returns]

    def nested(self, network: Network, module: Module) -> list[int]:
        """Returns what a network returns, computed by its modules."""
        return self.forward(module, self.arguments(network))

    def forward(self, module: Module, arguments: list[int]) -> list[int]:
        assert len(arguments) == module.takes
        values = list(arguments)
        for step in module.steps:
            inputs = [values[value] for value in step.inputs]
            called = step.target if isinstance(step.target, MergeNode) else find(module, step.target)
            if isinstance(called, Module):
                given = self.forward(called, inputs)
            else:
                given = [self.apply(called.name if isinstance(called, Node) else called.keyword, *inputs)]
            assert step.outputs == tuple(range(len(values), len(values) + len(given)))
            assert len(step.shapes) == len(given)
            values += given
        return [values[value] for value in module.gives]

    def arguments(self, network: Network) -> list[int]:
        return [-1 - position for position in range(len(network.inputs))]


def find(module: Module, target: str) -> Module | Node:
    found: Module | Node = module
    for name in target.split("."):
        assert isinstance(found, Module)
        found = found.children[name]
    return found
