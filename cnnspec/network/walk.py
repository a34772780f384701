"""One step of the shape walk: a layer meets the value that arrives, and what it refuses becomes a diagnostic.

Layers name the argument at fault; here it is found in the text, and the facts that explain the mistake are added: which
statement produced the value, and the chain of shapes that led to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import DeclaredSizeDiffers, LayerProblem
from cnnspec.network.network import Frame, MergeNode, Node, Origin
from cnnspec.network.problems import RankAsserted, ShapeDiffers
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

CHAIN_LENGTH = 6  # shapes shown before the one at fault
LOOKED_AT = 60  # nodes before the one at fault

AnyNode = Node | MergeNode


class Lineage(NamedTuple):
    """The last nodes that led to a value, in order (through merges along their first value); `first` is the network's
    input where they begin with it.
    """

    nodes: Sequence[AnyNode]
    first: Shape | None


class Past(NamedTuple):
    """The network up to a mistake: its inputs and nodes so far, the `declared` number of inputs that it has in the end, and the
    values whose sizes the author states, rightly; `body` is the text around the mistake, `input_spans` where inputs stand.
    """

    nodes: Sequence[AnyNode]
    inputs: Sequence[Shape | None]
    declared: int
    stated: Sequence[tuple[int, tuple[int, ...]]]
    body: tree.Body
    input_spans: Sequence[Span] = ()

    @property
    def is_symbolic(self) -> bool:
        """Returns whether an input has symbols for sizes: then there is no searching for numbers that would do."""
        return any(shape is not None and shape.is_symbolic for shape in self.inputs)

    def shape(self, value: int) -> Shape:
        """Returns the shape of a value by its number; it is known."""
        shape = self.nodes[value - self.declared].output if value >= self.declared else self.inputs[value]
        assert shape is not None
        return shape


class Attempt(NamedTuple):
    """A layer that met a value, by its shape and number."""

    layer: Layer
    x: Shape
    value: int
    origin: Origin


def lineage(value: int, nodes: Sequence[AnyNode], inputs: Sequence[Shape | None], declared: int, start: int = 0) -> Lineage:
    """Returns what led to a value by its number; `declared` is how many inputs the network has in the end."""
    found: list[AnyNode] = []
    while value >= max(declared, start) and len(found) < LOOKED_AT:
        found.append(nodes[value - declared])
        value = found[-1].inputs[0]
    return Lineage(found[::-1], inputs[value] if 0 <= value < len(inputs) else None)


def assumed(layer: Layer, x: Shape, problem: LayerProblem) -> Shape | None:
    """Returns the output that the author most likely has in mind, so that one mistake gives one message."""
    if isinstance(problem, DeclaredSizeDiffers):
        try:
            return layer.model_copy(update={problem.field: None}).infer(x)
        except LayerProblem:
            return None
    return problem.fallback()


def explain(problem: LayerProblem, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns what a layer refuses, at the argument at fault, with what produced the value and what to do about it."""
    from cnnspec.network.remedies.find import remedied  # files without mistakes do without

    origin = attempt.origin
    span = origin.arguments.get(problem.argument, origin.word) if problem.argument else origin.word
    led = lineage(attempt.value, past.nodes, past.inputs, past.declared)
    source = producer(led.nodes)
    if attempt.x.is_symbolic:
        from cnnspec.network.symbolic.verification import refusal

        return refusal(problem, span, (attempt.x,), [chain(led)] if len(led.nodes) > 1 else ())
    labels = [place(source.origin, origin.frames, f"this produces {_produced(source, attempt.x)}")] if source else []
    shapes = chain(led)
    notes = [shapes] if len(led.nodes) > 1 and "->" in shapes else []
    diagnostic = diagnose(problem, span, labels=labels, notes=notes)
    return diagnostic if past.is_symbolic else remedied(diagnostic, problem, attempt, past)


def other_rank(problem: RankAsserted, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns what is wrong with a spelling that asserts other axes than arrive, at the word."""
    from cnnspec.network.remedies.positions import with_rank

    return with_rank(diagnose(problem, attempt.origin.word), problem, attempt, past)


def unexpected(expected: Shape, actual: Shape, value: int, span: Span, past: Past, *, is_repeated: bool) -> Diagnostic:
    """Returns what is wrong with `-> shape` behind a value, whose number is given, and what would give that shape."""
    diagnostic = diagnose(ShapeDiffers(str(expected), str(actual), is_repeated), span)
    if is_repeated or past.is_symbolic:
        return diagnostic
    from cnnspec.network.remedies.find import reached

    return reached(diagnostic, expected, actual, value, past)


def place(origin: Origin, frames: tuple[Frame, ...], text: str) -> Label:
    """Returns the label at what produced a value, as it is seen from within `frames`: from outside of a block, at its call."""
    shared = 0
    while shared < min(len(origin.frames), len(frames)) and origin.frames[shared] == frames[shared]:
        shared += 1
    others = origin.frames[shared:]
    if others and others[0].kind == "round":
        text += f" in round {others[0].name}"
    return Label(next((frame.span for frame in others if frame.kind == "block"), origin.word), text)


def producer(before: Sequence[AnyNode]) -> AnyNode | None:
    """Returns the node that gave the value its shape: the last one that did not merely pass the shape on."""
    for node in reversed(before):
        if _changes(node):
            return node
    return before[-1] if before else None


def _changes(node: AnyNode) -> bool:
    arriving = node.input if isinstance(node, Node) else node.shapes[0]
    return node.output.sizes != arriving.sizes


def _produced(node: AnyNode, x: Shape) -> str:
    product = factors((node,), x)
    return f"{x} = {product}" if x.rank == 1 and product != str(x) else str(x)


def factors(before: Sequence[AnyNode], x: Shape) -> str:
    """Returns the last axis of `x` as the product it came from: `16*5*5` after flattening 16x5x5."""
    source = producer(before)
    if not isinstance(source, Node) or source.keyword != "flatten" or x.rank != 1 or source.input.rank == 1:
        return str(x.sizes[-1])
    return "*".join(map(str, source.input.sizes))


def chain(led: Lineage) -> str:
    """Returns the shapes that led here: `1x28x28 -> conv 6x28x28 -> avgpool 6x14x14`, without layers that keep the shape."""
    steps = [f"{node.keyword} {node.output}" for node in led.nodes if _changes(node)]
    if led.nodes and led.nodes[-1].keyword == "flatten" and _changes(led.nodes[-1]):
        steps.pop()  # the label beside it says what it produces
    is_whole = led.first is not None and len(steps) <= CHAIN_LENGTH
    return " -> ".join([str(led.first), *steps] if is_whole else ["...", *steps[-CHAIN_LENGTH:]])
