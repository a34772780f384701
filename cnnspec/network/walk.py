"""One step of the shape walk: a layer meets the value that arrives, and what it refuses becomes a diagnostic.

Layers name the argument at fault; here it is found in the text, and the facts that explain the mistake are added: which
statement produced the value, and the chain of shapes that led to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label, diagnose
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import DeclaredSizeDiffers, LayerProblem, NotFlattened
from cnnspec.network.network import Node, Origin
from cnnspec.source import Span
from cnnspec.values.shapes import Shape

CHAIN_LENGTH = 6  # shapes shown before the one at fault


def infer(
    layer: Layer, x: Shape, origin: Origin, before: Sequence[Node], first: Shape | None
) -> tuple[Shape | None, Diagnostic | None]:
    """Returns the output shape of `layer` (None where a mistake hides it) and the mistake, if there is one.

    `before` are the nodes up to this one and `first` the network's input; both serve only to explain.
    """
    try:
        y = layer.infer(x)
        return y, None
    except LayerProblem as problem:
        return _assumed(layer, x, problem), _explain(problem, x, origin, before, first)


def _assumed(layer: Layer, x: Shape, problem: LayerProblem) -> Shape | None:
    """Returns the output that the author most likely has in mind, so that one mistake gives one message."""
    if isinstance(problem, DeclaredSizeDiffers):
        try:
            return layer.model_copy(update={problem.field: None}).infer(x)
        except LayerProblem:
            return None
    return problem.fallback()


def _explain(problem: LayerProblem, x: Shape, origin: Origin, before: Sequence[Node], first: Shape | None) -> Diagnostic:
    span = origin.arguments.get(problem.argument, origin.word) if problem.argument else origin.word
    source = producer(before)
    labels = [Label(source.origin.word, f"this produces {_produced(source, x)}")] if source else []
    notes = [chain(before, first)] if len(before) > 1 else []
    diagnostic = diagnose(problem, span, labels=labels, notes=notes)
    if isinstance(problem, DeclaredSizeDiffers):
        right = factors(before, x) if problem.field == "in_features" else _written(problem.arriving)
        text = _as_written(span.text, problem.field, right)
        advice = f"write `{text}`, or leave `{problem.field}` out and it is inferred"
        return replace(diagnostic, help=advice, fixes=(Fix(f"write `{text}`", "unsafe", (Edit(span, text),)),))
    if isinstance(problem, NotFlattened):
        return replace(diagnostic, fixes=_flatten_before(origin.statement))
    return diagnostic


def _as_written(text: str, field: str, value: str) -> str:
    """Returns an argument with another value in the notation in which it stands: `.cnn`, JSON or YAML."""
    if text.startswith('"'):
        return f'"{field}": "{value}"'
    return f"{field}={value}" if "=" in text else f"{field}: {value}"


def _flatten_before(statement: Span) -> tuple[Fix, ...]:
    """Returns the fix that inserts a line `flatten`, where the statement stands on a line of its own in the `.cnn` notation."""
    begin = statement.begin
    indent = statement.source.line(begin.line)[: begin.column - 1]
    if indent.strip() or statement.text.startswith(("{", '"')):
        return ()  # behind something else, or a list item of YAML; or JSON
    return (Fix("insert a line `flatten`", "unsafe", (Edit(statement._replace(end=statement.start), f"flatten\n{indent}"),)),)


def _written(size: int | tuple[int, ...]) -> str:
    return str(size) if isinstance(size, int) else f"({', '.join(map(str, size))}{',' if len(size) == 1 else ''})"


def producer(before: Sequence[Node]) -> Node | None:
    """Returns the node that gave the value its shape: the last one that did not merely pass the shape on."""
    for node in reversed(before):
        if node.output.sizes != node.input.sizes:
            return node
    return before[-1] if before else None


def _produced(node: Node, x: Shape) -> str:
    product = factors((node,), x)
    return f"{x} = {product}" if x.rank == 1 and product != str(x) else str(x)


def factors(before: Sequence[Node], x: Shape) -> str:
    """Returns the last axis of `x` as the product it came from: `16*5*5` after flattening 16x5x5."""
    source = producer(before)
    if source is None or source.layer.keyword != "flatten" or x.rank != 1 or source.input.rank == 1:
        return str(x.sizes[-1])
    return "*".join(map(str, source.input.sizes))


def chain(before: Sequence[Node], first: Shape | None) -> str:
    """Returns the shapes that led here: `1x28x28 -> conv 6x28x28 -> avgpool 6x14x14`, without layers that keep the shape."""
    steps = [f"{node.layer.keyword} {node.output}" for node in before if node.output.sizes != node.input.sizes]
    if before and before[-1].layer.keyword == "flatten":
        steps.pop()  # the label beside it says what it produces
    shown = [str(first), *steps] if first is not None and len(steps) <= CHAIN_LENGTH else ["...", *steps[-CHAIN_LENGTH:]]
    return " -> ".join(shown)
