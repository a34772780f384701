"""What to write in the place of an argument that a layer refuses, or in the layer that decides on the channels before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.problems import InvalidArgument, LayerProblem, NotDivisible
from cnnspec.layers.shape_problems import ElementsDiffer
from cnnspec.network.remedies.assumptions import Search
from cnnspec.network.remedies.other_values import accepts, channels_that_fit, other_values
from cnnspec.network.remedies.rewriting import Edits, Value, at_the_call, fix, spelled, with_arguments
from cnnspec.network.walk import Attempt, Past
from cnnspec.network.written import line_of

TOLD = 2  # changes that are named
SHARED = ("groups", "num_groups")  # by what arrives: these are changed before the channels are


class Way(NamedTuple):
    """A change in words, and as edits."""

    text: str
    edits: Edits


def adjusted(diagnostic: Diagnostic, problem: LayerProblem, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of an argument that a layer refuses with the values that it would take."""
    field, origin = problem.argument, attempt.origin
    if field is None or attempt.x.is_symbolic:
        return diagnostic
    changes = list(_changes(problem, attempt))
    ways = [Way(f"`{spelled(origin, change)}`", with_arguments(origin, change)) for change in changes]
    others = _channels_before(attempt, past)
    told = [ways[number].text for number, change in enumerate(changes) if change.keys() not in map(dict.keys, changes[:number])]
    if field not in SHARED:
        ways, told = [*others, *ways], [*(way.text for way in others[:1]), *told]
    else:
        ways, told = [*ways, *others], [*told, *(way.text for way in others[:1])]
    if not told:
        return diagnostic
    facts = f"; {diagnostic.help}" if diagnostic.help and isinstance(problem, NotDivisible | InvalidArgument) else ""
    start = "what would do here:" if origin.frames else "write"
    fixes = [each for way in ways for each in fix(f"write {way.text}", way.edits)]
    for name, value in (item for change in changes for item in change.items()):
        text, edits = at_the_call(origin, name, value)
        fixes += fix(f"write `{text}`", edits)
    return replace(diagnostic, help=f"{start} {', or '.join(told[:TOLD])}{facts}", fixes=(*diagnostic.fixes, *fixes))


def _changes(problem: LayerProblem, attempt: Attempt) -> Iterator[dict[str, Value]]:
    """Yields arguments that the layer would take: as the problem says itself, or as found by asking."""
    assert problem.argument is not None
    if isinstance(problem, InvalidArgument) and problem.change is not None:
        yield dict(problem.change)
    elif isinstance(problem, ElementsDiffer):
        for sizes in problem.fitting():
            yield {problem.field: sizes}
    else:
        yield from other_values(attempt.layer, attempt.x, problem.argument)


def _channels_before(attempt: Attempt, past: Past) -> list[Way]:
    """Returns the numbers of output channels of an earlier layer with which the layer would take what arrives."""
    layer, found = attempt.layer, []
    if attempt.value < 0 or past.shape(attempt.value) != attempt.x:
        return []
    for wanted in channels_that_fit(layer, attempt.x):
        search = Search(past, attempt.value, lambda shape: 0 if accepts(layer, shape) else -1, attempt.origin.frames)
        assumption = search.channels(wanted)
        if assumption is not None and assumption.node is not None:
            origin = assumption.node.origin
            place = line_of(origin.word, attempt.origin.word.source)
            text = f"`{spelled(origin, assumption.arguments)}` {place}"
            found.append(Way(text, with_arguments(origin, assumption.arguments)))
    return found
