"""Which layers overwrite values that are read afterwards, and whether that makes a difference. No torch.

A layer with `inplace=true` writes into the storage of its input, where other values may lie as well: views of the same numbers,
and what other such layers gave. It does no harm where it leaves them as they are (`relu` behind `relu`), where
all that read them afterwards see no difference (`relu` at the beginning of each branch), or where the network does not need
what comes of it. The nodes run in their order, so "afterwards" is a matter of positions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, cast

from cnnspec.layers.base import Layer
from cnnspec.network.lints.clipping import kept, moves, told_apart
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.values.dims import Dim
from cnnspec.values.ranges import Range

Part: TypeAlias = tuple[Dim, Dim]  # channels from the first to before the second


class Overwritten(NamedTuple):
    """The position of the first node that reads an overwritten value, None where the network returns it; and when."""

    reader: int | None
    in_training: bool


def find_overwritten(network: Network) -> dict[int, Overwritten]:
    """Returns the layers that overwrite what is read afterwards, by the number of the value that comes out of them.

    Dropout hands on its input in evaluation, so both modes are looked at. Each layer that is found counts as mended for those
    behind it, so that of several layers which overwrite one value only those are named that have to be changed.
    """
    reading = _Reading(network)
    in_evaluation = {value: Overwritten(reader, False) for value, reader in _Walk(reading, False).run()}
    return in_evaluation | {value: Overwritten(reader, True) for value, reader in _Walk(reading, True).run()}


class _Reading:
    """Who reads each value, whether the network needs it, and between which bounds its numbers lie."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.first = len(network.inputs)
        count = self.first + len(network.nodes)
        self.ranges = network.ranges
        self.returned = frozenset(network.returns)
        self.readers: list[list[int]] = [[] for _ in range(count)]
        self.is_needed = [value in self.returned for value in range(count)]
        for position, node in enumerate(network.nodes):
            for value in node.inputs:
                self.readers[value].append(position)
        for position in range(len(network.nodes) - 1, -1, -1):
            if self.is_needed[self.first + position]:
                for value in network.nodes[position].inputs:
                    self.is_needed[value] = True

    def last(self, value: int) -> int:
        """Returns the position of the last node that reads a value, their number where the network returns it."""
        if value in self.returned:
            return len(self.network.nodes)
        return self.readers[value][-1] if self.readers[value] else -1

    def noticed(self, whole: int, position: int, clip: Range | None, written: Part | None) -> tuple[bool, int | None]:
        """Returns whether the result changes with a value that is overwritten at a position, and who reads it then.

        `clip` are the numbers that are not changed, where the others stay on their side of these: whoever tells no numbers
        apart on either side notices nothing, be it behind layers that only move numbers. `written` are the channels that are
        overwritten, None for all.
        """
        values, seen = [(whole, position)], {whole}
        while values:
            value, after = values.pop()
            if value in self.returned:
                return True, None
            for reader in self.readers[value]:
                given, node = self.first + reader, self.network.nodes[reader]
                if reader <= after or not self.is_needed[given]:
                    continue
                if value == whole and written is not None and _takes_others(node, written):
                    continue
                is_moved = moves(node)
                if clip is None or not (is_moved or _is_blind(node, clip)):
                    return True, reader
                if is_moved and given not in seen:
                    seen.add(given)
                    values.append((given, reader))
        return False, None


def _is_blind(node: Node | MergeNode, clip: Range) -> bool:
    return isinstance(node, Node) and clip.covers(told_apart(node.layer))


def _takes_others(node: Node | MergeNode, written: Part) -> bool:
    """Returns whether a node takes other channels only than those that are written."""
    return isinstance(node, Node) and node.keyword == "slice" and _are_apart(written, _sliced(node))


def _sliced(node: Node) -> Part:
    return cast(Part, node.layer.torch(node.input).positional)  # which counts from the front


def _are_apart(one: Part, other: Part) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]


class _Walk:
    """Where values lie, node by node, in training or in evaluation."""

    def __init__(self, reading: _Reading, in_training: bool) -> None:
        self.reading = reading
        self.in_training = in_training
        count = reading.first
        self.storages = [[value] for value in range(count)]  # of each value: all that lie where it lies and are still read
        self.is_in_order = [True] * count  # whether the numbers lie in memory in their order, which flattening needs
        self.sources = list(range(count))  # of each value: the first that is the same tensor
        self.parts: list[dict[int, Part]] = [{} for _ in range(count)]  # which channels of what

    def run(self) -> Iterator[tuple[int, int | None]]:
        """Yields the layers that overwrite what is read afterwards: the values that they give, and who reads."""
        for position, node in enumerate(self.reading.network.nodes):
            value = self.reading.first + position
            noticed, reader = self.overwrites(node, position) if isinstance(node, Node) else (False, None)
            if noticed:
                yield value, reader
            self.place(node, value, is_mended=noticed)

    def writes(self, layer: Layer) -> bool:
        return layer.is_in_place and (self.in_training or "dropout" not in layer.keyword)

    def overwrites(self, node: Node, position: int) -> tuple[bool, int | None]:
        """Returns whether a layer overwrites what makes a difference, and who reads that."""
        if not self.writes(node.layer):
            return False, None
        reading, clip = self.reading, kept(node.layer)
        taken = node.inputs[0]
        storage = self.storages[taken]
        storage[:] = [value for value in storage if reading.last(value) >= position]
        for value in storage:
            if self.is_apart(value, taken) or (clip is not None and clip.covers(reading.ranges[value])):
                continue
            noticed, reader = reading.noticed(value, position, clip, self.parts[taken].get(self.sources[value]))
            if noticed:
                return True, reader
        return False, None

    def is_apart(self, one: int, other: int) -> bool:
        """Returns whether two values in one storage are slices that have nothing in common."""
        parts, others = self.parts[one], self.parts[other]
        return any(_are_apart(parts[value], others[value]) for value in parts.keys() & others)

    def place(self, node: Node | MergeNode, value: int, *, is_mended: bool) -> None:
        """Notes where the value lies that a node gives."""
        taken = node.inputs[0]
        is_alone = len(node.inputs) == 1
        if isinstance(node, MergeNode):
            shares = is_alone and node.keyword != "concat"
        else:
            shares = node.layer.shares_storage(self.in_training) and not is_mended and not self.is_copied(node)
        keeps_order = all(self.is_in_order[number] for number in node.inputs)
        self.is_in_order.append((keeps_order and not _permutes(node)) or self.is_copied(node))
        if not shares:
            self.storages.append([value])
            self.sources.append(value)
            self.parts.append({})
            return
        self.storages.append(self.storages[taken])
        self.storages[taken].append(value)
        is_same = isinstance(node, MergeNode) or not node.layer.is_view or node.keyword == "identity"
        self.sources.append(self.sources[taken] if is_same else value)
        self.parts.append(self.parts[taken])
        if isinstance(node, Node) and node.keyword == "slice":
            self.parts[-1] = {**self.parts[taken], self.sources[taken]: _sliced(node)}

    def is_copied(self, node: Node | MergeNode) -> bool:
        """Returns whether torch has to copy numbers to join their axes; it is taken as so where their order is not known."""
        return node.keyword in ("flatten", "reshape") and not self.is_in_order[node.inputs[0]]


def _permutes(node: Node | MergeNode) -> bool:
    """Returns whether a node gives numbers in another order in memory than that of the axes."""
    return node.keyword == "permute" or (isinstance(node, Node) and getattr(node.layer, "axis", None) == "channels")
