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

from cnnspec.network.network import Network, Node
from cnnspec.network.reach import View, merged

BYTES = 4  # of a float32
COUNTER_BYTES = 8  # of an int64, which `num_batches_tracked` is


@dataclass(frozen=True, slots=True)
class Field:
    """What one output position sees of the network's input, per spatial axis of that input.

    `size` is the number of input positions, padding included, so it may exceed the input; `stride` is how many input
    positions lie between neighbouring outputs (a fraction where the output is finer than the input).
    """

    size: tuple[int, ...]
    stride: tuple[int | Fraction, ...]


def receptive_fields(network: Network) -> Iterator[Field]:
    """Yields the receptive field of each node, merges included, in order; empty tuples for an input without spatial axes.

    Behind a merge it is what any of the branches sees, from the first position to the last. In a network of several inputs a
    field is that of the first input which reaches the node. See `reach.merged` for branches whose strides differ.
    """
    views = [View.of_input(number, given.shape) for number, given in enumerate(network.inputs)]
    for node in network.nodes:
        arriving = [views[value] for value in node.inputs]
        view = arriving[0].behind(node) if isinstance(node, Node) else merged(arriving)
        views.append(view)
        yield Field(tuple(math.ceil(axis.size) for axis in view.axes), tuple(axis.jump for axis in view.axes))


def weight_memory(network: Network) -> int:
    """Returns the bytes of all parameters in float32, frozen ones included, buffers not."""
    return BYTES * network.parameters


def buffer_memory(network: Network) -> int:
    """Returns the bytes of all buffers, those of reused layers once: float32, and int64 for batch normalisation's counters."""
    return sum(_buffer_bytes(node) for node in network.layers if not node.application)


def activation_memory(network: Network) -> int:
    """Returns the bytes of the outputs of all layers and merges for one sample in float32.

    A simple, stated figure: the network's input, gradients and workspace are not in it, and in-place layers are not deducted.
    """
    return BYTES * sum(node.output.features for node in network.nodes)


def _buffer_bytes(node: Node) -> int:
    sizes = node.layer.buffers(node.input).items()
    return sum((COUNTER_BYTES if name == "num_batches_tracked" else BYTES) * math.prod(shape) for name, shape in sizes)
