"""What follows from the shapes of a checked network: receptive fields, and the memory of what it stores. No torch.

Receptive fields are the theoretical ones of Araujo, Norris and Sim (2019), "Computing Receptive Fields of Convolutional
Neural Networks", Distill, doi:10.23915/distill.00021, the positions of the padding counted as they count them. They depend on
where numbers can come from, not on what is done with them: normalisation and softmax, which let all positions of a value
influence each other weakly, count as element-wise, as is usual.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from cnnspec.network.analyses.reach import View, merged
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.values.conditions import LargeInputs
from cnnspec.values.dims import Undecided, assuming
from cnnspec.values.shapes import Dim

NUMBER_BYTES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2}
BYTES = NUMBER_BYTES["float32"]
COUNTER_BYTES = 8  # of an int64, which `num_batches_tracked` is


@dataclass(frozen=True, slots=True)
class Field:
    """What one output position sees of the network's input, per spatial axis of that input.

    `size` is the number of input positions, padding included, so it may exceed the input; `stride` is how many input
    positions lie between neighbouring outputs (a fraction where the output is finer than the input). Behind what enlarges,
    neighbouring outputs differ in what they see, and `size` is that of their mean, rounded up. `offset` is the position
    of the input that lies in the middle of what output 0 sees, negative in the padding. `border` is the share of the outputs
    that see padding, of the network or of a layer in between, None where sizes are not known.
    """

    size: tuple[int, ...]
    stride: tuple[int | Fraction, ...]
    offset: tuple[int | Fraction | None, ...]
    border: tuple[float | None, ...]

    @property
    def whole_border(self) -> float | None:
        """Returns the share of the outputs that see padding along any axis, None where that is not known."""
        clean = 1.0
        for share in self.border:
            if share is None:
                return None
            clean *= 1 - share
        return 1 - clean


def receptive_fields(network: Network) -> list[Field]:
    """Returns the receptive field of each node, merges included, in order; empty tuples for an input without spatial axes.

    Behind a merge it is what any of the branches sees, from the first position to the last. In a network of several inputs a
    field is that of the first input which reaches the node. See `reach.merged` for branches whose strides differ. Of symbolic
    sizes it is that of large inputs, with empty tuples where there is no formula for it.
    """
    views: list[View | None] = [View.of_input(number, given.shape) for number, given in enumerate(network.inputs)]
    with assuming(LargeInputs()):
        for node in network.nodes:
            views.append(_view(node, [views[value] for value in node.inputs]))
        return list(map(_field, views[len(network.inputs) :]))


def _view(node: Node | MergeNode, arriving: list[View | None]) -> View | None:
    """Returns what a node sees, None where no formula says so: fractions of symbolic sizes."""
    known = [view for view in arriving if view is not None]
    if len(known) < len(arriving):
        return None
    try:
        return known[0].behind(node) if isinstance(node, Node) else merged(known)
    except Undecided:
        return None


def _field(view: View | None) -> Field:
    nothing = Field((), (), (), ())
    if view is None:
        return nothing
    try:
        sizes = tuple(math.ceil(axis.size) for axis in view.axes)
    except Undecided:  # a formula plus a fraction
        return nothing
    return Field(
        sizes,
        tuple(axis.jump for axis in view.axes),
        tuple(axis.offset for axis in view.axes),
        tuple(axis.border for axis in view.axes),
    )


def weight_memory(network: Network, number_bytes: int = BYTES) -> Dim:
    """Returns the bytes of all parameters, frozen ones included, buffers not."""
    return number_bytes * network.parameters


def buffer_memory(network: Network, number_bytes: int = BYTES) -> Dim:
    """Returns the bytes of all buffers, those of reused layers once; batch normalisation's counters are int64 always."""
    return sum(buffer_bytes(node, number_bytes) for node in network.layers if not node.application)


def buffer_bytes(node: Node, number_bytes: int = BYTES) -> Dim:
    """Returns the bytes of a layer's buffers."""
    sizes = node.layer.buffers(node.input).items()
    return sum((COUNTER_BYTES if name == "num_batches_tracked" else number_bytes) * math.prod(shape) for name, shape in sizes)
