"""What is said about a token that the grammar does not take: what it is, and what could stand there."""

from __future__ import annotations

from cnnspec.syntax.lexer import STRUCTURE_WORDS, Token

_READABLE = {
    "ARROW": "`->`",
    "AS": "`as`",
    "BLOCK": "`block`",
    "COLON": "`:`",
    "COMMA": "`,`",
    "ELSE": "`else`",
    "IMPORT": "`import`",
    "IN": "`in`",
    "LBRACE": "`{`",
    "LET": "`let`",
    "NETWORK": "`network`",
    "NEWLINE": "the end of the line",
    "OPERATOR": "an operator",
    "RBRACE": "`}`",
    "RHOLE": "`}`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "SHORTCUT": "`shortcut`",
    "STRING": "a string",
    "TRAIN": "`train`",
    "$END": "the end of the file",
}
_STATEMENT = {"WORD", "LABEL", "TEXT", "LOST", "LBRACE", *STRUCTURE_WORDS.values()}
_VALUE = {"LITERAL", "STRING", "SIZE", "NAME", "TEXT", "LSQB", "LPAR", "SIGN", "NOT", "ARGNAME"}
_OPERATORS = {"OPERATOR", "SIGN", "DOT", "LSQB", "IF"}


def found(token: Token) -> str:
    """Returns what stands there."""
    if token.type in ("NEWLINE", "$END"):
        return "end of file" if token.span.start >= len(token.span.source.text) else "end of line"
    return f"`{token.span.text}`"


def alternatives(expected: set[str]) -> str:
    """Returns the alternatives in words; a set that can begin a value becomes "a value"."""
    words: list[str] = []
    if "WORD" in expected:
        words += ["a statement"] if "LET" in expected else ["a layer", "`{`"]
        expected = expected - _STATEMENT
    elif {"LITERAL", "SIZE", "LSQB"} <= expected:
        words.append("a value")
        expected = expected - _VALUE
    elif "OPERATOR" in expected:
        expected = expected - _OPERATORS
    elif expected == {"NAME"} or expected == {"ARGNAME"}:
        return "a name" if "NAME" in expected else "a name and `=`"
    words += sorted(_READABLE[kind] for kind in expected if kind in _READABLE)
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words) or "something else"
