"""What a summary says, before it has a form: one row per layer or folded sequence, and the totals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from cnnspec.backends.layer_text import layer_text
from cnnspec.network.analysis import Field, activation_memory, buffer_memory, receptive_fields, weight_memory
from cnnspec.network.network import Network
from cnnspec.values.shapes import Shape

Sizes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One layer, or a folded sequence (`kind` is `sequence`): output and field of its last layer, sums of the others."""

    name: str
    kind: str
    layer: str
    output: Sizes
    field: Field
    parameters: int
    frozen: int
    macs: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A table and its totals; memory in bytes. Shapes, MACs and activations are those of `batch` samples, of one for None."""

    name: str
    file: str
    batch: int | None
    input: Sizes
    output: Sizes
    rows: tuple[Row, ...]
    layers: int
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
        input=_sizes(network.input, batch),
        output=_sizes(network.output, batch),
        rows=rows,
        layers=len(network.layers),
        parameters=network.parameters,
        frozen=sum(row.frozen for row in rows),
        macs=network.macs * samples,
        weight_memory=weight_memory(network),
        buffer_memory=buffer_memory(network),
        activation_memory=activation_memory(network) * samples,
    )


def _rows(network: Network, depth: int | None, batch: int | None) -> Iterator[Row]:
    pairs = zip(network.layers, receptive_fields(network), strict=True)
    for path, group in groupby(pairs, key=lambda pair: pair[0].path[:depth]):
        members = list(group)
        nodes = [node for node, _ in members]
        last, field = members[-1]
        folded = len(last.path) > len(path)
        yield Row(
            name=".".join(path),
            kind="sequence" if folded else last.layer.keyword,
            layer=_count(len(nodes)) if folded else layer_text(last),
            output=_sizes(last.output, batch),
            field=field,
            parameters=sum(node.parameters for node in nodes),
            frozen=sum(node.parameters for node in nodes if node.layer.is_frozen),
            macs=sum(node.macs for node in nodes) * (1 if batch is None else batch),
        )


def _count(layers: int) -> str:
    return "1 layer" if layers == 1 else f"{layers:,} layers"


def _sizes(shape: Shape, batch: int | None) -> Sizes:
    return shape.sizes if batch is None else (batch, *shape.sizes)
