"""What follows from the shapes of a checked network: receptive fields and memory. No torch.

Receptive fields are the theoretical ones of Araujo, Norris and Sim (2019), "Computing Receptive Fields of Convolutional
Neural Networks", Distill, doi:10.23915/distill.00021, the positions of the padding counted as they count them. They depend on
where numbers can come from, not on what is done with them: normalisation and softmax, which let all positions of a value
influence each other weakly, count as element-wise, as is usual.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from cnnspec.layers.base import Window
from cnnspec.network.network import Network, Node
from cnnspec.values.shapes import Shape

BYTES = 4  # of a float32
COUNTER_BYTES = 8  # of an int64, which `num_batches_tracked` is

Groups = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """What one output position sees of the network's input, per spatial axis of that input.

    `size` is the number of input positions, padding included, so it may exceed the input; `stride` is how many input
    positions lie between neighbouring outputs (a fraction where the output is finer than the input).
    """

    size: tuple[int, ...]
    stride: tuple[int | Fraction, ...]


def receptive_fields(network: Network) -> Iterator[Field]:
    """Yields the receptive field of each node, in order; empty tuples where the input has no spatial axes."""
    walk = _Walk.start(network.input)
    for node in network.layers:
        walk.step(node)
        yield Field(tuple(map(math.ceil, walk.size)), tuple(walk.jump))


def weight_memory(network: Network) -> int:
    """Returns the bytes of all parameters in float32, frozen ones included, buffers not."""
    return BYTES * network.parameters


def buffer_memory(network: Network) -> int:
    """Returns the bytes of all buffers: float32, and int64 for the counters of batch normalisation."""
    return sum(map(_buffer_bytes, network.layers))


def activation_memory(network: Network) -> int:
    """Returns the bytes of the outputs of all layers for one sample in float32.

    A simple, stated figure: the network's input, gradients and workspace are not in it, and in-place layers are not deducted.
    """
    return BYTES * sum(node.output.features for node in network.layers)


def _buffer_bytes(node: Node) -> int:
    sizes = node.layer.buffers(node.input).items()
    return sum((COUNTER_BYTES if name == "num_batches_tracked" else BYTES) * math.prod(shape) for name, shape in sizes)


@dataclass(slots=True)
class _Walk:
    """The field of the current value. `size`, `jump` and `count` have one entry for each spatial axis of the input.

    `count` is the number of different positions that the value still holds along that axis; `groups` lists, for each axis of
    the current value, the input axes that it runs along: none for channels, several after `flatten`.
    """

    size: list[int | Fraction]
    jump: list[int | Fraction]
    count: list[int]
    groups: Groups

    @classmethod
    def start(cls, shape: Shape) -> _Walk:
        rank = shape.rank - 1
        return cls([1] * rank, [1] * rank, list(shape.spatial), ((), *((axis,) for axis in range(rank))))

    def step(self, node: Node) -> None:
        x, y, keyword = node.input, node.output, node.layer.keyword
        window = node.layer.window(x)
        if keyword in ("conv", "conv_transpose"):
            self._see_all(self.groups[0])  # where `permute` has put positions in the place of the channels
            self.groups = ((), *self.groups[1:])
        if window is not None:
            self._slide(window, x, y)
        elif keyword == "linear":
            self._see_all(self.groups[-1])
            self.groups = (*self.groups[:-1], ())
        elif keyword == "permute":
            self.groups = tuple(self.groups[axis] for axis in node.layer.model_dump()["axes"])
        elif keyword in ("flatten", "unflatten", "reshape"):
            self.groups = regroup(x.sizes, self.groups, y.sizes)
        elif keyword == "glu":  # the first half of an axis meets the second
            self._see_all(self.groups[node.layer.model_dump()["axis"]])
        else:
            self._resize(x, y)

    def _slide(self, window: Window, x: Shape, y: Shape) -> None:
        """r_out = r_in + (extent - 1) * jump_in; jump_out = jump_in * stride (Araujo et al. 2019, equation 2)."""
        for group, extent, stride, before, after in zip(self.groups[1:], *window, x.spatial, y.spatial, strict=True):
            if self._runs_along(group, before):
                axis = group[0]
                self.size[axis] += (extent - 1) * self.jump[axis]
                self.jump[axis] *= stride
                self.count[axis] = after
            elif extent > 1:
                self._see_all(group)

    def _resize(self, x: Shape, y: Shape) -> None:
        """Counts the positions that padding adds and cropping removes."""
        if x.sizes == y.sizes or x.rank != y.rank:
            return
        for group, before, after in zip(self.groups, x.sizes, y.sizes, strict=True):
            if self._runs_along(group, before):
                self.count[group[0]] = after

    def _runs_along(self, group: tuple[int, ...], positions: int) -> bool:
        """Returns whether an axis of the value is still one axis of the input, not joined with others or split."""
        return len(group) == 1 and self.count[group[0]] == positions

    def _see_all(self, group: tuple[int, ...]) -> None:
        """Makes every number see all positions along the input axes of `group`."""
        for axis in group:
            self.size[axis] += (self.count[axis] - 1) * self.jump[axis]
            self.jump[axis] *= self.count[axis]
            self.count[axis] = 1


def regroup(before: tuple[int, ...], groups: Groups, after: tuple[int, ...]) -> Groups:
    """Returns the groups of the axes after a reshape from `before` to `after`, two shapes with equally many elements.

    Axes that are joined or split share what they ran along: 16x5x5 to 400 gives one axis with both spatial axes.
    """
    result: list[tuple[int, ...]] = []
    old = iter(zip(before, groups, strict=True))
    new = iter(after)
    for size in new:
        left, group = next(old, (1, ()))
        joined, right, axes = set(group), size, 1
        while left != right:
            if left < right:
                more, group = next(old)
                left, joined = left * more, joined | set(group)
            else:
                right, axes = right * next(new), axes + 1
        result += [tuple(sorted(joined))] * axes
    rest = set(result[-1]).union(*(group for _, group in old))  # axes of size 1 that the reshape drops
    result[-1] = tuple(sorted(rest))
    return tuple(result)
