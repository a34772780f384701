"""Which shape comes out of each statement: what `-> shape` behind it would have to say."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.network.network import Frame, Network
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes

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
            if len(shapes) == 1 and _ends_line(node.span):
                edits.append(Edit(node.span._replace(start=node.span.end), f" -> {shapes.pop()}"))
    return edits


def _outcomes(networks: Iterable[Network]) -> dict[Span, set[str]]:
    """Returns the shapes that came out, by the words of the statements."""
    found: dict[Span, set[str]] = {}
    for network in networks:
        last: dict[tuple[tuple[Frame, ...], Span], str] = {}  # for each time that a statement was done
        for node in network.nodes:
            frames = node.origin.frames
            last[frames, node.origin.word] = str(node.output)
            for depth, frame in enumerate(frames):
                if frame.kind == "block":
                    last[frames[:depth], frame.span] = str(node.output)
        for (_, word), shape in last.items():
            found.setdefault(word, set()).add(shape)
    return found


def _ends_line(span: Span) -> bool:
    source = span.source
    end = source.text.find("\n", span.end)
    rest = source.text[span.end : end if end >= 0 else len(source.text)].strip()
    return not rest or rest.startswith("#")
