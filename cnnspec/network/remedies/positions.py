"""What to do about a flat value where an image is needed: a `flatten` that comes too early, or a `reshape` that is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix
from cnnspec.layers.registry import lookup
from cnnspec.network.network import Node
from cnnspec.network.problems import RankAsserted
from cnnspec.network.remedies.other_values import accepts
from cnnspec.network.remedies.rewriting import Edits, before_statement, fix, with_input, without_statement
from cnnspec.network.walk import Attempt, Past, lineage
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes
from cnnspec.values.shapes import Shape

FACTORS = re.compile(r"(\d+) *\* *(\d+)(?: *\* *(\d+))?(?: *\* *(\d+))?(?!\w)")
FOR_FLAT_VALUES = {"channel_dropout": "dropout"}
COLOURS = (1, 3, 4)
RANK = re.compile(r"([123])d$", re.IGNORECASE)


def with_positions(diagnostic: Diagnostic, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of a flat value that meets a layer for images with the statements to move or to insert."""
    flat = FOR_FLAT_VALUES.get(attempt.layer.keyword)
    if flat is not None:
        word = (Edit(attempt.origin.word, flat),)
        return replace(diagnostic, help=f"write `{flat}`, which takes flat values", fixes=fix(f"write `{flat}`", word))
    flattens = [node.origin.statement for node in _flat(attempt, past) if node.keyword == "flatten"]
    if flattens:
        return _unflattened(diagnostic, flattens, attempt, past)
    shape = next(_images(attempt, past), None)
    if shape is None:
        return diagnostic
    line = f"reshape {', '.join(map(str, shape.sizes))}"
    advice = f"insert a line `{line}` before it, which makes {shape} of {attempt.x}"
    return replace(diagnostic, help=advice, fixes=fix(f"insert `{line}`", before_statement(attempt.origin.statement, [line])))


def with_rank(diagnostic: Diagnostic, problem: RankAsserted, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of `conv2d` on another number of axes with the input that was meant."""
    return with_axes(diagnostic, problem.rank, attempt, past)


def with_axes(diagnostic: Diagnostic, rank: int, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic with the input of so many spatial axes that was meant: one channel more, or no batch."""
    x = attempt.x
    if not 0 <= attempt.value < len(past.input_spans) or x.is_symbolic:
        return diagnostic
    if rank == x.rank and x.channels not in COLOURS:
        meant, why = Shape((1, *x.sizes)), "where one channel is meant"
    elif rank == x.rank - 2 and x.channels == 1:
        meant, why = Shape(x.sizes[1:]), "where the first size is the batch, which is never mentioned"
    else:
        return diagnostic
    fixes = fix(f"write `input {meant}`", with_input(past.input_spans[attempt.value], meant))
    advice = f"write `input {meant}` {why}; or {diagnostic.help}"
    return replace(diagnostic, help=advice, fixes=(*fixes, *diagnostic.fixes))


def channels_first(attempt: Attempt, channels: int | None, past: Past) -> Shape | None:
    """Returns the input that was meant where the channels stand last: as many as are declared, or one or three."""
    x = attempt.x
    if not 0 <= attempt.value < len(past.input_spans) or x.is_symbolic or x.rank < 3 or x.channels in COLOURS:
        return None
    last = [place for place in range(x.rank) if x.sizes[place] == channels or (channels is None and x.sizes[place] in COLOURS)]
    if not last:
        return None
    return Shape((x.sizes[last[-1]], *(size for place, size in enumerate(x.sizes) if place != last[-1])))


def _unflattened(diagnostic: Diagnostic, flattens: list[Span], attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic with the fix that moves the `flatten` behind the layer, to the `linear` that needs it."""
    without: Edits = tuple(edit for span in flattens for edit in without_statement(span))
    if len(without) < len(flattens):
        return diagnostic
    needing = _next_linear(attempt.origin.statement, past.body)
    moved = before_statement(needing, ["flatten"]) if needing is not None else ()
    fixes: tuple[Fix, ...] = fix("move the `flatten` behind it", (*without, *moved)) if moved else ()
    line = flattens[0].begin.line
    behind = f" and insert it before the `linear` in line {needing.begin.line}" if needing is not None and moved else ""
    advice = f"drop the `flatten` in line {line}{behind}, or give the value positions with `unflatten` or `reshape`"
    return replace(diagnostic, help=advice, fixes=(*fixes, *fix("drop the `flatten`", without)))


def _flat(attempt: Attempt, past: Past) -> Iterator[Node]:
    """Yields the layers that led from the last value with positions to the flat one, the last one first."""
    for node in reversed(lineage(attempt.value, past.nodes, past.inputs, past.declared).nodes):
        if not isinstance(node, Node) or node.output.rank > 1 or node.keyword == "linear":
            return
        yield node


def _next_linear(statement: Span, body: tree.Body) -> Span | None:
    """Returns the statement behind another one that needs a flat value first, None where a `flatten` comes before it."""
    calls = [node for node in nodes(body) if isinstance(node, tree.Call) and node.span.start >= statement.end]
    for call in sorted(calls, key=lambda call: call.span.start):
        word = lookup(call.word.text)
        if word is not None and word.kind.keyword in ("linear", "flatten"):
            return call.span if word.kind.keyword == "linear" else None
    return None


def _images(attempt: Attempt, past: Past) -> Iterator[Shape]:
    """Yields shapes of as many numbers as arrive which the layer takes, those that the file speaks of first."""
    features, rank = attempt.x.features, _rank(attempt)
    found = [*_written(attempt, past, rank), *_square(features, rank, getattr(attempt.layer, "in_channels", None))]
    for sizes in found:
        shape = Shape(sizes)
        if math.prod(sizes) == features and accepts(attempt.layer, shape):
            yield shape


def _rank(attempt: Attempt) -> int:
    """Returns for how many spatial axes the layer is meant: as its spelling says, or those of images."""
    asserted = RANK.search(attempt.origin.word.text)
    return int(asserted[1]) if asserted else 2


def _written(attempt: Attempt, past: Past, rank: int) -> Iterator[tuple[int, ...]]:
    """Yields the factors of the last `linear 128*7*7`, as far as they are as many as an image has axes."""
    for node in reversed(lineage(attempt.value, past.nodes, past.inputs, past.declared).nodes):
        for span in node.origin.arguments.values():
            factors = FACTORS.search(span.text)
            sizes = tuple(int(size) for size in factors.groups() if size) if factors else ()
            if len(sizes) == rank + 1:
                yield sizes


def _square(features: int, rank: int, channels: int | None) -> Iterator[tuple[int, ...]]:
    """Yields shapes of equal sides, first those of images, then those with many channels."""
    if rank == 1:
        yield (channels, features // channels) if channels and features % channels == 0 else (1, features)
    counts = (channels,) if channels else (1, 3, *(2**power for power in range(12, 1, -1)))
    for count in counts:
        side = round((features / count) ** (1 / rank))
        if side > 1 and count * side**rank == features:
            yield (count, *(side for _ in range(rank)))
