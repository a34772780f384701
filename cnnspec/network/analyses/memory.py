"""How much memory the values of a network take while it runs, without gradients: its peak over the layers. No torch.

Counted is what torch allocates for values, each storage once: a layer's input and output are alive together, and views
(`flatten`, `permute`, dropout in evaluation) lie in their input's storage. Python holds the arguments of a call, so a value
that goes into a module lives until the module has run. Not counted: what a kernel takes for itself while it runs, and what an
allocator keeps in reserve. The tests measure torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cnnspec.layers.base import Saved
from cnnspec.network.analyses.storages import Storages
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.values.dims import Dim, largest

INDEX_BYTES = 8  # of an int64


@dataclass(frozen=True, slots=True)
class Held:
    """What is alive at a time: numbers and indices (int64) of each sample, and numbers that a batch has once."""

    numbers: Dim = 0
    indices: Dim = 0
    once: Dim = 0

    def bytes(self, number_bytes: int, batch: int = 1) -> Dim:
        """Returns the bytes for a batch, where a number has `number_bytes`."""
        return (self.numbers * batch + self.once) * number_bytes + self.indices * (INDEX_BYTES * batch)


def inference_steps(network: Network) -> Iterator[Held]:
    """Yields what is alive while each node runs, for one sample, without gradients; the network's inputs always are."""
    storages = Storages(network, training=False)
    released: list[list[int]] = [[] for _ in range(len(network.nodes) + 1)]
    for root, end in storages.lifetimes().items():
        released[end].append(root)
    alive = input_numbers(network)
    for position, node in enumerate(network.nodes):
        if storages.is_root(storages.value_of(position)):
            alive = alive + node.output.features
        scratch = _scratch(node)
        yield Held(alive + scratch.numbers, scratch.indices)
        for root in released[position]:
            alive = alive - storages.size(root)


def inference_memory(network: Network, number_bytes: int, batch: int = 1) -> Dim:
    """Returns the most bytes that are alive at once, for a batch whose numbers have `number_bytes`."""
    steps = (Held(input_numbers(network)), *inference_steps(network))
    return largest(step.bytes(number_bytes, batch) for step in steps)


def input_numbers(network: Network) -> Dim:
    """Returns how many numbers one sample has, of all inputs together."""
    return sum(given.shape.features for given in network.inputs)


def _scratch(node: Node | MergeNode) -> Saved:
    """Returns what a node makes besides its output in inference: of more than two summands or factors what they give so far."""
    if isinstance(node, Node):
        return Saved() if node.layer.shares_storage(training=False) else node.layer.scratch(node.input, node.output)
    is_repeated = len(node.inputs) > 2 and node.keyword != "concat"
    return Saved(numbers=node.output.features) if is_repeated else Saved()
