"""Which inputs a network takes: all of them, by freeing the sizes of its inputs and solving what its layers ask for.

The nodes are replayed with symbolic sizes. What layers and merges refuse becomes conditions (a window fits, merged sizes are
equal), and so does that each module is the one that was built: `linear` after `flatten` takes as many features as it has
weights for. Where two sizes meet that may be equal, or one of which may be 1 and serve all positions, each possibility is
replayed for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.layers.problems import LayerProblem
from cnnspec.network.network import Network, Node
from cnnspec.network.symbolic.ways import Way, beyond, distance, joined, ordered
from cnnspec.values.assumptions import Assumptions
from cnnspec.values.call import calls_differ
from cnnspec.values.conditions import Condition
from cnnspec.values.dims import assuming
from cnnspec.values.integer_sets import EVERY
from cnnspec.values.shapes import AXIS_NAMES, Shape
from cnnspec.values.sizes import Size, symbolic
from cnnspec.values.solve import MAX_PERIOD

Inputs: TypeAlias = Sequence[tuple[str | None, Shape]]  # names, None where there is none, and shapes

LETTERS = {"depth": "D", "height": "H", "width": "W"}
MOST_WORLDS = 200  # ways in which merged sizes may meet


@dataclass(frozen=True)
class ValidSizes:
    """The sizes of the inputs for which a network works: those of one of the `ways`.

    `shapes` are the inputs in these symbols; `declared` is the input as it stands in the file, where that has numbers.
    `spread` are those of the ways in which a size of 1 serves all positions of a larger one, so that the shapes that come out
    are not those of the formulas.
    """

    symbols: tuple[str, ...]
    shapes: tuple[Shape, ...]
    ways: tuple[Way, ...]
    declared: Mapping[str, int] | None = None
    spread: tuple[Way, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Returns whether nothing is left open."""
        return not any(way.open for way in self.ways)

    def __contains__(self, sizes: object) -> bool:
        """Returns whether these values of the symbols are valid, as far as that is decided."""
        return any(sizes in way for way in self.ways)

    def nearest(self, sizes: Mapping[str, int]) -> list[dict[str, int]]:
        """Returns the nearest valid sizes, then those with all symbols from below, and from above; all are of one way."""
        found = [near for way in self.ways if not way.open and (near := way.nearest(sizes))]
        return min(found, key=lambda near: distance(near[0], sizes), default=[])

    @property
    def smallest(self) -> dict[str, int]:
        """Returns the smallest value of each symbol, in the way of the declared sizes or the first one."""
        return {name: members.smallest for name, members in self.ways[0].sets.items()}


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
    usual: list[Way] = []
    spread: list[Way] = []
    for world, values in _worlds(network, shapes, max_period):
        found = [
            Way({name: box.get(name, EVERY) for name in names}, tuple(dict.fromkeys(map(str, world.undecided))))
            for box in world.boxes()
        ]
        is_spread = declared is None and values != [node.output for node in network.nodes]
        (spread if is_spread else usual).extend(found)
    ways = tuple(ordered(joined([*usual, *spread]), declared))
    return ValidSizes(names, shapes, ways, declared, tuple(joined(beyond(spread, usual))))


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


def _worlds(network: Network, shapes: Sequence[Shape], max_period: int) -> Iterator[tuple[Assumptions, list[Shape] | None]]:
    """Yields what is assumed in each of the ways in which merged sizes may meet, and what the nodes give then."""
    scripts: list[tuple[int, ...]] = [()]
    for _ in range(MOST_WORLDS):
        if not scripts:
            return
        world = Assumptions(max_period, scripts.pop())
        values = _replay(network, shapes, world) if all(map(world.assume, network.conditions)) else None
        scripts += world.untried
        if values is not None:
            yield world, values
    if scripts:
        world = Assumptions(max_period)
        world.open[Condition()] = "there are too many ways"
        yield world, None


def _replay(network: Network, shapes: Sequence[Shape], world: Assumptions) -> list[Shape] | None:
    """Returns what the nodes of a network give, having noted what that takes; None where it cannot work."""
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
                        return None
                values.append(y)
            except LayerProblem:
                return None
    return values[len(shapes) :]
