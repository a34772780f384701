"""Under which other assumption a value would have another shape: another input, or one other argument of an earlier layer.

Found by solving, not by guessing: the layers that led to the value are asked, with their own rules, what would come out, in the
order of what an author most likely meant. What is offered has been replayed through the whole network before the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.network.network import Frame, Node
from cnnspec.network.remedies.replay import Change, can_replay, replay
from cnnspec.network.remedies.window_changes import FIELDS, Numbers, WindowChange, spanning, window_changes, window_pairs
from cnnspec.network.walk import AnyNode, Past
from cnnspec.values.shapes import Shape

Measure: TypeAlias = Callable[[Shape], int]  # 0 where a shape is right, below where it is too small, above where too large

MOST_NODES = 400  # in the network before the mistake
MOST_STEPS = 200  # applications of a layer in one search
MOST_LAYERS = 8  # with windows, from the mistake backwards
MOST_REPLAYS = 4
ANY = 1e3  # weighs more than all changes
LARGEST = 2048  # sizes of inputs
COMMON = frozenset((28, 32, 48, 64, 96, 112, 128, 160, 192, 224, 227, 256, 299, 320, 384, 416, 448, 512, 640, 1024))


class Assumption(NamedTuple):
    """A change: of the input, or of some arguments of a node."""

    change: Change
    node: Node | None = None
    arguments: Mapping[str, Numbers] = {}


class Search:
    """Looks for changes after which the value of a number is right, by its measure.

    `frames` are those of the mistake: a statement that stands for one layer so far may be changed there. `apart` is a value
    that must stay as it is.
    """

    def __init__(
        self, past: Past, value: int, measure: Measure, frames: tuple[Frame, ...] = (), apart: int | None = None
    ) -> None:
        self.past = past
        self.value = value
        self.measure = measure
        self.frames = frames
        self.apart = apart
        self.left = MOST_STEPS
        self.known: dict[tuple[int, Shape], Shape | None] = {}
        self.is_open = len(past.nodes) <= MOST_NODES and can_replay(past)
        self.steps, self.first = _steps(past, value) if self.is_open else ([], value)
        self.keeping = {number for number in self.steps if _keeps(past.nodes[number - past.declared])}

    def input(self, *, smallest: bool = False) -> Assumption | None:
        """Returns the input that is right: one of equal sides, of a common size or else the roundest.

        The `smallest` keeps the sides that are long enough.
        """
        past = self.past
        if not self.is_open or self.first >= past.declared or past.declared != 1:
            return None
        declared = past.shape(self.first)
        if declared.rank == 1:
            return None
        self.left = MOST_STEPS
        for side in self._sides(declared, smallest=smallest):
            sides = (max(side, size) if smallest else side for size in declared.spatial)
            change = Change(self.first, Shape((declared.channels, *sides)))
            if change.shape != declared and self.holds(change):
                return Assumption(change)
        return None

    def channels(self, wanted: int) -> Assumption | None:
        """Returns the nearest layer, or else the input, that would decide on this number of channels or features."""
        for number in reversed(self.steps):
            node = self.past.nodes[number - self.past.declared]
            if not isinstance(node, Node):
                continue
            field = next((name for name in ("out_channels", "out_features") if hasattr(node.layer, name)), None)
            if field is None:
                continue
            change = Change(number, layer=node.layer.model_copy(update={field: wanted}))
            return Assumption(change, node, {field: wanted}) if self.is_alone(node) and self.holds(change) else None
        if not self.is_open or self.first >= self.past.declared:
            return None
        change = Change(self.first, Shape((wanted, *self.past.shape(self.first).spatial)))
        return Assumption(change) if self.holds(change) else None

    def window(self, nearness: float, most: float = ANY, fields: Sequence[str] = FIELDS) -> Assumption | None:
        """Returns the most likely change of a kernel, stride or padding; `nearness` is what a layer further back weighs.

        What weighs more than `most` by itself is too unlikely to be told.
        """
        self.left = MOST_STEPS
        places = self._windows()
        found = [
            candidate
            for back, place in enumerate(places)
            for candidate in self._right(place, window_changes(self._window(place).layer, fields), back * nearness, most)
        ]
        if not found and places and "kernel" in fields:
            last = self._window(places[0])
            found = self._right(places[0], spanning(last.layer, last.input), 0, most)
        if not found and places:
            found = self._right(places[0], window_pairs(self._window(places[0]).layer, fields), 0, most)
        for _, place, window in sorted(found, key=lambda candidate: candidate[0])[:MOST_REPLAYS]:
            change = Change(self.steps[place], layer=window.layer)
            if self.holds(change):
                return Assumption(change, self._window(place), window.arguments)
        return None

    def _windows(self) -> list[int]:
        """Returns the places of the last layers with windows among the steps, the very last one first."""
        found: list[int] = []
        for place in reversed(range(len(self.steps))):
            node = self.past.nodes[self.steps[place] - self.past.declared]
            if isinstance(node, Node) and hasattr(node.layer, "kernel") and self.is_alone(node):
                found.append(place)
                if len(found) == MOST_LAYERS:
                    break
        return found

    def _window(self, place: int) -> Node:
        node = self.past.nodes[self.steps[place] - self.past.declared]
        assert isinstance(node, Node)
        return node

    def _right(
        self, place: int, changes: Iterable[WindowChange], further: float, most: float
    ) -> list[tuple[float, int, WindowChange]]:
        """Returns the changes of a layer after which the value would be right, with their weights and what `further` adds."""
        x = self._window(place).input
        found: list[tuple[float, int, WindowChange]] = []
        for change in changes:
            shape = self._applied(change.layer, x) if change.weight <= most else None
            end = shape and self._end(place + 1, shape)
            if end and self.measure(end) == 0:
                found.append((change.weight + further, place, change))
        return found

    def dropped(self, family: str) -> Node | None:
        """Returns the last layer of a family without which the value is right."""
        for number in reversed(self.steps):
            node = self.past.nodes[number - self.past.declared]
            if isinstance(node, Node) and node.layer.family == family and self.is_alone(node) and self.holds(Change(number)):
                return node
        return None

    def holds(self, change: Change) -> bool:
        """Returns whether the value is right with a change that nothing before it refuses."""
        changed = replay(self.past, change)
        if changed is None or self.apart in changed:
            return False
        return self.value in changed and self.measure(changed[self.value]) == 0

    def is_alone(self, node: Node) -> bool:
        """Returns whether the text of a layer stands for this layer only, as far as it has been read."""
        origin = node.origin
        if node.application or origin.frames not in ((), self.frames):
            return False
        return not origin.frames or sum(other.origin.statement == origin.statement for other in self.past.nodes) == 1

    def _sides(self, declared: Shape, *, smallest: bool) -> list[int]:
        """Returns the sides of inputs that come out right, likely ones first."""

        def sign(side: int) -> int:
            shape = self._end(0, Shape((declared.channels, *(side for _ in declared.spatial))))
            return -1 if shape is None else self.measure(shape)

        lowest = _first(lambda side: sign(side) >= 0, 1, max(declared.spatial))
        if lowest is None or sign(lowest) != 0:
            return []
        if smallest:
            return [lowest]
        above = _first(lambda side: sign(side) > 0, lowest, lowest + 1) or lowest + 1
        sides = range(lowest, min(above, lowest + 64))
        nearest = max(declared.spatial)
        likely = sorted(sides, key=lambda side: (side not in COMMON, -(side & -side), abs(side - nearest)))
        return likely[:MOST_REPLAYS]

    def _end(self, place: int, shape: Shape) -> Shape | None:
        """Returns what comes out behind the steps from `place` on when `shape` arrives there; None where one refuses it."""
        passed: list[tuple[int, Shape]] = []
        now: Shape | None = shape
        for position in range(place, len(self.steps)):
            assert now is not None
            if (position, now) in self.known:
                now = self.known[position, now]
                break
            passed.append((position, now))
            now = self._through(self.steps[position], now)
            if now is None:
                break
        self.known.update(dict.fromkeys(passed, now))
        return now

    def _through(self, number: int, shape: Shape) -> Shape | None:
        node = self.past.nodes[number - self.past.declared]
        if number in self.keeping:
            return Shape((node.output.channels, *shape.spatial))
        if isinstance(node, Node):
            return self._applied(node.layer, shape)
        if node.keyword != "concat":
            return shape  # the other values are taken to grow alike; a replay will tell
        return Shape((node.output.channels - _main(node).channels + shape.channels, *shape.spatial), shape.channels_first)

    def _applied(self, layer: Layer, shape: Shape) -> Shape | None:
        if self.left <= 0:
            return None
        self.left -= 1
        try:
            return layer.infer(shape)
        except LayerProblem:
            return None


def _steps(past: Past, value: int) -> tuple[list[int], int]:
    """Returns the numbers of the nodes that decide on the size of a value, in order, and where they begin."""
    found: list[int] = []
    while value >= past.declared:
        node = past.nodes[value - past.declared]
        if isinstance(node, Node):
            if node.keyword.startswith(("global_", "adaptive_")):
                break  # what comes before makes no difference
            if node.output.sizes != node.input.sizes or node.layer.window(node.input) is not None:
                found.append(value)
            value = node.inputs[0]
        else:
            found.append(value)
            value = node.inputs[node.shapes.index(_main(node))]
    return found[::-1], value


def _keeps(node: AnyNode) -> bool:
    """Returns whether a layer keeps the positions, however many there are: its stride is 1, and its padding makes up."""
    if not isinstance(node, Node) or node.input.rank == 1 or node.output.spatial != node.input.spatial:
        return False
    window = node.layer.window(node.input)
    return window is not None and all(step == 1 for step in window.stride)


def _main(node: AnyNode) -> Shape:
    """Returns the largest of the values that a merge takes."""
    return node.input if isinstance(node, Node) else max(node.shapes, key=lambda shape: shape.features)


def _first(holds: Callable[[int], bool], low: int, start: int) -> int | None:
    """Returns the smallest number, `low` or above, from which on something holds; looks from `start` on, in growing steps."""
    high = max(low, start)
    step = 1
    while not holds(high):
        low, high, step = high + 1, high + step, step * 2
        if high > LARGEST:
            return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
