"""What is said about a token that the grammar does not take: what it is, what could stand there, and what to write."""

from __future__ import annotations

from typing import Any

from cnnspec.diagnostics.nearest import nearest
from cnnspec.syntax.lexer import STRUCTURE_WORDS, Token


def found(token: Token) -> str:
    """Returns what stands there."""
    if token.type in ("NEWLINE", "$END"):
        return "end of file" if token.span.start >= len(token.span.source.text) else "end of line"
    return f"`{token.span.text}`"


_READABLE = {
    "ARROW": "`->`",
    "COMMA": "`,`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "NEWLINE": "the end of the line",
    "$END": "the end of the file",
    "WORD": "a layer",
    "LABEL": "a label",
    "ELSE": "`else`",
    "OPERATOR": "an operator",
    "NETWORK": "`network`",
    "TRAIN": "`train`",
    "LET": "`let`",
    "INPUT": "`input`",
}
LATER = "blocks, loops, conditions, branches and imports are not part of this version: it compiles networks of one path"
_VALUE = {"LITERAL", "SIZE", "NAME", "LSQB", "LPAR", "SIGN", "NOT"}


def alternatives(expected: set[str]) -> str:
    """Returns the alternatives in words; a set that can begin a value becomes "a value"."""
    words: list[str] = []
    if "WORD" in expected:
        expected = expected - {"NETWORK", "TRAIN", "LABEL"}  # a label leads to a layer, and the others are for another place
    if {"LITERAL", "SIZE", "LSQB"} <= expected:
        words.append("a value")
        expected = expected - _VALUE - {"ARGNAME"}
    elif "OPERATOR" in expected:
        expected = expected - {"OPERATOR", "SIGN", "DOT", "LSQB", "IF"}
    elif expected == {"NAME"} or expected == {"ARGNAME"}:
        return "a name" if "NAME" in expected else "a name and `=`"
    words += sorted(_READABLE[kind] for kind in expected if kind in _READABLE)
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words) or "something else"


def advice(token: Token, expected: set[str], unfinished: list[Any]) -> str | None:
    """Returns what the author most likely has to write."""
    kind = token.type
    if "COMMA" in expected and kind in ("LITERAL", "NAME", "SIZE", "ARGNAME"):
        return "arguments are separated by commas, and named with `=`: `conv 64, kernel=3`"
    if kind == "NEWLINE" and "LBRACE" in expected and "WORD" not in expected and "LITERAL" not in expected:
        return "the `{` stands on this line"
    if expected == {"RBRACE"} or (kind == "NEWLINE" and "RBRACE" in expected):
        return "only a body of one statement may stand on one line: begin the first statement on a line of its own"
    if kind == "ARGNAME" and "LET" in expected and token.value in STRUCTURE_WORDS:
        return f"write `{token.value}` without `=`"
    if kind == "ARGNAME" and "LET" in expected:
        return f"a constant is introduced by `let`: `let {token.value} = ...`"
    if kind == "LBRACE" and "ARROW" in expected:
        return LATER
    if kind in ("WORD", "INPUT", "LABEL") and "NETWORK" in expected and "WORD" not in expected:
        return _outside(token.value)
    return None


def _outside(word: str) -> str:
    """Returns the advice for a word outside all definitions."""
    if False:
        return LATER
    guess = nearest(word, ("network", "train"))
    return f"did you mean `{guess}`?" if guess else "layers stand in the body of a network: `network Name { ... }`"
