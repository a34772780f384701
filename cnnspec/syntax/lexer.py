"""Text to tokens.

The parser's tables are lark's; the tokens are made here, because what a word means depends on where it stands: at the
start of a statement it is a label, a structure word or the name of a layer, elsewhere an identifier; newlines count
except inside brackets; a call's parenthesis is attached to its name. One regular expression reads each token.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.problems import BadNumber, BadString, CallParenthesis, NumberTooLarge, NumberTooLong, UnexpectedCharacter


class Token(NamedTuple):
    """What the parser reads: `value` is the text, or the number or string that a literal stands for."""

    type: str
    value: Any
    span: Span


Report = Callable[[Problem, Span], None]

STRUCTURE_WORDS = {"network": "NETWORK", "train": "TRAIN", "let": "LET", "input": "INPUT"}
LATER_WORDS = frozenset(
    "block repeat for if residual shortcut add concat multiply from reuse output require import".split()
)  # words of the language for graphs; this version compiles chains
EXPRESSION_WORDS = {"and": "OPERATOR", "or": "OPERATOR", "not": "NOT", "if": "IF", "else": "ELSE"}
CONSTANTS = {"true": True, "false": False, "none": None}
CLOSERS = {"(": ")", "[": "]"}
MAX_DIGITS = 4300  # above this Python itself refuses to convert, see sys.get_int_max_str_digits

_SPACE = r"[ \t\r\f]*(?:\#[^\n]*)?"
_LABEL = r"(?P<LABEL>[A-Za-z0-9_][\w-]*)[ \t]*:"
_TOKEN = r"""
    (?P<NEWLINE>\n)
  | (?P<COMMA>,)
  | (?P<ARGNAME>[^\W\d]\w*)[ \t]*=(?!=)
  | (?P<NAME>[^\W\d]\w*)
  | (?P<INTEGER>[0-9][0-9_]*)(?![\w.])
  | (?P<SIZE>[0-9]+(?:x(?:[0-9]+|[A-Z][A-Z0-9_]*))+)(?![\w.])
  | (?P<FLOAT>(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][+-]?[0-9]+)?)(?![\w.])
  | (?P<STRING>"(?:[^"\\\n]|\\.)*")
  | (?P<ARROW>->)
  | (?P<OPERATOR>\*\*|//|==|!=|<=|>=|[*/%<>])
  | (?P<SIGN>[+-])
  | (?P<LPAR>\() | (?P<RPAR>\)) | (?P<LSQB>\[) | (?P<RSQB>\])
  | (?P<LBRACE>\{) | (?P<RBRACE>\})
  | (?P<BADNUMBER>\.?[0-9][\w.]*)
  | (?P<DOT>\.)
  | (?P<BADSTRING>"[^\n]*)
  | (?P<END>\Z)
"""
_INSIDE = re.compile(f"{_SPACE}(?:{_TOKEN})", re.VERBOSE)
_AT_START = re.compile(f"{_SPACE}(?:{_LABEL}|{_TOKEN})", re.VERBOSE)
_PARENTHESES = re.compile(r"\((?P<inside>(?:[^()\n]|\([^()\n]*\))*)\)")  # one level inside


def tokens(
    source: Source, start: int, end: int, report: Report, brackets: list[Token], *, statements: bool = True
) -> Iterator[Token]:
    """Yields the tokens of `source.text[start:end]`; the last ones are NEWLINE and $END.

    Text that is no token is reported and comes out as a token of type BAD, which no rule of the grammar takes.
    `brackets` holds the round and square brackets that are open; the parser empties it to make newlines count again.
    With `statements=False` the text is one expression, as in a YAML value: no labels, no structure words, no newlines.
    """
    text = source.text
    position = start
    after_newline = True  # then a further newline says nothing
    at_start = statements
    match_at_start, match_inside = _AT_START.match, _INSIDE.match
    while True:
        match = (match_at_start if at_start else match_inside)(text, position, end)
        if match is None:
            bad = _unknown(source, position, end)
            report(UnexpectedCharacter(bad.text), bad)
            yield Token("BAD", bad.text, bad)
            position = bad.end
            at_start = after_newline = False
            continue
        kind = match.lastgroup or ""
        value: Any = match[kind]
        span = Span(source, *match.span(kind))
        position = match.end()
        starts_statement, at_start = at_start, False

        if kind == "NAME":
            if starts_statement:
                kind = STRUCTURE_WORDS.get(value, "WORD")
                if kind == "WORD" and text.startswith("(", position):
                    call = _PARENTHESES.match(text, position, end)
                    whole = Span(source, span.start, call.end()) if call else span
                    report(CallParenthesis(value, call["inside"].strip() if call else None), whole)
                    kind = "BAD"
            elif value in EXPRESSION_WORDS:
                kind = EXPRESSION_WORDS[value]
            elif value in CONSTANTS:
                kind, value = "LITERAL", CONSTANTS[value]
            elif text.startswith("(", position):
                yield Token("NAME", value, span)
                kind, value, span = "LCALL", "(", Span(source, position, position + 1)
                position += 1
                brackets.append(Token(kind, value, span))
        elif kind == "NEWLINE":
            at_start = statements and not brackets
            if after_newline or not at_start:
                continue
            after_newline = True
            yield Token(kind, value, span)
            continue
        elif kind == "LABEL":
            at_start = True
        elif kind == "INTEGER" or kind == "FLOAT" or kind == "SIZE" or kind == "STRING":
            kind, value = _literal(kind, value, span, report)
        elif kind == "LPAR" or kind == "LSQB":
            brackets.append(Token(kind, value, span))
        elif kind == "RPAR" or kind == "RSQB":
            if brackets and CLOSERS[brackets[-1].value] == value:
                brackets.pop()
        elif kind == "LBRACE" or kind == "RBRACE":
            at_start = statements and kind == "LBRACE"
        elif kind == "BADNUMBER":
            report(BadNumber(value), span)
            kind = "BAD"
        elif kind == "BADSTRING":
            report(BadString(ended=False), span)
            kind = "BAD"
        elif kind == "END":
            if statements and not after_newline:
                yield Token("NEWLINE", "", span)
            yield Token("$END", "", span)
            return
        after_newline = False
        yield Token(kind, value, span)


def _literal(kind: str, text: str, span: Span, report: Report) -> tuple[str, Any]:
    """Returns the token type and the value of a number, size or string; a malformed one is reported and BAD."""
    if kind == "STRING":
        try:
            return "LITERAL", json.loads(text)
        except ValueError:
            report(BadString(ended=True), span)
            return "BAD", text
    if len(text) > MAX_DIGITS:
        report(NumberTooLong(len(text)), span)
        return "BAD", text
    try:
        if kind == "INTEGER":
            return "LITERAL", int(text)
        if kind == "FLOAT":
            number = float(text)
            if number == math.inf:
                report(NumberTooLarge(text), span)
                return "BAD", text
            return "LITERAL", number
        return "SIZE", tuple(int(part) if part[0].isdigit() else part for part in text.split("x"))
    except ValueError:  # `1__0`
        report(BadNumber(text), span)
        return "BAD", text


def _unknown(source: Source, position: int, end: int) -> Span:
    """Returns the characters at `position`, after blanks, that begin no token (at least one)."""
    text = source.text
    start = position
    while start < end and text[start] in " \t\r\f":
        start += 1
    stop = start + 1
    while stop < end and not text[stop].isspace() and _INSIDE.match(text, stop, end) is None:
        stop += 1
    return Span(source, start, stop)
