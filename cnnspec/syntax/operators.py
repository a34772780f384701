"""Precedence: a flat list of operands and operators becomes a tree, with Python's binding strengths."""

from __future__ import annotations

from typing import TypeAlias

from cnnspec.syntax.lexer import Token
from cnnspec.syntax.tree import Binary, Comparison, Expression, Literal, Unary

Item: TypeAlias = Expression | Token

COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
BINDING = {"or": 1, "and": 2, **dict.fromkeys(COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "**": 8}
NOT_BINDING = 3
SIGN_BINDING = 7


def arrange(items: list[Item]) -> Expression:
    """Returns the tree for `[operand, operator, operand, ...]`; operands may have prefix operators before them."""
    if len(items) == 2:  # a sign and its operand: by far the most frequent case
        return _prefixed(items[0], items[1])
    items.reverse()  # so that reading is popping
    return _operation(items, 0)


def _operation(items: list[Item], binding: int) -> Expression:
    item = items.pop()
    if isinstance(item, Token):
        left = _prefixed(item, _operation(items, NOT_BINDING if item.value == "not" else SIGN_BINDING))
    else:
        left = item
    while items:
        operator = items[-1]
        assert isinstance(operator, Token)
        strength = BINDING[operator.value]
        if strength < binding:
            break
        items.pop()
        if operator.value in COMPARISONS:
            left = _comparison(left, operator, items)
            continue
        # `**` associates to the right and takes a sign on its right; all others associate to the left.
        right = _operation(items, SIGN_BINDING if operator.value == "**" else strength + 1)
        left = Binary(operator.value, left, right, left.span.to(right.span))
    return left


def _comparison(first: Expression, operator: Token, items: list[Item]) -> Comparison:
    rest: list[tuple[str, Expression]] = []
    while True:
        right = _operation(items, BINDING["<"] + 1)
        rest.append((operator.value, right))
        if not items or not isinstance(items[-1], Token) or items[-1].value not in COMPARISONS:
            return Comparison(first, tuple(rest), first.span.to(right.span))
        operator = items.pop()  # type: ignore[assignment]


def _prefixed(sign: Item, operand: Item) -> Expression:
    assert isinstance(sign, Token)
    assert not isinstance(operand, Token)
    span = sign.span.to(operand.span)
    if sign.value == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
        return Literal(-operand.value, span)  # type: ignore[operator]  # so that `-1` prints as `-1`
    return Unary(sign.value, operand, span)
