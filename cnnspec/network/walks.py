"""Walks through one network: the one that explains it best, where there are several ways to understand it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnspec.network.elaborate import Elaboration
from cnnspec.network.expansion import Expansion
from cnnspec.network.expressions import evaluate
from cnnspec.network.problems import Fault, NoValueGiven
from cnnspec.network.scope import FileScope, Scope, Unknown, define
from cnnspec.network.symbolic.notes import Notes
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.definitions import Outside

MOST_DECIDED = 8  # wrong expectations, or ways in which symbolic sizes meet: each costs one more walk through the network


def best_walk(definition: tree.NetworkDefinition, scope: FileScope, outside: Outside) -> Elaboration:
    """Returns the walk that explains a network with the fewest mistakes.

    Behind a `-> shape` that is not what comes out, either may be what the author has in mind; the one that draws more
    consequences is not. The first few such places are decided one after the other. Symbolic sizes that are merged are taken
    to be equal; where that leads to a mistake, one of them may be 1 instead.
    """
    trusted: dict[Span, bool] = {}
    walk = _walk(definition, scope, outside, trusted)
    while len(trusted) < MOST_DECIDED:
        place = next((place for place in walk.disputed if place not in trusted), None)
        if place is None:
            break
        other = _walk(definition, scope, outside, {**trusted, place: False})
        better = len(other.diagnostics) < len(walk.diagnostics)
        trusted = {**trusted, place: not better}
        walk = other if better else walk
    scripts = list(walk.notes.other_scripts)
    for _ in range(MOST_DECIDED):
        if not scripts or not walk.findings.has_errors:
            break
        other = _walk(definition, scope, outside, trusted, scripts.pop(0))
        scripts += other.notes.other_scripts
        walk = walk if other.findings.has_errors else other
    return walk


def _walk(
    definition: tree.NetworkDefinition,
    file: FileScope,
    outside: Outside,
    trusted: Mapping[Span, bool],
    script: tuple[int, ...] = (),
) -> Elaboration:
    """Returns one walk through a network; for `trusted` and `script` see there."""
    given: dict[str | None, Shape] = dict(outside.inputs.items())
    if outside.input is not None:
        given[None] = outside.input
    walk = Elaboration(definition, file, given, Expansion(file, outside.max_layers), trusted, Notes(script))
    for parameter in definition.parameters:
        try:
            define(parameter.name, _parameter(parameter, walk.root, outside), walk.root, walk.findings, "a parameter")
        except Fault as fault:
            walk.report(fault.problem, fault.span, fault.labels)
            walk.root.lose(parameter.name.text)
        except Unknown:
            walk.root.lose(parameter.name.text)
    walk.network()
    return walk


def _parameter(parameter: tree.Parameter, scope: Scope, outside: Outside) -> Any:
    name = parameter.name.text
    if name in outside.parameters:
        return outside.parameters[name]
    if parameter.default is not None:
        return evaluate(parameter.default, scope)
    raise Fault(
        NoValueGiven(f"the parameter `{name}` has no value", f"give it a default, or set it with `--set {name}=...`"),
        parameter.name.span,
    )
