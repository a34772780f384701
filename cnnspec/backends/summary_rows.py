"""What a summary says, before it has a form: one row per layer, merge or folded sequence, and the totals."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from cnnspec.backends.layer_text import layer_text, merge_text
from cnnspec.backends.summary_costs import Costs, quotient, step_costs, together
from cnnspec.network.analyses.analysis import NUMBER_BYTES, Field, buffer_memory, receptive_fields, weight_memory
from cnnspec.network.analyses.memory import inference_memory
from cnnspec.network.analyses.training_memory import gradient_memory, optimizer_memory, training_memory
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.network.symbolic.valid_sizes import ValidSizes, valid_sizes
from cnnspec.values.shapes import Dim, Shape
from cnnspec.values.solve import MAX_PERIOD

Sizes = tuple[Dim, ...]


class Step(NamedTuple):
    """A node with what is known of it."""

    node: Node | MergeNode
    field: Field
    costs: Costs


@dataclass(frozen=True, slots=True)
class Row:
    """One layer, one merge, or a folded sequence (`kind` is `sequence`): output and field of its last step, costs of all.

    A `reused` layer has the weights of an earlier row: it costs MACs, and its parameters are counted there. `share` is what it
    has of all MACs of the network.
    """

    name: str
    kind: str
    layer: str
    output: Sizes
    field: Field
    costs: Costs
    share: float | None
    is_merge: bool = False
    reused: bool = False

    @property
    def parameters(self) -> Dim:
        return self.costs.parameters

    @property
    def frozen(self) -> Dim:
        return self.costs.frozen

    @property
    def macs(self) -> Dim:
        return self.costs.macs


@dataclass(frozen=True, slots=True)
class Summary:
    """A table and its totals; memory in bytes. Shapes, MACs and values are those of `batch` samples, of one for None.

    `inputs` are names and sizes, the names None where the file gives none. A reused layer counts once among the `layers`.
    `activation_memory` is the peak in inference, `saved_memory` what training keeps of the values for the backward pass.
    `optimizer_memory` and `optimizer` are None where no `train { }` says how to train. `valid` are the inputs that the network
    takes.
    """

    name: str
    file: str
    batch: int | None
    dtype: str
    inputs: tuple[tuple[str | None, Sizes], ...]
    outputs: tuple[Sizes, ...]
    rows: tuple[Row, ...]
    layers: int
    merges: int
    costs: Costs
    weight_memory: Dim
    buffer_memory: Dim
    activation_memory: Dim
    saved_memory: Dim
    gradient_memory: Dim
    optimizer_memory: Dim | None
    optimizer: str | None
    valid: ValidSizes

    @property
    def parameters(self) -> Dim:
        return self.costs.parameters

    @property
    def frozen(self) -> Dim:
        return self.costs.frozen

    @property
    def macs(self) -> Dim:
        return self.costs.macs

    @property
    def training_memory(self) -> Dim:
        """Returns the bytes of weights, buffers, gradients, optimizer state, and of what is kept of the values."""
        stored = self.weight_memory + self.buffer_memory + self.gradient_memory
        return stored + (self.optimizer_memory or 0) + self.saved_memory


def summarise(
    network: Network,
    depth: int | None = None,
    batch: int | None = None,
    dtype: str = "float32",
    max_period: int = MAX_PERIOD,
) -> Summary:
    """Returns the table of a network; sequences at level `depth` (1 is the outermost) are folded into one row each.

    With `batch`, shapes begin with it, and MACs and the memory of values are multiplied by it; parameters do not change. For
    `max_period` see `valid_sizes`.
    """
    samples, number_bytes = 1 if batch is None else batch, NUMBER_BYTES[dtype]
    costs = step_costs(network, samples, number_bytes)
    whole = together(costs) if costs else Costs()
    recipe = network.recipe
    return Summary(
        name=network.name,
        file=network.source.name,
        batch=batch,
        dtype=dtype,
        inputs=tuple((given.name, _sizes(given.shape, batch)) for given in network.inputs),
        outputs=tuple(_sizes(shape, batch) for shape in network.outputs),
        rows=tuple(_rows(network, costs, whole, depth, batch)),
        layers=_count(network.layers),
        merges=len(network.nodes) - len(network.layers),
        costs=whole,
        weight_memory=weight_memory(network, number_bytes),
        buffer_memory=buffer_memory(network, number_bytes),
        activation_memory=inference_memory(network, number_bytes, samples),
        saved_memory=training_memory(network, number_bytes, samples),
        gradient_memory=gradient_memory(network, number_bytes),
        optimizer_memory=optimizer_memory(network, number_bytes),
        optimizer=recipe.optimizer.keyword if recipe else None,
        valid=valid_sizes(network, max_period),
    )


def _rows(network: Network, costs: list[Costs], whole: Costs, depth: int | None, batch: int | None) -> Iterator[Row]:
    steps = enumerate(map(Step, network.nodes, receptive_fields(network), costs))
    for _, group in groupby(steps, key=lambda pair: _row_of(pair[0], pair[1].node, depth)):
        members = [step for _, step in group]
        first = members[0].node
        if depth is not None and len(first.level) >= depth:
            yield _folded(network, members, whole, depth, batch)
        else:
            yield _single(members[0], whole, batch)


def _row_of(position: int, node: Node | MergeNode, depth: int | None) -> Hashable:
    """Returns the same for all steps that share a row: those inside one sequence that is folded, and applied at once."""
    if depth is None or len(node.level) < depth:
        return position
    return node.level[:depth], node.application


def _single(step: Step, whole: Costs, batch: int | None) -> Row:
    node = step.node
    is_merge = isinstance(node, MergeNode)
    return Row(
        name=node.name,
        kind=node.keyword,
        layer=merge_text(node) if isinstance(node, MergeNode) else layer_text(node),
        output=_sizes(node.output, batch),
        field=step.field,
        costs=step.costs,
        share=quotient(step.costs.macs, whole.macs),
        is_merge=is_merge,
        reused=not is_merge and node.application > 0,
    )


def _folded(network: Network, members: list[Step], whole: Costs, depth: int, batch: int | None) -> Row:
    last = members[-1]
    path = last.node.level[:depth]
    block = network.blocks.get(path)
    layers = _count(step.node for step in members if isinstance(step.node, Node))
    count = "1 layer" if layers == 1 else f"{layers:,} layers"
    costs = together(step.costs for step in members)
    return Row(
        name=".".join(path),
        kind="sequence",
        layer=f"{block.block}, {count}" if block else count,
        output=_sizes(last.node.output, batch),
        field=last.field,
        costs=costs,
        share=quotient(costs.macs, whole.macs),
        reused=last.node.application > 0,
    )


def _count(nodes: Iterable[Node]) -> int:
    return len({node.path for node in nodes})


def _sizes(shape: Shape, batch: int | None) -> Sizes:
    return shape.sizes if batch is None else (batch, *shape.sizes)
