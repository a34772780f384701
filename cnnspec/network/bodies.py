"""Which stretches of a network's nodes are calls of a module: the level where they are introduced, and each `reuse` of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cnnspec.network.network import MergeNode, Network, Node, Path


class Item(NamedTuple):
    """One thing that a body does: its node at `offset` (a layer or a merge), or a call of the module `path` from there."""

    offset: int
    path: Path | None = None


@dataclass(slots=True)
class Body:
    """What a module does: the `size` nodes from `start`, as items. `calls` are the places where such stretches start."""

    path: Path
    start: int
    size: int
    items: list[Item] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)


def find_bodies(network: Network) -> dict[Path, Body]:
    """Returns the body of every module that can be called, outer ones first: the network's own is that of `()`."""
    reader = _Reader(network.nodes, len(network.inputs))
    reader.read((), 0, len(network.nodes))
    bodies = dict(sorted(reader.bodies.items(), key=lambda entry: len(entry[0])))
    bodies[()].calls.append(0)
    for body in bodies.values():
        for item in body.items:
            if item.path is not None:
                bodies[item.path].calls += [start + item.offset for start in body.calls]
    return bodies


class _Reader:
    def __init__(self, nodes: Sequence[Node | MergeNode], inputs: int) -> None:
        self.nodes = nodes
        self.levels = [node.level for node in nodes]
        self.inputs = inputs
        self.containers = _containers(nodes)
        self.bodies: dict[Path, Body] = {}

    def read(self, path: Path, start: int, end: int) -> None:
        """Notes some nodes as the body of a module."""
        body = self.bodies[path] = Body(path, start, end - start)
        body.items = [Item(position - start, called) for position, called in self.items(len(path), start, end)]

    def items(self, depth: int, start: int, end: int) -> Iterator[tuple[int, Path | None]]:
        """Yields what nodes at `depth` or deeper do, as positions of nodes and the modules that are called there."""
        while start < end:
            level = self.levels[start]
            if len(level) == depth:
                yield start, None
                start += 1
                continue
            path = level[: depth + 1]
            stop = self.stop(path, start, end)
            if path not in self.containers and self.is_call(path, start, stop):
                yield start, path
            else:
                yield from self.items(depth + 1, start, stop)
            start = stop

    def stop(self, path: Path, start: int, end: int) -> int:
        """Returns where a call ends: before a node of another module, or of a `reuse` that stands outside of this one."""
        depth = len(path)
        application = self.nodes[start].application
        for position in range(start + 1, end):
            if self.levels[position][:depth] != path:
                return position
            node = self.nodes[position]
            if node.application not in (0, application) and node.caller[:depth] != path:
                return position
        return end

    def is_call(self, path: Path, start: int, stop: int) -> bool:
        """Returns whether nodes do what the body of a module does, which the first ones that are met define."""
        body = self.bodies.get(path)
        if body is None:
            self.read(path, start, stop)
            return True
        if body.size != stop - start:
            return False
        return all(self.is_alike(body.start, start, offset) for offset in range(body.size))

    def is_alike(self, first: int, second: int, offset: int) -> bool:
        """Returns whether two stretches do the same at `offset`: a layer or merge takes values that were made alike."""
        one, other = self.nodes[first + offset], self.nodes[second + offset]
        if _operation(one) != _operation(other) or len(one.inputs) != len(other.inputs):
            return False
        for a, b in zip(one.inputs, other.inputs, strict=True):
            a, b = a - self.inputs - first, b - self.inputs - second
            if a != b and (a >= 0 or b >= 0):
                return False
        return True


def _operation(node: Node | MergeNode) -> tuple[Path, str]:
    return (node.path, "") if isinstance(node, Node) else (node.level, node.keyword)


def _containers(nodes: Sequence[Node | MergeNode]) -> set[Path]:
    """Returns the levels that cannot be called: nodes of other modules run between theirs, or are reused in their bodies."""
    found: set[Path] = set()
    entered: set[Path] = set()
    last: Path = ()
    for node in nodes:
        for path in levels_below(last, node.level):
            if path in entered and not node.application:
                found.add(path)
            entered.add(path)
        last = node.level
        if node.application:
            found.update(levels_below(node.level, node.caller))
    return found


def levels_below(outer: Path, inner: Path) -> Iterator[Path]:
    """Yields the levels around and at `inner` that are not around or at `outer`."""
    if outer == inner:
        return
    shared = 0
    while shared < min(len(outer), len(inner)) and outer[shared] == inner[shared]:
        shared += 1
    for depth in range(shared, len(inner)):
        yield inner[: depth + 1]
