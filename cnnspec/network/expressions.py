"""Expressions to values: integers, floats, strings, booleans, none, and tuples (lists are tuples too).

Every mistake is raised as a `Fault` at the smallest part of the expression that shows it.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Any

from cnnspec.diagnostics.nearest import edit_distance, nearest
from cnnspec.layers.registry import known_words, lookup
from cnnspec.network.functions import FUNCTIONS, Undefined, apply, bounded
from cnnspec.network.problems import BadExpression, Fault, NoValueGiven, UnknownName
from cnnspec.network.scope import SHAPE_ATTRIBUTES, Callee, Flow, Scope, Unknown
from cnnspec.syntax import tree
from cnnspec.values.dims import Formula, Undecided
from cnnspec.values.shapes import AXIS_NAMES, Shape

LONG = 4  # letters that a name has to have to be taken for a misspelt layer
_LABEL = re.compile(r"[\w-]+", re.ASCII)


def evaluate(expression: tree.Expression, scope: Scope) -> Any:
    """Returns the value of an expression; raises Fault, or Unknown."""
    return _EVALUATE[type(expression)](expression, scope)


def _literal(node: tree.Literal, scope: Scope) -> Any:
    return node.value


def _size(node: tree.Size, scope: Scope) -> Any:
    return tuple(_symbol(size, node, scope) if isinstance(size, str) else size for size in node.sizes)


def _symbol(name: str, node: tree.Size, scope: Scope) -> Any:
    try:
        return scope.find(name)
    except KeyError:
        raise Fault(
            NoValueGiven(
                f"the size `{name}` is not known here",
                "name it in the `input` line, as in `input 3xHxW`, or give it a number with `let`",
            ),
            node.span,
        ) from None


def _name(node: tree.Name, scope: Scope) -> Any:
    try:
        return scope.find(node.text)
    except KeyError:
        callee = scope.callee(node.text)
        if callee is not None:
            return callee
        if scope.file is not None and scope.file.incomplete:
            raise Unknown from None
        constants = ("true", "false", "none")
        known = constants if node.text.lower() in constants else scope.names()
        raise Fault(_unknown_name(node, known, scope), node.span) from None


def _unknown_name(node: tree.Name, known: tuple[str, ...], scope: Scope) -> UnknownName:
    """Returns what is wrong with a name that stands for nothing: a forgotten `in.`, or a misspelt layer given to a block."""
    blocks = scope.file.blocks if scope.file is not None else ()
    if nearest(node.text, known) is not None:
        return UnknownName("name", node.text, known)
    if node.text in SHAPE_ATTRIBUTES:
        return UnknownName("name", node.text, known, elsewhere=f"in.{node.text}")
    if len(node.text) >= LONG:
        near = [word for word in (*known_words(), *blocks) if edit_distance(word, node.text) <= 1]
        known = tuple(near) or known
    return UnknownName("name", node.text, known)


def _template(node: tree.Template, scope: Scope) -> Any:
    return _name(template_name(node, scope), scope)


def template_name(template: tree.Template, scope: Scope) -> tree.Name:
    """Returns what `enc{4 - i}` stands for, such as `enc3`; raises Fault where a value is no part of a name, or Unknown."""
    name = "".join(_part(part, scope) for part in template.parts)
    if name.startswith("-"):
        raise Fault(BadExpression(f"`{name}` cannot be a label", "a label begins with a letter, a digit or `_`"), template.span)
    return tree.Name(name, template.span)


def _part(part: str | tree.Expression, scope: Scope) -> str:
    if isinstance(part, str):
        return part
    value = evaluate(part, scope)
    if type(value) is int or (isinstance(value, str) and _LABEL.fullmatch(value)):
        return str(value)
    advice = "a label takes integers and words between `{` and `}`"
    raise Fault(BadExpression(f"{show(value)} cannot be a part of a label", advice), part.span)


def _attribute(node: tree.Attribute, scope: Scope) -> Any:
    name = (node.name if isinstance(node.name, tree.Name) else template_name(node.name, scope)).text
    try:
        base = evaluate(node.base, scope)
    except Fault:
        layer = lookup(name) if isinstance(node.base, tree.Name) else None
        if layer is None:
            raise
        raise Fault(UnknownName("name", node.span.text, (), elsewhere=layer.kind.keyword), node.span) from None
    if not isinstance(base, Flow):
        text = f"{said(node.base.span.text, base)}: it has no `{name}`"
        raise Fault(BadExpression(text, "only values of the network have attributes, such as `in.channels`"), node.span)
    if base.inner is not None and name in base.inner:
        return base.inner[name]
    if name not in SHAPE_ATTRIBUTES:
        raise _unknown_attribute(node, name, base)
    if base.shape is None:
        raise Unknown
    if name in ("channels", "features", "rank"):
        return getattr(base.shape, name)
    axes = AXIS_NAMES.get(base.shape.rank - 1, ())
    if name not in axes:
        raise Fault(_lacks(base.shape, name), node.span)
    return base.shape.spatial[axes.index(name)]


def _lacks(shape: Shape, name: str) -> BadExpression:
    if shape.rank == 1:
        advice = "`features` is its size; the axes of an image are gone behind `flatten`"
        return BadExpression(f"a flat value of {shape} has no {name}", advice)
    axes = ", ".join(f"`{axis}`" for axis in ("channels", *AXIS_NAMES.get(shape.rank - 1, ())))
    return BadExpression(f"{shape} has no {name}", f"its axes are {axes}")


def _unknown_attribute(node: tree.Attribute, name: str, base: Flow) -> Fault:
    if base.inner is None and nearest(name, SHAPE_ATTRIBUTES) is None:
        text = f"`{node.base.span.text}` is a block call: what it is made of cannot be seen from outside"
        return Fault(BadExpression(text, "only labelled sequences can be looked into"), node.name.span)
    return Fault(UnknownName("attribute", name, (*SHAPE_ATTRIBUTES, *(base.inner or ()))), node.name.span)


def _index(node: tree.Index, scope: Scope) -> Any:
    base, index = evaluate(node.base, scope), evaluate(node.index, scope)
    if not isinstance(base, tuple):
        raise Fault(BadExpression(f"{show(base)} is not a list"), node.base.span)
    if type(index) is not int or not -len(base) <= index < len(base):
        text = f"{show(index)} is not a position in a list of {len(base)}"
        raise Fault(BadExpression(text, "positions count from 0"), node.index.span)
    return base[index]


def _apply(node: tree.Apply, scope: Scope) -> Any:
    name = node.function.text
    if name not in FUNCTIONS and scope.callee(name) is not None:
        raise Fault(_called(name, node), node.span)
    if name not in FUNCTIONS:
        raise Fault(UnknownName("function", name, tuple(FUNCTIONS)), node.function.span)
    arguments = [evaluate(argument, scope) for argument in node.arguments]
    try:
        return apply(name, arguments)
    except Undefined as reason:
        raise Fault(BadExpression(reason.text, reason.advice), node.span) from None
    except Undecided:
        from cnnspec.network.symbolic.problems import SizeUndecided
        from cnnspec.network.symbolic.verification import symbols_in

        names = symbols_in(tuple(arguments))
        raise Fault(SizeUndecided(f"the value of `{node.span.text}`", names), node.span) from None


def _called(name: str, node: tree.Apply) -> BadExpression:
    """Returns what is wrong with `act=leaky_relu(0.2)`: what a parameter calls has a name, and no arguments yet."""
    arguments = ", ".join(argument.span.text for argument in node.arguments)
    advice = f"put it into a block, `block Own {{ {name} {arguments} }}`, and write `Own`"
    text = f"an expression names a layer or block, such as `{name}`, without arguments"
    return BadExpression(text, advice if arguments else f"write `{name}`")


def _unary(node: tree.Unary, scope: Scope) -> Any:
    value = evaluate(node.operand, scope)
    if node.operator == "not":
        return not _truth(value, node.operand)
    _number(value, node.operand)
    return -value if node.operator == "-" else value


def _binary(node: tree.Binary, scope: Scope) -> Any:
    if node.operator in ("and", "or"):
        left = _truth(evaluate(node.left, scope), node.left)
        if left == (node.operator == "or"):
            return left
        return _truth(evaluate(node.right, scope), node.right)
    left = _number(evaluate(node.left, scope), node.left)
    right = _number(evaluate(node.right, scope), node.right)
    if right == 0 and node.operator in ("/", "//", "%"):
        raise Fault(BadExpression("division by zero"), node.span)
    if isinstance(left, Formula) or isinstance(right, Formula):
        return _symbolic(node, left, right)
    try:
        return bounded(_ARITHMETIC[node.operator](left, right))
    except Undefined as reason:
        raise Fault(BadExpression(reason.text, reason.advice), node.span) from None
    except (ArithmeticError, ValueError):
        raise Fault(BadExpression(f"`{node.operator}` has no value for {show(left)} and {show(right)}"), node.span) from None


def _symbolic(node: tree.Binary, left: Any, right: Any) -> Any:
    """Returns a formula; raises Fault where the operator makes none of symbolic sizes."""
    try:
        if node.operator not in ("+", "-", "*", "//", "%"):
            raise TypeError
        return _ARITHMETIC[node.operator](left, right)
    except (TypeError, ZeroDivisionError, Undecided):
        from cnnspec.network.symbolic.problems import SizeUndecided
        from cnnspec.network.symbolic.verification import symbols_in

        names = symbols_in((left, right))
        raise Fault(SizeUndecided(f"the value of `{node.span.text}`", names), node.span) from None


def _power(base: Any, exponent: Any) -> Any:
    if type(base) is int and type(exponent) is int and exponent > 1 and abs(base) > 1 and base.bit_length() * exponent > 200:
        raise Undefined("this number is too large: no size has more than 30 digits")
    value = base**exponent
    if isinstance(value, complex):
        raise Undefined("the root of a negative number is not a real number")
    return value


def _comparison(node: tree.Comparison, scope: Scope) -> Any:
    left, left_node = evaluate(node.first, scope), node.first
    for symbol, right_node in node.rest:
        right = evaluate(right_node, scope)
        for value, side in ((left, left_node), (right, right_node)):
            if isinstance(value, Flow):
                advice = "compare its sizes, such as `in.channels`"
                raise Fault(BadExpression("a value of the network cannot be compared", advice), side.span)
        if symbol not in ("==", "!="):
            _number(left, left_node)
            _number(right, right_node)
        elif isinstance(left, bool) != isinstance(right, bool):  # `true` is not 1
            if symbol == "==":
                return False
            left, left_node = right, right_node
            continue
        if not _holds(symbol, left, right, node):
            return False
        left, left_node = right, right_node
    return True


def _holds(symbol: str, left: Any, right: Any, node: tree.Comparison) -> bool:
    """Returns whether a comparison is true; raises Fault where that depends on symbolic sizes."""
    if not isinstance(left, Formula) and not isinstance(right, Formula):
        return bool(_COMPARE[symbol](left, right))
    from cnnspec.values.conditions import equal

    try:
        if symbol in ("==", "!="):
            return bool(equal(left, right)) == (symbol == "==")
        return bool(_COMPARE[symbol](left, right))
    except Undecided as reason:
        from cnnspec.network.symbolic.verification import undecided

        raise Fault(undecided(reason, f"`{node.span.text}`"), node.span) from None


def _conditional(node: tree.Conditional, scope: Scope) -> Any:
    chosen = node.then if _truth(evaluate(node.condition, scope), node.condition) else node.otherwise
    return evaluate(chosen, scope)


def _sequence(node: tree.Sequence, scope: Scope) -> Any:
    return tuple(evaluate(item, scope) for item in node.items)


def condition(expression: tree.Expression, scope: Scope) -> bool:
    """Returns whether a condition holds; raises Fault where it is neither true nor false, or Unknown."""
    return _truth(evaluate(expression, scope), expression)


def _truth(value: Any, node: tree.Expression) -> bool:
    if not isinstance(value, bool):
        advice = None
        if type(value) in (int, float):
            is_literal = isinstance(node, tree.Literal)
            advice = "write `true` or `false`" if is_literal else f"compare it: `{node.span.text} > 0`"
        raise Fault(BadExpression(f"a condition must be `true` or `false`, not {show(value)}", advice), node.span)
    return value


def _number(value: Any, node: tree.Expression) -> Any:
    if type(value) not in (int, float) and not isinstance(value, Formula):
        raise Fault(BadExpression(f"{show(value)} is not a number"), node.span)
    return value


def show(value: Any) -> str:
    """Returns a value as a file would write it, for messages."""
    if isinstance(value, Flow):
        return f"a value of the network ({value.shape})" if value.shape else "a value of the network"
    if isinstance(value, Callee):
        return f"the {'layer' if lookup(value) is not None else 'block'} `{value}`"
    if isinstance(value, tuple):
        inside = ", ".join(show(item).strip("`") for item in value[:8]) + (", ..." if len(value) > 8 else "")
        return f"`({inside}{',' if len(value) == 1 else ''})`"
    if isinstance(value, bool) or value is None:
        return f"`{str(value).lower()}`"
    if isinstance(value, str):
        return f'`"{value}"`'
    return f"`{value}`"


def said(text: str, value: Any) -> str:
    """Returns what something that is written stands for, as the beginning of a sentence: "`width` is `64`"."""
    if isinstance(value, Callee) and value == text:
        return f"`{text}` is a {'layer' if lookup(text) is not None else 'block'}"
    return f"`{text}` is {show(value)}"


def integer_advice(value: Any, expression: tree.Expression) -> str | None:
    """Returns what to write for a value that should be an integer and is none, where that is clear."""
    if isinstance(value, float) and _divides(expression):
        return "`/` always gives a float; `//` divides integers"
    if isinstance(value, float) and value.is_integer():
        return f"write `{int(value)}`"
    if isinstance(value, Flow):
        return "write for example `in.channels`"
    return None


def _divides(expression: tree.Expression) -> bool:
    if isinstance(expression, tree.Binary):
        return expression.operator == "/" or _divides(expression.left) or _divides(expression.right)
    return False


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": _power,
}
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EVALUATE: dict[type, Callable[[Any, Scope], Any]] = {
    tree.Literal: _literal,
    tree.Size: _size,
    tree.Name: _name,
    tree.Template: _template,
    tree.Attribute: _attribute,
    tree.Index: _index,
    tree.Apply: _apply,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Comparison: _comparison,
    tree.Conditional: _conditional,
    tree.Sequence: _sequence,
}
