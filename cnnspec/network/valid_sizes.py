"""Which inputs a network takes: all of them, by freeing the sizes of its inputs and solving what its layers ask for.

The nodes are replayed with symbolic sizes. What layers and merges refuse becomes conditions (a window fits, merged sizes are
equal), and so does that each module is the one that was built: `linear` after `flatten` takes as many features as it has
weights for. Where two sizes meet that may be equal, or one of which may be 1 and serve all positions, each possibility is
replayed for itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.layers.problems import LayerProblem
from cnnspec.network.network import Network, Node
from cnnspec.values.assumptions import Assumptions, Box
from cnnspec.values.call import calls_differ
from cnnspec.values.conditions import Condition
from cnnspec.values.dims import assuming
from cnnspec.values.integer_sets import EVERY, IntegerSet
from cnnspec.values.shapes import AXIS_NAMES, Shape
from cnnspec.values.sizes import Size, symbolic
from cnnspec.values.solve import MAX_PERIOD

Inputs: TypeAlias = Sequence[tuple[str | None, Shape]]  # names, None where there is none, and shapes

LETTERS = {"depth": "D", "height": "H", "width": "W"}
MOST_WORLDS = 200  # ways in which merged sizes may meet


@dataclass(frozen=True)
class ValidSizes:
    """The sizes of the inputs for which a network works: any combination from one of the `boxes`.

    `shapes` are the inputs in these symbols. `open` are conditions that are not decided: within the boxes the network works
    where they hold. `declared` is the input as it stands in the file, where that has numbers.
    """

    symbols: tuple[str, ...]
    shapes: tuple[Shape, ...]
    boxes: tuple[Box, ...]
    open: tuple[str, ...] = ()
    declared: Mapping[str, int] | None = None

    @property
    def is_exact(self) -> bool:
        """Returns whether nothing is left open."""
        return not self.open

    def __contains__(self, sizes: object) -> bool:
        """Returns whether these values of the symbols are in one of the boxes."""
        assert isinstance(sizes, Mapping)
        return any(all(sizes[name] in members(box, name) for name in self.symbols) for box in self.boxes)

    def nearest(self, sizes: Mapping[str, int]) -> list[dict[str, int]]:
        """Returns the nearest combinations, from below and from above, the nearer one first; both are of one box."""
        found = [near for box in self.boxes if (near := self._near(box, sizes))]
        return min(found, key=lambda near: _distance(near[0], sizes), default=[])

    def _near(self, box: Box, sizes: Mapping[str, int]) -> list[dict[str, int]]:
        ends = {name: members(box, name).nearest(sizes[name]) for name in self.symbols}
        found: list[dict[str, int]] = []
        for side in (0, 1):
            near = {name: pair[side] if pair[side] is not None else pair[1 - side] for name, pair in ends.items()}
            known = {name: number for name, number in near.items() if number is not None}
            if len(known) == len(near) and known not in found:
                found.append(known)
        return sorted(found, key=lambda near: _distance(near, sizes))

    @property
    def smallest(self) -> dict[str, int]:
        """Returns the smallest value of each symbol, in the box that holds the declared sizes or comes first."""
        return {name: members(self.boxes[0], name).smallest for name in self.symbols}


def _distance(near: Mapping[str, int], sizes: Mapping[str, int]) -> int:
    return sum(abs(near[name] - sizes[name]) for name in near)


def members(box: Box, name: str) -> IntegerSet:
    """Returns what a symbol may be within a box."""
    return box.get(name, EVERY)


def valid_sizes(network: Network, max_period: int = MAX_PERIOD) -> ValidSizes:
    """Returns the inputs that a network takes; with symbols in its inputs these are solved for, else all positions are freed.

    A pattern that repeats only after more than `max_period` sizes is left open.
    """
    inputs = [(given.name, given.shape) for given in network.inputs]
    if any(shape.is_symbolic for _, shape in inputs):
        declared, shapes = None, tuple(shape for _, shape in inputs)
    else:
        declared = {name: inputs[number][1].sizes[axis] for name, number, axis in position_names(inputs)}
        shapes = tuple(freed(inputs))
    names = tuple(
        dict.fromkeys(name for shape in shapes for size in shape.sizes if isinstance(size, Size) for name in size.symbols)
    )
    boxes: list[Box] = []
    left: dict[str, None] = {}
    for world in _worlds(network, shapes, max_period):
        boxes += world.boxes()
        left.update({f"{condition}": None for condition in world.undecided})
    return ValidSizes(names, shapes, tuple(_ordered(_joined(boxes, names), names, declared)), tuple(left), declared)


def _joined(boxes: list[Box], names: Sequence[str]) -> list[Box]:
    """Returns boxes that say the same, those that differ in one symbol only put together."""
    for first, second in itertools.combinations(boxes, 2):
        apart = [name for name in names if members(first, name).pattern != members(second, name).pattern]
        if len(apart) <= 1:
            both = {name: members(first, name) | members(second, name) for name in apart}
            rest = [box for box in boxes if box is not first and box is not second]
            return _joined([{**first, **both}, *rest], names)
    return boxes


def _ordered(boxes: list[Box], names: Sequence[str], declared: Mapping[str, int] | None) -> list[Box]:
    """Returns the box of the declared input first, or else those that treat all symbols alike."""
    if declared is not None:
        return sorted(boxes, key=lambda box: not all(declared[name] in members(box, name) for name in names))
    return sorted(boxes, key=lambda box: len({members(box, name).pattern for name in names}) > 1)


def position_names(inputs: Inputs) -> list[tuple[str, int, int]]:
    """Returns a letter for each position of the inputs that may be freed, with the input's number and the axis."""
    found = []
    for number, (label, shape) in enumerate(inputs):
        prefix = f"{label or number}." if len(inputs) > 1 else ""
        axes = AXIS_NAMES.get(shape.rank - 1, ())
        found += [(prefix + LETTERS[name], number, axis + 1) for axis, name in enumerate(axes)]
    return found


def freed(inputs: Inputs) -> Iterator[Shape]:
    """Yields the inputs with symbols for all positions; channels stay."""
    sizes = [list(shape.sizes) for _, shape in inputs]
    for name, number, axis in position_names(inputs):
        sizes[number][axis] = symbolic(name)
    yield from (Shape(tuple(free), shape.channels_first) for free, (_, shape) in zip(sizes, inputs, strict=True))


def _worlds(network: Network, shapes: Sequence[Shape], max_period: int) -> Iterator[Assumptions]:
    """Yields what is assumed in each of the ways in which merged sizes may meet."""
    scripts: list[tuple[int, ...]] = [()]
    for _ in range(MOST_WORLDS):
        if not scripts:
            return
        world = Assumptions(max_period, scripts.pop())
        possible = all(map(world.assume, network.conditions)) and _replay(network, shapes, world)
        scripts += world.untried
        if possible:
            yield world
    if scripts:
        world = Assumptions(max_period)
        world.open[Condition()] = "there are too many ways"
        yield world


def _replay(network: Network, shapes: Sequence[Shape], world: Assumptions) -> bool:
    """Returns whether a network can work, having noted what that takes."""
    values = list(shapes)
    seen: dict[tuple[int, Shape], Shape] = {}
    with assuming(world):
        for node in network.nodes:
            world.place = node
            try:
                if not isinstance(node, Node):
                    values.append(node.merge.infer([values[value] for value in node.inputs]))
                    continue
                x = values[node.inputs[0]]
                key = (id(node.layer), x)
                y = seen.get(key)
                if y is None:
                    y = seen[key] = node.layer.infer(x)
                    is_built = x != node.input and not node.input.is_symbolic
                    if is_built and calls_differ(node.layer.torch(x), node.layer.torch(node.input)):
                        return False
                values.append(y)
            except LayerProblem:
                return False
    return True
