"""Arguments to fields: one binder for layers and for training settings, driven by their declarations."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeVar, get_args

from cnnspec.declarations.declaration import Declaration, Refused, positional_names, signature, validated
from cnnspec.diagnostics.diagnostic import Label
from cnnspec.network.expressions import evaluate, integer_advice, show
from cnnspec.network.problems import (
    BadExpression,
    BadValue,
    Fault,
    GivenTwice,
    MissingArguments,
    TooManyArguments,
    UnknownArgument,
    UnknownName,
)
from cnnspec.network.scope import Scope
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.dims import Formula

Kind = TypeVar("Kind", bound=Declaration)


@dataclass(slots=True)
class Bound:
    """Arguments by field: their values, where each was written, and which of them stand without a name."""

    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    expressions: dict[str, tree.Expression] = field(default_factory=dict)
    positional: list[str] = field(default_factory=list)


def bind(kind: type[Kind], arguments: tuple[tree.Argument, ...], scope: Scope) -> Bound:
    """Returns the arguments by field name; raises Fault for unknown, repeated and surplus ones."""
    bound = Bound()
    places = positional_names(kind)
    next_place = 0
    for position, argument in enumerate(arguments):
        if argument.name is not None:
            name = _field_name(kind, argument.name, argument.value)
        elif position and arguments[position - 1].name is not None:
            raise misplaced(argument)
        elif kind.variadic is not None:
            _collect(kind.variadic, argument, arguments, scope, bound)
            continue
        else:
            if next_place >= len(places):
                named = tuple(item.name for item in signature(kind) if not item.positional)
                reason = None if places or hasattr(kind, "family") else _order_in_setting(kind)
                raise Fault(TooManyArguments(kind.keyword, places, named, reason=reason), argument.span)
            name = places[next_place]
            next_place += 1
            bound.positional.append(name)
        if name in bound.values:
            earlier = Label(bound.spans[name], "first given here")
            raise Fault(GivenTwice("the argument", name, _in_torchs_order(kind, bound)), argument.span, [earlier])
        value = argument.value
        given = value.value if type(value) is tree.Literal else _value(kind, name, value, scope)
        if given is None and "none" in words(kind, name):
            given = "none"  # gelu's approximation is called so
        if kind.torch_axes and argument.name is not None and argument.name.text in kind.torch_axes:
            given = _without_batch(argument, argument.name.text, given)
        bound.values[name] = given
        bound.spans[name] = argument.span
        bound.expressions[name] = value
    return bound


def misplaced(argument: tree.Argument) -> Fault:
    """Returns the mistake of a positional argument behind a named one."""
    return Fault(BadExpression("positional arguments come before named ones"), argument.span)


def create(kind: type[Kind], bound: Bound, owner: tree.Name) -> Kind:
    """Returns the validated layer or setting; raises the first Fault, at the argument that is wrong."""
    for name, value in bound.values.items():
        if isinstance(value, Formula | tuple):
            _refuse_symbols(kind, name, value, bound.spans[name])
    try:
        return validated(kind, bound.values)
    except Refused as refusal:
        raise _fault(kind, bound, owner, refusal) from None


def _refuse_symbols(kind: type[Declaration], name: str, value: Any, span: Span) -> None:
    """Raises Fault where an argument depends on symbolic sizes."""
    from cnnspec.network.symbolic.verification import symbols_in

    names = symbols_in(value)
    if names:
        from cnnspec.network.symbolic.problems import ArgumentNotFixed

        raise Fault(ArgumentNotFixed(kind.keyword, name, show(value).strip("`"), names), span)


def _field_name(kind: type[Declaration], name: tree.Name, value: tree.Expression) -> str:
    text = name.text
    if text in kind.model_fields:
        return text
    renamed = kind.aliases.get(text) or kind.torch_axes.get(text)
    if renamed is not None:
        return renamed
    from cnnspec.diagnostics.nearest import nearest
    from cnnspec.layers.elsewhere import our_argument  # files without mistakes do without
    from cnnspec.layers.elsewhere_differs import argument_advice

    known = tuple(argument.name for argument in signature(kind))
    if not hasattr(kind, "family"):
        raise Fault(_unknown_in_setting(kind, text, known), name.span)
    elsewhere = our_argument(text, kind.model_fields)
    if elsewhere is None and nearest(text, known) is None:
        elsewhere = kind.aliases.get(nearest(text, kind.aliases) or "")  # `kernel_szie`
    given = value.value if isinstance(value, tree.Literal) else value.span.text
    advice = argument_advice(text, given, kind.model_fields)
    raise Fault(UnknownArgument("argument", text, known, f"of `{kind.keyword}`", elsewhere, advice), name.span)


def _unknown_in_setting(kind: type[Declaration], text: str, known: tuple[str, ...]) -> UnknownArgument:
    """Returns the mistake of an argument that a kind of a setting does not have."""
    from cnnspec.recipe.elsewhere_arguments import argument_advice, our_argument

    elsewhere = our_argument(kind, text)
    return UnknownArgument("argument", text, known, f"of `{kind.keyword}`", elsewhere, argument_advice(kind, text))


def _order_in_setting(kind: type[Declaration]) -> str | None:
    from cnnspec.recipe.elsewhere_arguments import position_advice

    return position_advice(kind)


def _collect(name: str, argument: tree.Argument, arguments: tuple[tree.Argument, ...], scope: Scope, bound: Bound) -> None:
    """Appends a positional argument to the one field that takes them all."""
    value = evaluate(argument.value, scope)
    alone = sum(other.name is None for other in arguments) == 1
    if alone and isinstance(value, tuple):
        bound.values[name] = value
    else:
        bound.values[name] = (*bound.values.get(name, ()), value)
    first = bound.spans.get(name)
    bound.spans[name] = first.to(argument.span) if first else argument.span
    bound.expressions[name] = argument.value


def _value(kind: type[Declaration], name: str, expression: tree.Expression, scope: Scope) -> Any:
    """Returns the value of an argument; a bare word that names nothing is taken as itself where the field has such a word."""
    if isinstance(expression, tree.Name) and words(kind, name):
        try:
            return scope.find(expression.text)
        except KeyError:
            if expression.text in words(kind, name):
                return expression.text
            known = (*sorted(words(kind, name)), *scope.names())
            raise Fault(UnknownName("name", expression.text, known), expression.span) from None
    return evaluate(expression, scope)


@cache
def words(kind: type[Declaration], name: str) -> frozenset[str]:
    """Returns the words that a field accepts, such as `same` and `valid`."""
    return frozenset(_strings(kind.model_fields[name].annotation))


def _strings(annotation: Any) -> list[str]:
    parts = get_args(annotation)
    return [part for part in parts if isinstance(part, str)] + [word for part in parts for word in _strings(part)]


def _without_batch(argument: tree.Argument, name: str, value: Any) -> Any:
    """Returns an axis number that counted the batch, as torch's `dim` does, in cnnspec's numbering."""
    if value == 0:
        raise Fault(BadExpression(f"`{name}=0` is the batch, which a spec never mentions"), argument.span)
    return value - 1 if type(value) is int and value > 0 else value


def _fault(kind: type[Declaration], bound: Bound, owner: tree.Name, refusal: Refused) -> Fault:
    if refusal.missing:
        return Fault(MissingArguments(kind.keyword, refusal.missing, kind.examples[0] if kind.examples else None), owner.span)
    name = refusal.field
    if name not in bound.values:
        return Fault(BadExpression(f"`{kind.keyword}`: {refusal.reason}"), owner.span)
    value = bound.values[name]
    says = next(argument.says for argument in signature(kind) if argument.name == name)
    advice = _other_spelling(kind, bound, name, says)
    if advice is None and name in bound.positional:
        advice = _in_torchs_order(kind, bound)
    return Fault(BadValue(kind.keyword, name, says, show(value), advice), bound.spans[name])


def _other_spelling(kind: type[Declaration], bound: Bound, name: str, says: str) -> str | None:
    """Returns how the value that is meant is written: one that the argument takes, None where none is near.

    A number or constant may stand in quotes or in capitals, an integer have a point, a share be given in percent.
    """
    value, expression = bound.values[name], bound.expressions[name]
    if isinstance(value, str):
        small = value.lower()
        if small in words(kind, name):
            return f"write `{small}`, in small letters"
        if small in ("true", "false", "none") and f"`{small}`" in says:
            return f"write `{small}`, " + ("without quotes" if value.islower() else "in small letters and without quotes")
        is_number = value.replace(".", "", 1).isdecimal()
        number = 0 if not is_number else float(value) if "." in value else int(value)
        return f"write `{value}`, without quotes" if is_number and _takes(kind, bound, name, number) else None
    if not isinstance(value, float) or _takes(kind, bound, name, int(value)):
        advice = integer_advice(value, expression)
        if advice is not None:
            return advice
    is_share = "probability" in says or "a share" in says
    is_percentage = is_share and isinstance(value, int | float) and 2 <= value <= 100
    return f"write `{value / 100:g}` for {value:g} %" if is_percentage and _takes(kind, bound, name, value / 100) else None


def _takes(kind: type[Declaration], bound: Bound, name: str, value: Any) -> bool:
    """Returns whether an argument that was the first to be refused would be taken with another value."""
    try:
        validated(kind, {**bound.values, name: value})
    except Refused as refusal:
        return refusal.field != name
    return True


def _in_torchs_order(kind: type[Declaration], bound: Bound) -> str | None:
    """Returns the advice for positional arguments that begin with the size that torch wants to be told first."""
    if not hasattr(kind, "family"):
        return _order_in_setting(kind)
    inferred = next((name for name in ("in_channels", "in_features") if name in kind.model_fields), None)
    if inferred is None or len(bound.positional) < 2:
        return None
    return f"`{inferred}` is inferred here: leave `{bound.spans[bound.positional[0]].text}` out if it is meant to be that"
