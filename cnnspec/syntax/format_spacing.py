"""Blanks between the tokens of a line."""

from __future__ import annotations

from cnnspec.syntax.lexer import Token

_OPENED = frozenset({"LPAR", "LCALL", "LSQB", "LHOLE", "DOT"})  # no blank behind these
_CLOSING = frozenset({"COMMA", "RPAR", "RSQB", "RHOLE", "LCALL", "DOT", "COLON"})  # and none before these
_OPERANDS = frozenset({"LITERAL", "STRING", "SIZE", "NAME", "TEXT", "RHOLE", "RPAR", "RSQB"})  # what an operand may end with
_FACTORS = frozenset({"*", "/"})


def spaced(row: list[Token], *, is_table: bool = False) -> str:
    """Returns the tokens of a line as text, with single blanks where the layout has them.

    A table is a line within brackets: the blanks behind its commas are kept, which put numbers into columns.
    """
    text, is_prefix = "", False
    for place, token in enumerate(row):
        before = row[place - 1] if place else None
        if before is not None and not is_prefix and _is_apart(before, token, row, place):
            text += " " * max(1, token.span.start - before.span.end) if is_table and before.type == "COMMA" else " "
        is_prefix = token.type == "SIGN" and not _ends_operand(before)
        text += _text(token, before)
    return text


def _text(token: Token, before: Token | None) -> str:
    if token.type == "LABEL":  # its pattern has read the colon too,
        return f"{token.span.text}:"
    if token.type == "ARGNAME":  # and this one the `=`
        return f"{token.span.text} =" if before is not None and before.type == "LET" else f"{token.span.text}="
    return token.span.text


def _is_apart(before: Token, token: Token, row: list[Token], place: int) -> bool:
    """Returns whether a blank stands between two tokens."""
    if before.type in _OPENED or token.type in _CLOSING:
        return False
    if before.type == "ARGNAME":
        return place > 1 and row[place - 2].type == "LET"
    if token.type == "LHOLE" and before.type in ("TEXT", "RHOLE"):
        return False  # it goes on with the name
    if before.type == "RHOLE" and token.type == "TEXT":
        return before.span.end != token.span.start  # else it is the rest of the name
    if token.type == "LSQB":
        return not _ends_operand(before)  # else it is an index
    return not any(_is_tight(row, at) for at in (place - 1, place))


def _ends_operand(token: Token | None) -> bool:
    """Returns whether an operator may follow; `in` is a word of the language here, since its value has no index."""
    return token is not None and token.type in _OPERANDS and not (token.type == "NAME" and token.value == "in")


def _is_tight(row: list[Token], place: int) -> bool:
    """Returns whether the operator in `2**i`, or between two integers: `16*5*5`, `1/9`."""
    operator = row[place]
    if operator.type != "OPERATOR":
        return False
    return operator.value == "**" or (operator.value in _FACTORS and all(_is_integer(row, at) for at in (place - 1, place + 1)))


def _is_integer(row: list[Token], place: int) -> bool:
    return 0 <= place < len(row) and type(row[place].value) is int
