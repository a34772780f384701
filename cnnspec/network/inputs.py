"""The inputs of a network: as declared, or as given from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.network.naming import Level, label_name
from cnnspec.network.problems import Fault, Structure
from cnnspec.network.scope import Flow, Scope
from cnnspec.network.sizes import input_shape, symbol_sizes, symbols
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration


_EXAMPLES = ("left", "right")


class DeclaredInput(NamedTuple):
    """An `input` line; `shape` is None where a mistake hides it."""

    shape: Shape | None
    name: str | None
    span: Span


def declare_input(walk: Elaboration, statement: tree.Input, level: Level, scope: Scope) -> None:
    """Makes an input the current value."""
    if scope is not walk.root or walk.body_of is not walk.definition:
        text = "`input` stands in the body of the network itself, not inside another statement"
        is_block = walk.body_of is not walk.definition
        advice = (
            "leave it out: in a block, `input` is the value that enters" if is_block else "move it to the top of the network"
        )
        raise Fault(Structure(text, advice), statement.span)
    label = label_name(statement.label, scope)
    if walk.declared > 1 and label is None:
        _refuse_nameless(walk, statement)
    name = label.text if label is not None else None
    shape = None
    try:
        shape = _shape(walk, statement, name, scope)
    finally:
        number = len(walk.inputs)
        walk.inputs.append(DeclaredInput(shape, name, statement.span))
        walk.enter(Flow(None) if shape is None else Flow(shape, number))
        if label is not None:
            walk.label(label, scope)


def _refuse_nameless(walk: Elaboration, statement: tree.Input) -> None:
    """Reports, at the last of them, that inputs have no label."""
    nameless = [each for each in walk.definition.body if isinstance(each, tree.Input) and each.label is None]
    if statement is not nameless[-1]:
        return
    example = f"write for example `{_EXAMPLES[len(walk.inputs) % len(_EXAMPLES)]}: {statement.span.text}`"
    is_copy = any(each.span.text == statement.span.text for each in nameless[:-1])
    advice = f"leave one of them out, or {example}" if is_copy else example
    labels = tuple(Label(each.span, "this one has none, too") for each in nameless[:-1])
    walk.report(Structure("each of several inputs needs a label", advice), statement.span, labels)


def _unknown(declared: list[tuple[str | None, Span]]) -> dict[str, int]:
    """Returns the symbols of an input, each as a size that stands for any number."""
    names = [name for name, _ in declared if name is not None]
    if not names:
        return {}
    from cnnspec.values.sizes import symbolic  # few inputs have symbols

    return {name: symbolic(name) for name in names}


def _shape(walk: Elaboration, statement: tree.Input, name: str | None, scope: Scope) -> Shape:
    given = walk.given_inputs.get(name) or walk.given_inputs.get(None)
    declared = symbols(statement.arguments, scope)
    try:
        if given is None:
            scope.values.update(_unknown(declared))
            return input_shape(statement.arguments, scope)
        scope.values.update(symbol_sizes(declared, given))
        return given
    except Fault:
        for symbol, _ in declared:
            if symbol is not None:
                scope.lose(symbol)
        raise
