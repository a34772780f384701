"""What generated classes say about themselves."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from cnnspec.backends.source_classes import SourceClass, taken_shapes
from cnnspec.backends.source_layout import INDENT, WIDTH
from cnnspec.network.network import Network
from cnnspec.network.structure import Module
from cnnspec.values.dims import Formula
from cnnspec.values.shapes import Shape


def docstring(made: SourceClass) -> list[str]:
    """Returns what a class stands for: a block or level of names, the first place with its shapes, and how many more."""
    module = made.module
    what = f"Block `{module.block.block}`" if module.block is not None else "The modules"
    place = f"{what} of `{'.'.join(module.path)}`"
    shapes = "" if module.is_container else f" ({', '.join(taken_shapes(module))} -> {', '.join(_given_shapes(module))})"
    more = f" and {len(made.modules) - 1:,} more" if len(made.modules) > 1 else ""
    for text in (f"{place}{shapes}{more}", f"{place}{more}", what):
        line = f'{INDENT}"""{text}."""'
        if len(line) <= WIDTH:
            break
    return [line]


def _given_shapes(module: Module) -> list[str]:
    made = {number: str(shape) for step in module.steps for number, shape in zip(step.outputs, step.shapes, strict=True)}
    return [made[number] for number in module.gives]


def docstring_of_network(network: Network, module: Module) -> list[str]:
    """Returns name, shapes and sizes of the network."""
    number = sum(not node.application for node in network.layers)
    count = "1 layer" if number == 1 else f"{number:,} layers"
    inputs = [f"{given.name}: " * bool(given.name) + _batch(given.shape) for given in network.inputs]
    shown = "each module returns" if module.is_chain else "each step gives"
    paragraphs = [
        f'"""{network.name}: {_joined(given.shape for given in network.inputs)} -> {_joined(network.outputs)}, {count}.',
        "",
        f"Input: {_joined(inputs)}. Output: {_joined(map(_batch, network.outputs))}.",
        f"Parameters: {network.parameters:,}. {_cost(network)}",
        f"The comments show the shape that {shown} for one sample.",
        '"""',
    ]
    lines = [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, WIDTH - len(INDENT)) or [""]]
    return [f"{INDENT}{line}".rstrip() for line in lines]


def _cost(network: Network) -> str:
    macs = network.macs
    if isinstance(macs, Formula):
        return f"Multiply-accumulates depend on {' and '.join(sorted(macs.symbols))}."
    return f"Multiply-accumulates for one sample: {macs:,}."


def _batch(shape: Shape) -> str:
    return f"N x {' x '.join(map(str, shape.sizes))}"


def _joined(shapes: Iterable[object]) -> str:
    return ", ".join(map(str, shapes))
