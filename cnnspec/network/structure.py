"""The modules that a network consists of, nested as the paths say: which calls which, with which values. Imports no torch.

A level of names is a module that can be called where its nodes stand together. `reuse` runs the nodes of a module again,
which is another call of it. A level in whose body something outside of it is reused cannot be called, because a module does
not own what stands outside: it only holds its modules (their names in `state_dict` stay), and the nearest level around that
owns everything calls them by dotted names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from cnnspec.network.bodies import Body, Item, find_bodies, levels_below
from cnnspec.network.network import BlockCall, MergeNode, Network, Node, Path
from cnnspec.values.shapes import Shape


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a forward pass: a module is called, or values are merged.

    `target` is the name of a child, dotted where it stands deeper (`tower.conv1`), or the merge. `inputs` and `outputs` are
    local numbers of values, `shapes` those of the outputs (in the first call, where modules are called again).
    """

    target: str | MergeNode
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A level of names. Values have local numbers: first the `takes` that come in, then what each step gives, in order.

    `children` are in the order of `state_dict`; layers are the nodes that introduce them. `gives` are the values that the
    module returns, the one made last first (of the network itself: in the order of `output`). `block` is what it is a call
    of, if it is one.
    """

    path: Path
    children: dict[str, Module | Node]
    steps: tuple[Step, ...]
    takes: int
    gives: tuple[int, ...]
    block: BlockCall | None = None

    @property
    def is_container(self) -> bool:
        """Returns whether it only holds modules that others call."""
        return not self.steps

    @property
    def is_chain(self) -> bool:
        """Returns whether it calls its children one after the other, each once: what nn.Sequential does."""
        if self.takes != 1 or self.gives != (len(self.steps),) or len(self.steps) != len(self.children):
            return False
        return all(
            step.target == name and step.inputs == (position,) and step.outputs == (position + 1,)
            for position, (name, step) in enumerate(zip(self.children, self.steps, strict=True))
        )


def structure(network: Network) -> Module:
    """Returns the network as a module. The time is linear in the number of nodes, and in the depth of their names."""
    return _Builder(network).build()


_Values: TypeAlias = tuple[int, ...]  # the numbers of one value in all calls of a module


class _Use(NamedTuple):
    """Where a value is used: a node, counted from the first of a body, and which of its inputs."""

    node: int
    position: int


class _Builder:
    """Makes the modules of a network, inner ones first: what a module takes and gives follows from what it calls."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.nodes = network.nodes
        self.inputs = len(network.inputs)
        self.bodies = find_bodies(network)
        self.last_uses = _last_uses(network)
        self.taken: dict[Path, list[_Use]] = {}  # one use of each value that a module takes
        self.given: dict[Path, list[int]] = {}  # the nodes that make what it gives, counted from the first of its body

    def build(self) -> Module:
        levels = _levels(self.nodes)
        modules: dict[Path, Module] = {}
        for path in sorted(levels, key=len, reverse=True):
            children = {name: modules[(*path, name)] if node is None else node for name, node in levels[path].items()}
            modules[path] = self.module(path, children)
        return modules[()]

    def module(self, path: Path, children: dict[str, Module | Node]) -> Module:
        body = self.bodies.get(path)
        block = self.network.blocks.get(path)
        if body is None:
            return Module(path, children, (), 0, (), block)
        numbers = self.arguments(body)
        takes = len(numbers)
        steps = []
        for item in body.items:
            inputs = tuple(numbers[self.used(body, use)] for use in self.uses(body, item))
            made = self.makes(item)
            outputs = tuple(range(len(numbers), len(numbers) + len(made)))
            numbers.update(zip((self.made(body, node) for node in made), outputs, strict=True))
            shapes = tuple(self.nodes[body.start + node].output for node in made)
            steps.append(Step(self.target(body, item), inputs, outputs, shapes))
        gives = tuple(numbers[values] for values in self.results(body))
        return Module(path, children, tuple(steps), takes, gives, block)

    def arguments(self, body: Body) -> dict[_Values, int]:
        """Returns the local numbers of the values that a body takes, in the order of first use; the network takes its inputs.

        Two uses are of one value where they are so in every call, since one forward pass serves them all.
        """
        if not body.path:
            return {(value,): value for value in range(self.inputs)}
        first_uses: dict[_Values, _Use] = {}
        for item in body.items:
            for use in self.uses(body, item):
                if self.nodes[body.start + use.node].inputs[use.position] < self.inputs + body.start:
                    first_uses.setdefault(self.used(body, use), use)
        self.taken[body.path] = list(first_uses.values())
        return {values: number for number, values in enumerate(first_uses)}

    def results(self, body: Body) -> list[_Values]:
        """Returns the values that a body gives: what any call's surroundings use, or the last one where nothing is used."""
        if not body.path:
            return [(value,) for value in self.network.returns]
        nodes = sorted(node for item in body.items for node in self.makes(item))
        used = [node for node in nodes if self.is_used_outside(body, node)] or nodes[-1:]
        self.given[body.path] = [used[-1], *used[:-1]]
        return [self.made(body, node) for node in self.given[body.path]]

    def is_used_outside(self, body: Body, node: int) -> bool:
        return any(self.last_uses[start + node] >= start + body.size for start in body.calls)

    def uses(self, body: Body, item: Item) -> list[_Use]:
        """Returns the uses of the values that go into an item."""
        if item.path is not None:
            return [_Use(item.offset + node, position) for node, position in self.taken[item.path]]
        return [_Use(item.offset, position) for position in range(len(self.nodes[body.start + item.offset].inputs))]

    def makes(self, item: Item) -> list[int]:
        """Returns the nodes, counted from the first of the body, whose values come out of an item."""
        return [item.offset] if item.path is None else [item.offset + node for node in self.given[item.path]]

    def used(self, body: Body, use: _Use) -> _Values:
        return tuple(self.nodes[start + use.node].inputs[use.position] for start in body.calls)

    def made(self, body: Body, node: int) -> _Values:
        return tuple(self.inputs + start + node for start in body.calls)

    def target(self, body: Body, item: Item) -> str | MergeNode:
        node = self.nodes[body.start + item.offset]
        if item.path is not None:
            return _dotted(item.path, body.path)
        return _dotted(node.path, body.path) if isinstance(node, Node) else node


def _dotted(path: Path, around: Path) -> str:
    return ".".join(path[len(around) :])


def _last_uses(network: Network) -> list[int]:
    """Returns for each node where its value is used last: a node's position, their number where the network returns it."""
    last_uses = [-1] * len(network.nodes)
    inputs = len(network.inputs)
    for position, node in enumerate(network.nodes):
        for value in node.inputs:
            if value >= inputs:
                last_uses[value - inputs] = position
    for value in network.returns:
        if value >= inputs:
            last_uses[value - inputs] = len(network.nodes)
    return last_uses


def _levels(nodes: Sequence[Node | MergeNode]) -> dict[Path, dict[str, Node | None]]:
    """Returns what every level of names holds, in the order in which it is introduced: layers, and None for levels."""
    levels: dict[Path, dict[str, Node | None]] = {(): {}}
    last: Path = ()
    for node in nodes:
        if node.application:
            continue
        level = node.level
        for path in levels_below(last, level):
            levels[path[:-1]].setdefault(path[-1], None)
            levels.setdefault(path, {})
        last = level
        if isinstance(node, Node):
            levels[level][node.path[-1]] = node
    return levels
