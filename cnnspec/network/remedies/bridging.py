"""Where the layers go that make two values meet: before a merge, at the end of one of its branches, or into a shortcut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from cnnspec.diagnostics.diagnostic import Edit
from cnnspec.network.network import Frame, Node, Origin
from cnnspec.network.remedies.rewriting import Edits, at_the_end, before_on_line, before_statement
from cnnspec.network.walk import Past, lineage
from cnnspec.network.written import notation
from cnnspec.source import Span
from cnnspec.syntax import tree

Statement: TypeAlias = tree.Merge | tree.Residual | tree.Join

_PROJECTION = re.compile(r"conv (?P<channels>\d+), kernel=1(?:, stride=(?P<stride>\d+))?$")
_MARGIN = "    "


class Meeting(NamedTuple):
    """Values that were to be merged, by their numbers, and where each is written; `current` is the position of the one that
    arrives, for which layers can be written before the statement.
    """

    statement: Statement
    values: tuple[int, ...]
    places: tuple[Span, ...]
    current: int | None
    frames: tuple[Frame, ...]


def bridged(layers: Sequence[str], position: int, meeting: Meeting) -> Edits:
    """Returns the edits that put layers, in the `.cnn` notation, behind one of the values of a merge."""
    statement, place = meeting.statement, meeting.places[position]
    if notation(Origin(statement.span, statement.word.span, {})) != "cnn":
        return ()
    if isinstance(statement, tree.Join):
        return (
            _before(layers, place, statement) if position == meeting.current else _apart(layers, position, meeting, statement)
        )
    if isinstance(statement, tree.Merge):
        return _behind_branch(layers, place, statement)
    if position == 0:
        return at_the_end(statement.main, layers)
    return at_the_end(statement.shortcut, layers) if statement.shortcut else _shortcut(layers, statement)


def expressed(layer: str, goal: int, meeting: Meeting, past: Past) -> str:
    """Returns a 1x1 convolution in the words of a block, not the numbers of one call: `conv planes * 4, kernel=1`."""
    projection = _PROJECTION.match(layer)
    if projection is None or not meeting.frames:
        return layer
    led = lineage(meeting.values[goal], past.nodes, past.inputs, past.declared).nodes
    inside = [node.origin for node in led if isinstance(node, Node) and node.origin.frames == meeting.frames]
    channels = [_value(origin.arguments["out_channels"]) for origin in inside if "out_channels" in origin.arguments]
    strides = [_value(origin.arguments["stride"]) for origin in inside if "stride" in origin.arguments]
    stride = strides[0] if len(strides) == 1 else projection["stride"]
    wide = channels[-1] if channels else projection["channels"]
    return f"conv {wide}, kernel=1" + (f", stride={stride}" if stride else "")


def _value(argument: Span) -> str:
    return re.sub(r"^\w+\s*=(?!=)\s*", "", argument.text)


def _before(layers: Sequence[str], place: Span, statement: tree.Join) -> Edits:
    """Returns the edits that put layers before a merge, in which the current value is then called `in`."""
    edits = before_statement(statement.span, layers)
    is_by_label = place != statement.word.span and place.text != "in"
    return (*edits, Edit(place, "in")) if edits and is_by_label else edits


def _apart(layers: Sequence[str], position: int, meeting: Meeting, statement: tree.Join) -> Edits:
    """Returns the edits that merge branches in the place of labelled values, one of which has the layers."""
    margin = before_on_line(statement.span)
    if margin.strip():
        return ()
    inner, innermost = margin + _MARGIN, margin + 2 * _MARGIN
    lines = [f"{statement.word.text} {{"]
    for number, place in enumerate(meeting.places):
        start = [] if number == meeting.current else [f"from {place.text}"]
        if number == position:
            lines += [f"{inner}{{", *(f"{innermost}{line}" for line in (*start, *layers)), f"{inner}}}"]
        else:
            lines.append(inner + (start[0] if start else "{ }"))
    place = statement.word.span._replace(end=statement.operands[-1].span.end)
    return (Edit(place, "\n".join([*lines, f"{margin}}}"])),)


def _behind_branch(layers: Sequence[str], place: Span, statement: tree.Merge) -> Edits:
    """Returns the edits that make a branch longer, which is a group of statements or a single one."""
    group = next((branch for branch in statement.branches if branch.span == place and isinstance(branch, tree.Group)), None)
    if group is not None and group.body:
        return at_the_end(group.body, layers)
    margin = before_on_line(place)
    if margin.strip():
        return ()
    inside = ([] if group is not None else [place.text]) + list(layers)
    lines = ["{", *(f"{margin}{_MARGIN}{line}" for line in inside), f"{margin}}}"]
    return (Edit(place, "\n".join(lines)),)


def _shortcut(layers: Sequence[str], statement: tree.Residual) -> Edits:
    """Returns the edits that give a residual its second path."""
    source = statement.span.source
    end = statement.expect.span.start if statement.expect is not None else statement.span.end
    brace = source.text.rfind("}", statement.span.start, end)
    if brace < 0:
        return ()
    margin = re.match(r"[ \t]*", source.line(source.position(brace).line))
    outer = margin[0] if margin else ""
    lines = "".join(f"\n{outer}{_MARGIN}{layer}" for layer in layers) + f"\n{outer}"
    inside = f" {layers[0]} " if len(layers) == 1 else lines
    if statement.shortcut is not None:  # an empty one
        opening = source.text.rfind("{", statement.span.start, brace)
        return (Edit(Span(source, opening + 1, brace), inside),)
    return (Edit(Span(source, brace + 1, brace + 1), f" shortcut {{{inside}}}"),)
