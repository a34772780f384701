"""Where the values of a network lie: which share a storage, and how long each storage lives."""

from __future__ import annotations

from cnnspec.network.network import Network, Node, Path
from cnnspec.values.shapes import Dim


class Storages:
    """The storages of a network, each named by the number of the value that was written into it first, its root."""

    def __init__(self, network: Network, training: bool) -> None:
        self.network = network
        self.inputs = len(network.inputs)
        self._roots = list(range(self.inputs))
        for position, node in enumerate(network.nodes):
            shares = isinstance(node, Node) and node.layer.shares_storage(training)
            self._roots.append(self._roots[node.inputs[0]] if shares else self.value_of(position))

    def value_of(self, position: int) -> int:
        """Returns the number of the value that a node gives."""
        return self.inputs + position

    def root(self, value: int) -> int:
        return self._roots[value]

    def is_root(self, value: int) -> bool:
        return self._roots[value] == value

    def size(self, root: int) -> Dim:
        """Returns how many numbers a storage holds for one sample."""
        return self.network.shape(root).features

    def lifetimes(self) -> dict[int, int]:
        """Returns for each storage the position of the last node in whose time it is alive; their number for what is returned.

        The caller holds the inputs of the network, and what calls a module holds the module's inputs while it runs.
        """
        nodes = self.network.nodes
        ends = {root: root - self.inputs for root in self._roots if root >= self.inputs}
        ends |= dict.fromkeys((self._roots[value] for value in (*range(self.inputs), *self.network.returns)), len(nodes))
        for position, calls in enumerate(_calls(self.network)):
            for value in nodes[position].inputs:
                made = value - self.inputs
                end = next((end for start, end in calls if made < start), position)
                root = self._roots[value]
                ends[root] = max(ends[root], end)
        return ends


def _calls(network: Network) -> list[list[tuple[int, int]]]:
    """Returns for each node the first and last positions of the nodes of each module call around it, the outermost first."""
    opened: list[
        tuple[tuple[Path, int], list[int]]
    ] = []  # of each level that is running: its name, and where it began and ends
    around: list[list[list[int]]] = []
    for position, node in enumerate(network.nodes):
        names = [(node.level[: depth + 1], node.application) for depth in range(len(node.level))]
        same = 0
        while same < min(len(names), len(opened)) and names[same] == opened[same][0]:
            same += 1
        del opened[same:]
        opened += [(name, [position, position]) for name in names[same:]]
        for _, span in opened:
            span[1] = position
        around.append([span for _, span in opened])
    return [[(start, end) for start, end in spans] for spans in around]
