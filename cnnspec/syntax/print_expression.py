"""Expressions as text: with as few parentheses as the tree allows, so that reading the text gives the same tree."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from cnnspec.diagnostics.problem import Problem
from cnnspec.syntax import tree
from cnnspec.syntax.literals import literal
from cnnspec.syntax.operators import BINDING, NOT_BINDING, SIGN_BINDING
from cnnspec.syntax.patterns import INSIDE

CONDITIONAL_BINDING = 0
PRIMARY_BINDING = 9  # above all operators


def print_expression(expression: tree.Expression) -> str:
    """Returns the `.cnn` text of an expression."""
    return _PRINTERS[type(expression)](expression)


def print_expressions(expressions: Iterable[tree.Expression]) -> str:
    """Returns the texts of expressions, separated by commas."""
    return ", ".join(map(print_expression, expressions))


def print_apart(expression: tree.Expression) -> str:
    """Returns the text of an expression behind a word; there a template stands in parentheses, since `{` would begin a body."""
    text = print_expression(expression)
    return f"({text})" if text.startswith("{") else text


def print_label(label: tree.Label) -> str:
    """Returns the text of a label, or of a reference to one."""
    parts = (label.text,) if isinstance(label, tree.Name) else label.parts
    return "".join(part if isinstance(part, str) else f"{{{print_expression(part)}}}" for part in parts)


def _bound(expression: tree.Expression, least: int) -> str:
    """Returns the text of an operand, in parentheses where it binds less than its place asks for."""
    text = print_expression(expression)
    return text if binding(expression) >= least else f"({text})"


def binding(expression: tree.Expression) -> int:
    """Returns how strongly the outermost operator of an expression binds."""
    match expression:
        case tree.Conditional():
            return CONDITIONAL_BINDING
        case tree.Unary(operator="not"):
            return NOT_BINDING
        case tree.Binary(operator=operator):
            return BINDING[operator]
        case tree.Comparison():
            return BINDING["<"]
        case tree.Unary():
            return SIGN_BINDING
    return SIGN_BINDING if _is_number(expression) and print_expression(expression).startswith("-") else PRIMARY_BINDING


def _is_number(expression: tree.Expression) -> bool:
    return isinstance(expression, tree.Literal) and type(expression.value) in (int, float)


def _literal(node: tree.Literal) -> str:
    value = node.value
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None else _number(value, node.span.text)


def _number(value: float, written: str) -> str:
    """Returns a number as its author wrote it where that is this very number: `5_000_000`, `300e6`, `1e-6`."""
    plain = repr(value)
    digits = written.removeprefix("-")
    match = INSIDE.fullmatch(digits)
    kind = match.lastgroup if match and match[match.lastgroup or 0] == digits else None
    if kind == "FLOAT" or (kind == "INTEGER" and "_" in written):
        with suppress(Problem):
            _, read = literal(kind, digits)
            if repr(-read if written.startswith("-") else read) == plain:
                return written
    return plain


def _size(node: tree.Size) -> str:
    return "x".join(map(str, node.sizes))


def _attribute(node: tree.Attribute) -> str:
    is_number = _is_number(node.base) or isinstance(node.base, tree.Size)  # whose text would go on with `.`
    return f"{_bound(node.base, PRIMARY_BINDING + is_number)}.{print_expression(node.name)}"


def _index(node: tree.Index) -> str:
    return f"{_bound(node.base, PRIMARY_BINDING)}[{print_expression(node.index)}]"


def _apply(node: tree.Apply) -> str:
    return f"{node.function.text}({print_expressions(node.arguments)})"


def _unary(node: tree.Unary) -> str:
    if node.operator == "not":
        return f"not {_bound(node.operand, NOT_BINDING)}"
    return f"{node.operator}{_bound(node.operand, SIGN_BINDING)}"


def _binary(node: tree.Binary) -> str:
    strength = BINDING[node.operator]
    to_the_right = node.operator == "**"  # which takes a sign on its right
    left = _bound(node.left, strength + 1 if to_the_right else strength)
    right = _bound(node.right, SIGN_BINDING if to_the_right else strength + 1)
    return f"{left} {node.operator} {right}"


def _comparison(node: tree.Comparison) -> str:
    least = BINDING["<"] + 1
    rest = "".join(f" {operator} {_bound(operand, least)}" for operator, operand in node.rest)
    return _bound(node.first, least) + rest


def _conditional(node: tree.Conditional) -> str:
    least = CONDITIONAL_BINDING + 1
    then, condition = _bound(node.then, least), _bound(node.condition, least)
    condition = f"({condition})" if condition.startswith("{") else condition
    return f"{then} if {condition} else {print_apart(node.otherwise)}"


def _sequence(node: tree.Sequence) -> str:
    items = print_expressions(node.items)
    if node.kind == "list":
        return f"[{items}]"
    return f"({items},)" if len(node.items) == 1 else f"({items})"


_PRINTERS: dict[type, Callable[[Any], str]] = {
    tree.Literal: _literal,
    tree.Size: _size,
    tree.Name: print_label,
    tree.Template: print_label,
    tree.Attribute: _attribute,
    tree.Index: _index,
    tree.Apply: _apply,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Comparison: _comparison,
    tree.Conditional: _conditional,
    tree.Sequence: _sequence,
}
