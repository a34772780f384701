"""What to do about a mistake with shapes: numbers that have been computed, and tried with the layers' own rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix
from cnnspec.layers.problems import DeclaredSizeDiffers, LayerProblem, NeedsPositions, NotFlattened, WrongNumberOfAxes
from cnnspec.layers.window_problems import KernelExceedsInput
from cnnspec.network.network import Frame, Node, Origin
from cnnspec.network.remedies.adjusting import adjusted
from cnnspec.network.remedies.assumptions import ANY, Assumption, Search
from cnnspec.network.remedies.flattening import flattened
from cnnspec.network.remedies.joining import joined
from cnnspec.network.remedies.positions import channels_first, with_axes, with_positions
from cnnspec.network.remedies.regularity import regular_to
from cnnspec.network.remedies.rewriting import at_the_call, fix, with_arguments, with_input, without_argument
from cnnspec.network.remedies.room import room
from cnnspec.network.remedies.window_changes import Numbers
from cnnspec.network.walk import Attempt, Past, factors, lineage
from cnnspec.network.written import arguments, line_of, number, rewritten
from cnnspec.source import Source
from cnnspec.values.shapes import Shape

PADDINGS = ("padding", "output_padding")
FAR = 0.25  # what a layer further back weighs where a number at the end is explained
LIKELY = 2.0  # the most that a change weighs which is worth a word beside another input
USUAL = 4.0  # and the most of what anybody writes
NEAR = 0.75  # and where the layers just before are expected to give a shape


def remedied(diagnostic: Diagnostic, problem: LayerProblem, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of what a layer refuses with advice, and with what would make the file right as it stands."""
    if isinstance(problem, DeclaredSizeDiffers):
        found = _as_it_arrives(_with_assumption(diagnostic, problem, attempt, past), problem, attempt, past)
        declared = problem.declared if problem.field == "in_channels" and isinstance(problem.declared, int) else 0
        return joined(_turned(found, channels_first(attempt, declared, past), attempt, past), problem, attempt, past)
    if isinstance(problem, NotFlattened):
        return flattened(diagnostic, attempt, past)
    if isinstance(problem, KernelExceedsInput):
        return _turned(room(diagnostic, attempt, past), channels_first(attempt, None, past), attempt, past)
    if isinstance(problem, WrongNumberOfAxes):
        return with_axes(adjusted(diagnostic, problem, attempt, past), problem.given, attempt, past)
    if isinstance(problem, NeedsPositions):
        return with_positions(diagnostic, attempt, past)
    return adjusted(diagnostic, problem, attempt, past)


def _turned(diagnostic: Diagnostic, meant: Shape | None, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic with the input whose channels come first, where there is one that may be meant."""
    if meant is None:
        return diagnostic
    fixes = fix(f"write `input {meant}`", with_input(past.input_spans[attempt.value], meant))
    advice = f"write `input {meant}`: channels come first; or {diagnostic.help}"
    return replace(diagnostic, help=advice, fixes=(*fixes, *diagnostic.fixes))


def reached(diagnostic: Diagnostic, expected: Shape, actual: Shape, value: int, past: Past) -> Diagnostic:
    """Returns the diagnostic of `-> shape` with the change of one layer, or else of the input, that would give the shape."""
    if expected.rank != actual.rank or value < 0 or past.shape(value).sizes != actual.sizes:
        return diagnostic
    found = _decided(Search(past, value, _towards(expected)), expected, actual)
    every = None if expected.spatial == actual.spatial else regular_to(past, value, expected)
    if every is not None and (found is None or not _is_padding(found)):
        advice = f"write {every.text}, which gives {expected}; or write `-> {actual}`"
        return replace(diagnostic, help=advice, fixes=(*fix(f"write {every.text}", every.edits), *diagnostic.fixes))
    if found is None:
        return diagnostic
    said = _said(found, diagnostic.span.source)
    if _is_padding(found):  # which is forgotten more often than a shape is wrong
        advice = f"write {said.removeprefix('with ')}, which gives {expected}; or write `-> {actual}`"
        return replace(diagnostic, help=advice, fixes=(*_fix_of(found, past), *diagnostic.fixes))
    advice = f"write `-> {actual}`; {said} it would be {expected}"
    return replace(diagnostic, help=advice, fixes=(*diagnostic.fixes, *_fix_of(found, past)))


def _decided(search: Search, expected: Shape, actual: Shape) -> Assumption | None:
    """Returns the change of the channels, or else of the positions, that would give the shape."""
    if expected.spatial == actual.spatial:
        return search.channels(int(expected.channels)) if isinstance(expected.channels, int) else None
    if expected.channels == actual.channels:
        return search.window(NEAR) or search.input()
    return None


def _is_padding(found: Assumption) -> bool:
    return found.node is not None and set(found.arguments) <= set(PADDINGS)


def padded(
    source: int, goal: Shape, apart: int, frames: tuple[Frame, ...], past: Past
) -> tuple[Node, Mapping[str, Numbers]] | None:
    """Returns the layer, and the padding of its input or output, with which the value `source` has the shape of `goal`.

    `apart` is the value that has that shape, and keeps it.
    """
    if source < 0 or past.shape(source).rank != goal.rank:
        return None
    found = Search(past, source, _towards(goal), frames, apart).window(NEAR, USUAL, PADDINGS)
    return None if found is None or found.node is None else (found.node, found.arguments)


def _as_it_arrives(diagnostic: Diagnostic, problem: DeclaredSizeDiffers, attempt: Attempt, past: Past) -> Diagnostic:
    span, field = diagnostic.span, problem.field
    before = lineage(attempt.value, past.nodes, past.inputs, past.declared).nodes
    text = rewritten(span, field, factors(before, attempt.x) if field == "in_features" else number(problem.arriving))
    offers = fix(f"write `{text}`", (Edit(span, text),)), fix(f"leave `{field}` out", without_argument(attempt.origin, field))
    if attempt.origin.frames:  # the same text may stand for other numbers in another call or round
        advice = f"leave `{field}` out and it is inferred; here it is `{text}`"
        (call, told), offers = _at_the_call(attempt.origin, field, problem.arriving), (offers[1], offers[0])
        return replace(diagnostic, help=f"{told}; or {advice}" if told else advice, fixes=(*call, *offers[0], *offers[1]))
    advice = f"write `{text}`, or leave `{field}` out and it is inferred"
    return replace(diagnostic, help=advice, fixes=(*offers[0], *offers[1]))


def _at_the_call(origin: Origin, field: str, arriving: int | tuple[int, ...]) -> tuple[tuple[Fix, ...], str | None]:
    """Returns the fix that passes a block the number that arrives, and its words; nothing where no parameter says it."""
    text, edits = at_the_call(origin, field, arriving)
    if not edits:
        return (), None
    return fix(f"write `{text}`", edits), f"write `{text}` {line_of(edits[0].span, origin.word.source)}"


def _with_assumption(diagnostic: Diagnostic, problem: DeclaredSizeDiffers, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic with a note about where the declared number would have been right."""
    declared = problem.declared
    if attempt.origin.frames or not isinstance(declared, int) or not _is_known(attempt, past):
        return diagnostic
    if problem.field == "in_features":
        search = Search(past, attempt.value, lambda shape: shape.sizes[-1] - declared)
        size = search.input()
        found = [size, search.window(FAR, LIKELY if size else ANY)]
    else:
        search = Search(past, attempt.value, lambda shape: shape.channels - declared)
        found = [search.channels(declared)]
    offers = [_said(offer, diagnostic.span.source) for offer in found if offer is not None]
    if not offers:
        return diagnostic
    return replace(diagnostic, notes=(*diagnostic.notes, f"{declared} is right {', or '.join(offers)}"))


def _is_known(attempt: Attempt, past: Past) -> bool:
    """Returns whether the value that arrives is what comes out of the layers before it, not what the author expects of them."""
    return attempt.value >= 0 and past.shape(attempt.value).sizes == attempt.x.sizes


def _towards(expected: Shape) -> Callable[[Shape], int]:
    """Returns the measure that is 0 for one shape, and tells by their elements what is smaller or larger."""

    def measure(shape: Shape) -> int:
        return 0 if shape.sizes == expected.sizes else (shape.features - expected.features or 1)

    return measure


def _said(found: Assumption, source: Source) -> str:
    """Returns an assumption in words: `for a 1x32x32 input`, ``with `padding=2` in line 4``."""
    if found.node is None and found.change.shape is not None and found.change.shape.rank == 1:
        return f"for an input of {found.change.shape} numbers"
    if found.node is None:
        return f"for {_article(str(found.change.shape))} {found.change.shape} input"
    place = line_of(found.node.origin.word, source)
    for field, noun in (("out_channels", "output channel"), ("out_features", "output feature")):
        if field in found.arguments:
            count: Any = found.arguments[field]
            return f"with {count} {noun}{'' if count == 1 else 's'} {place}"
    return f"with `{arguments(found.node.origin, found.arguments)}` {place}"


def _fix_of(found: Assumption, past: Past) -> tuple[Fix, ...]:
    """Returns the fix that makes an assumption true."""
    if found.node is not None:
        text = arguments(found.node.origin, found.arguments)
        return fix(
            f"write `{text}` in line {found.node.origin.word.begin.line}", with_arguments(found.node.origin, found.arguments)
        )
    shape, number = found.change.shape, found.change.value
    if shape is None or number >= len(past.input_spans):
        return ()
    return fix(f"write `input {shape}`", with_input(past.input_spans[number], shape))


def _article(text: str) -> str:
    return "an" if text.startswith(("8", "11x", "18x")) else "a"
