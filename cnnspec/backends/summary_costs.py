"""What the steps of a network cost, one by one: parameters, MACs, and memory in bytes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from cnnspec.network.analyses.analysis import buffer_bytes
from cnnspec.network.analyses.learned import is_below
from cnnspec.network.analyses.memory import inference_steps
from cnnspec.network.analyses.training_memory import training_steps
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.values.dims import largest
from cnnspec.values.shapes import Dim


class Costs(NamedTuple):
    """What a step costs, or several together, for all samples of a batch; parameters, buffers and their memory come once.

    `frozen` parameters are not trained. `activations` counts the numbers that come out. In bytes: `weights` are parameters and
    buffers; `memory` is what is alive while the step runs in inference, its peak for several; `saved` is what it adds to what
    is kept for the backward pass; `moved` is what goes in and out, and the weights.
    """

    parameters: Dim = 0
    frozen: Dim = 0
    buffers: Dim = 0
    macs: Dim = 0
    activations: Dim = 0
    weights: Dim = 0
    memory: Dim = 0
    saved: Dim = 0
    moved: Dim = 0

    @property
    def intensity(self) -> float | None:
        """Returns operations per byte moved, two for each MAC (the roofline model, Williams, Waterman and Patterson 2009)."""
        return quotient(2 * self.macs, self.moved)


def step_costs(network: Network, batch: int, number_bytes: int) -> list[Costs]:
    """Returns the costs of each layer and merge, in the order of execution, for numbers of so many bytes."""
    alive = (step.bytes(number_bytes, batch) for step in inference_steps(network))
    saved = (step.bytes(number_bytes, batch) for step in training_steps(network))
    paths = network.recipe.freeze if network.recipe else ()
    frozen = [isinstance(node, Node) and is_below(node.name, paths) for node in network.nodes]
    return [
        _costs(node, batch, number_bytes, is_frozen)._replace(memory=memory, saved=kept)
        for node, is_frozen, memory, kept in zip(network.nodes, frozen, alive, saved, strict=True)
    ]


def together(costs: Iterable[Costs]) -> Costs:
    """Returns the sums of several costs, and of the memory the peak."""
    listed = list(costs)
    sums = Costs(*(sum(column) for column in zip(*listed, strict=True)))
    return sums._replace(memory=largest(one.memory for one in listed))


def quotient(amount: Dim, whole: Dim) -> float | None:
    """Returns a share, None where it has no number: nothing to share, or a formula."""
    if not isinstance(amount, int) or not isinstance(whole, int) or whole == 0:
        return None
    return amount / whole


def _costs(node: Node | MergeNode, batch: int, number_bytes: int, is_frozen: bool) -> Costs:
    """Returns what a step costs but for `memory` and `saved`, which depend on the others."""
    activations = batch * node.output.features
    if isinstance(node, MergeNode):
        given = batch * sum(shape.features for shape in node.shapes)
        return Costs(activations=activations, moved=number_bytes * (given + activations))
    parameters, layer = node.parameters, node.layer
    weights = 0 if node.application else number_bytes * parameters + buffer_bytes(node, number_bytes)
    is_alias = layer.shares_storage(training=False) and not layer.is_in_place
    used: Dim = sum(math.prod(sizes) for sizes in layer.weights(node.input).values())
    return Costs(
        parameters=parameters,
        frozen=parameters if layer.is_frozen or is_frozen else 0,
        buffers=0 if node.application else sum(math.prod(sizes) for sizes in layer.buffers(node.input).values()),
        macs=batch * node.macs,
        activations=activations,
        weights=weights,
        moved=0 if is_alias else number_bytes * (batch * node.input.features + activations + used),
    )
