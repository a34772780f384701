"""Which shape comes out of each statement: what `-> shape` behind it would have to say."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.network.network import Frame, Network
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes
from cnnspec.values.dims import Dim
from cnnspec.values.shapes import Shape
from cnnspec.values.sizes import Factor, Floor, Scaled, Size

EXPECTANT = (tree.Call, tree.Merge, tree.Join, tree.Residual)  # the statements that get a shape


def missing_shapes(document: tree.Document, networks: Iterable[Network]) -> list[Edit]:
    """Returns the edits that write `-> shape` behind layers, blocks and merges that have none and end their line.

    Statements in blocks and loops get one where it is the same in all calls and rounds. It is the shape of the last layer of a
    statement, which is not what comes out of a block that ends with `from`: whoever applies the edits verifies them.
    """
    outcomes = _outcomes(networks)
    edits: list[Edit] = []
    for definition in document.definitions:
        if isinstance(definition, tree.TrainDefinition):
            continue
        for node in nodes(definition):
            shapes = outcomes.get(node.word.span, set()) if isinstance(node, EXPECTANT) and node.expect is None else set()
            if len(shapes) != 1 or not _ends_line(node.span):
                continue
            (shape,) = shapes
            if _can_be_written(shape, definition):
                edits.append(Edit(node.span._replace(start=node.span.end), f" -> {_written(shape)}"))
    return edits


def _can_be_written(shape: Shape, definition: tree.Definition) -> bool:
    """Returns whether a shape has a spelling there: blocks do not know the symbols, and expressions no scaled ones."""
    if not shape.is_symbolic:
        return True
    return isinstance(definition, tree.NetworkDefinition) and not any(map(_is_scaled, shape.sizes))


def _is_scaled(size: Dim) -> bool:
    """Returns whether something in a size is scaled by a number that is no fraction."""
    factors = [factor for _, product in size.terms for factor in product] if isinstance(size, Size) else []
    return any(
        isinstance(factor, Scaled)
        or (isinstance(factor, Floor) and _is_scaled(factor.numerator))
        or (isinstance(factor, Size) and _is_scaled(factor))
        for factor in factors
    )


def _outcomes(networks: Iterable[Network]) -> dict[Span, set[Shape]]:
    """Returns the shapes that came out, by the words of the statements."""
    found: dict[Span, set[Shape]] = {}
    for network in networks:
        last: dict[tuple[tuple[Frame, ...], Span], Shape] = {}  # for each time that a statement was done
        for node in network.nodes:
            frames = node.origin.frames
            shape = last[frames, node.origin.word] = Shape(node.output.sizes)
            for depth, frame in enumerate(frames):
                if frame.kind == "block":
                    last[frames[:depth], frame.span] = shape
        for (_, word), shape in last.items():
            found.setdefault(word, set()).add(shape)
    return found


def _written(shape: Shape) -> str:
    """Returns a shape as a file has it: `6x28x28`, or `6, H // 2, W // 2` where sizes are formulas."""
    if not shape.is_symbolic:
        return str(shape)
    return ", ".join(_expression(size) for size in shape.sizes)


def _expression(size: Dim) -> str:
    """Returns a size as an expression of the language, in which `//` is what a floor is in a formula."""
    if not isinstance(size, Size):
        return str(size)
    text = ""
    for coefficient, product in size.terms:
        factors = [str(abs(coefficient))] if abs(coefficient) != 1 else []
        factors += [_factor(factor, is_alone=len(size.terms) == len(product) == 1 and not factors) for factor in product]
        sign = (" - " if coefficient < 0 else " + ") if text else "-" * (coefficient < 0)
        text += sign + " * ".join(factors)
    return text + (f" {'-' if size.constant < 0 else '+'} {abs(size.constant)}" if size.constant else "")


def _factor(factor: Factor, *, is_alone: bool) -> str:
    if isinstance(factor, Floor):
        inside = _expression(factor.numerator)
        division = f"{inside if inside.isalnum() else f'({inside})'} // {factor.divisor}"
        return division if is_alone else f"({division})"
    return f"({_expression(factor)})" if isinstance(factor, Size) else str(factor)


def _ends_line(span: Span) -> bool:
    source = span.source
    end = source.text.find("\n", span.end)
    rest = source.text[span.end : end if end >= 0 else len(source.text)].strip()
    return not rest or rest.startswith("#")
