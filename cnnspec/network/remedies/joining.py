"""Which earlier value brings the channels that a convolution misses: the skip of a U-Net that has not been joined yet."""

from __future__ import annotations

from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.problems import DeclaredSizeDiffers
from cnnspec.network.network import Node
from cnnspec.network.remedies.rewriting import before_statement, fix, without_statement
from cnnspec.network.walk import AnyNode, Attempt, Past
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes


def joined(diagnostic: Diagnostic, problem: DeclaredSizeDiffers, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of channels that are too few with the `concat` that is missing, or stands too far behind."""
    label = _missing(problem, attempt, past)
    if label is None:
        return diagnostic
    line, statement = f"concat in, {label}", attempt.origin.statement
    later = _later(label, statement, past.body)
    moved = without_statement(later) if later is not None else ()
    where, fixes = f"insert `{line}` before it", fix(f"insert `{line}`", before_statement(statement, [line]))
    if later is not None and moved:
        where = f"move the `concat` of line {later.begin.line} before it"
        fixes = (*fix(where, (*before_statement(statement, [later.text]), *moved)), *fixes)
    advice = f"{where}, which gives {problem.declared} channels; or {diagnostic.help}"
    return replace(diagnostic, help=advice, fixes=(*fixes, *diagnostic.fixes))


def _missing(problem: DeclaredSizeDiffers, attempt: Attempt, past: Past) -> str | None:
    """Returns the label of the last value in the same body with just the channels and positions that are missing."""
    declared, x = problem.declared, attempt.x
    if problem.field != "in_channels" or not isinstance(declared, int) or not isinstance(x.channels, int):
        return None
    for number, node in reversed(list(enumerate(past.nodes, past.declared))):
        label = _label(node)
        is_near = node.origin.frames == attempt.origin.frames and number != attempt.value
        if label and is_near and node.output.sizes == (declared - x.channels, *x.spatial):
            return label
    return None


def _label(node: AnyNode) -> str | None:
    if not isinstance(node, Node):
        return node.label
    return None if node.path[-1].isdigit() else node.path[-1]


def _later(label: str, statement: Span, body: tree.Body) -> Span | None:
    """Returns the statement further down that joins the value."""
    joins = [node for node in nodes(body) if isinstance(node, tree.Join) and node.span.start >= statement.end]
    named = [join.span for join in joins if join.word.text == "concat" and label in (part.span.text for part in join.operands)]
    return min(named, key=lambda span: span.start, default=None)
