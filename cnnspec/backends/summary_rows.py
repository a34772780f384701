"""What a summary says, before it has a form: one row per layer, merge or folded sequence, and the totals."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from cnnspec.backends.layer_text import layer_text, merge_text
from cnnspec.network.analysis import BYTES, Field, buffer_memory, receptive_fields, weight_memory
from cnnspec.network.memory import inference_memory
from cnnspec.network.network import MergeNode, Network, Node
from cnnspec.values.shapes import Shape

Sizes = tuple[int, ...]
Step = tuple[Node | MergeNode, Field]


@dataclass(frozen=True, slots=True)
class Row:
    """One layer, one merge, or a folded sequence (`kind` is `sequence`): output and field of its last step, sums of all.

    A `reused` layer has the weights of an earlier row: it costs MACs, and its parameters are counted there.
    """

    name: str
    kind: str
    layer: str
    output: Sizes
    field: Field
    parameters: int
    frozen: int
    macs: int
    is_merge: bool = False
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """A table and its totals; memory in bytes. Shapes, MACs and activations are those of `batch` samples, of one for None.

    `inputs` are names and sizes, the names None where the file gives none. A reused layer counts once among the `layers`.
    """

    name: str
    file: str
    batch: int | None
    inputs: tuple[tuple[str | None, Sizes], ...]
    outputs: tuple[Sizes, ...]
    rows: tuple[Row, ...]
    layers: int
    merges: int
    parameters: int
    frozen: int
    macs: int
    weight_memory: int
    buffer_memory: int
    activation_memory: int


def summarise(network: Network, depth: int | None = None, batch: int | None = None) -> Summary:
    """Returns the table of a network; sequences at level `depth` (1 is the outermost) are folded into one row each.

    With `batch`, shapes begin with it, and MACs and activation memory are multiplied by it; parameters do not change.
    """
    samples = 1 if batch is None else batch
    rows = tuple(_rows(network, depth, batch))
    return Summary(
        name=network.name,
        file=network.source.name,
        batch=batch,
        inputs=tuple((given.name, _sizes(given.shape, batch)) for given in network.inputs),
        outputs=tuple(_sizes(shape, batch) for shape in network.outputs),
        rows=rows,
        layers=_count(network.layers),
        merges=len(network.nodes) - len(network.layers),
        parameters=network.parameters,
        frozen=sum(row.frozen for row in rows),
        macs=network.macs * samples,
        weight_memory=weight_memory(network),
        buffer_memory=buffer_memory(network),
        activation_memory=inference_memory(network, BYTES, samples),
    )


def _rows(network: Network, depth: int | None, batch: int | None) -> Iterator[Row]:
    steps = enumerate(zip(network.nodes, receptive_fields(network), strict=True))
    for _, group in groupby(steps, key=lambda pair: _row_of(pair[0], pair[1][0], depth)):
        members = [step for _, step in group]
        first = members[0][0]
        if depth is not None and len(first.level) >= depth:
            yield _folded(network, members, depth, batch)
        elif isinstance(first, Node):
            yield _layer(first, members[0][1], batch)
        else:
            yield _merge(first, members[0][1], batch)


def _row_of(position: int, node: Node | MergeNode, depth: int | None) -> Hashable:
    """Returns the same for all steps that share a row: those inside one sequence that is folded, and applied at once."""
    if depth is None or len(node.level) < depth:
        return position
    return node.level[:depth], node.application


def _layer(node: Node, field: Field, batch: int | None) -> Row:
    return Row(
        name=node.name,
        kind=node.keyword,
        layer=layer_text(node),
        output=_sizes(node.output, batch),
        field=field,
        parameters=node.parameters,
        frozen=node.parameters if node.layer.is_frozen else 0,
        macs=node.macs * (1 if batch is None else batch),
        reused=node.application > 0,
    )


def _merge(node: MergeNode, field: Field, batch: int | None) -> Row:
    return Row(node.name, node.keyword, merge_text(node), _sizes(node.output, batch), field, 0, 0, 0, is_merge=True)


def _folded(network: Network, members: list[Step], depth: int, batch: int | None) -> Row:
    nodes = [node for node, _ in members if isinstance(node, Node)]
    last, field = members[-1]
    path = last.level[:depth]
    block = network.blocks.get(path)
    layers = _count(nodes)
    count = "1 layer" if layers == 1 else f"{layers:,} layers"
    return Row(
        name=".".join(path),
        kind="sequence",
        layer=f"{block.block}, {count}" if block else count,
        output=_sizes(last.output, batch),
        field=field,
        parameters=sum(node.parameters for node in nodes),
        frozen=sum(node.parameters for node in nodes if node.layer.is_frozen),
        macs=sum(node.macs for node in nodes) * (1 if batch is None else batch),
        reused=last.application > 0,
    )


def _count(nodes: Iterable[Node]) -> int:
    return len({node.path for node in nodes})


def _sizes(shape: Shape, batch: int | None) -> Sizes:
    return shape.sizes if batch is None else (batch, *shape.sizes)
