"""Arguments of blocks to their parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.network.bind import misplaced
from cnnspec.network.expressions import evaluate
from cnnspec.network.problems import BadExpression, Fault, GivenTwice, MissingArguments, TooManyArguments, UnknownArgument
from cnnspec.network.scope import Flow, Scope, Unknown, define
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration

Arguments: TypeAlias = tuple[tuple[str, Any], ...]


def given_arguments(definition: tree.BlockDefinition, statement: tree.Call, scope: Scope) -> dict[str, Any]:
    """Returns the values that a call gives, by parameter, in the order of the head; raises Fault, or Unknown."""
    names = tuple(parameter.name.text for parameter in definition.parameters)
    block = definition.name.text
    here = Label(definition.name.span, "defined here")
    found: dict[str, tree.Argument] = {}
    place = 0
    for position, argument in enumerate(statement.arguments):
        if argument.name is not None:
            name = argument.name.text
            if name not in names:
                raise Fault(UnknownArgument("parameter", name, names, f"of `{block}`"), argument.name.span, [here])
        elif position and statement.arguments[position - 1].name is not None:
            raise misplaced(argument)
        elif place < len(names):
            name = names[place]
            place += 1
        else:
            raise Fault(TooManyArguments(block, names, is_block=True), argument.span, [here])
        if name in found:
            raise Fault(GivenTwice("the parameter", name), argument.span, [Label(found[name].span, "first given here")])
        found[name] = argument
    missing = [item.name for item in definition.parameters if item.default is None and item.name.text not in found]
    if missing:
        example = ", ".join([*(given.span.text for given in statement.arguments), *(f"{name.text}=..." for name in missing)])
        problem = MissingArguments(block, tuple(name.text for name in missing), f"{block} {example}")
        raise Fault(problem, statement.word.span, [Label(name.span, "has no default") for name in missing])
    return {name: _value(found[name], scope) for name in names if name in found}


def _value(argument: tree.Argument, scope: Scope) -> Any:
    value = evaluate(argument.value, scope)
    if isinstance(value, Flow):
        advice = "inside a block `input` is the value that enters it; pass a number, such as `in.channels`"
        raise Fault(BadExpression("a value of the network cannot be an argument of a block", advice), argument.span)
    return value


def bind_parameters(walk: Elaboration, definition: tree.BlockDefinition, given: dict[str, Any]) -> Arguments:
    """Returns the values of all parameters, having defined them in the scope of the block's body."""
    scope, values = walk.root, []
    for parameter in definition.parameters:
        name = parameter.name.text
        try:
            if name not in given:
                assert parameter.default is not None
                given = {**given, name: evaluate(parameter.default, scope)}
            define(parameter.name, given[name], scope, walk.findings, "a parameter")
            values.append((name, given[name]))
        except Fault as fault:
            walk.report(fault.problem, fault.span, fault.labels)
            scope.lose(name)
        except Unknown:
            walk.lost = True
            scope.lose(name)
    return tuple(values)
