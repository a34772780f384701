"""What a scalar stands for: an expression of the `.cnn` notation, with spans that point into the YAML file.

Quotation marks never change a meaning, because JSON has nothing else: `classes` and `"classes"` are the same name, `64`
and `"64"` the same number. Only null (nothing, `~`, `null`) is recognised by the absence of quotation marks. None of
YAML's own types exist: `no`, `on` and `1:30` are what `.cnn` makes of them, and numbers with a leading zero are refused.

A string literal is an expression and has double quotes of its own: `'"same"'`, in JSON `"\\"same\\""`. In `train`, where
paths are frequent and arithmetic is not, text needs none: see `Scalars.setting`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.lexer import CONSTANTS, EXPRESSION_WORDS, tokens
from cnnspec.syntax.node import Node
from cnnspec.syntax.parse import parse_expression
from cnnspec.syntax.tree import Expression, Literal, Name, Size
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_nodes import Scalar
from cnnspec.syntax.yaml_problems import CommentInValue, LeadingZero

_INTEGER = re.compile(r"[0-9]{1,18}")
_FLOAT = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_BRACKETED = ("(", "[", '"')


class Scalars:
    """Reads scalars as expressions, and reports what is wrong in them."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes

    def expression(self, scalar: Scalar) -> Expression | None:
        """Returns the expression that a scalar holds, None if it holds none; null is `none`."""
        simple = _simple(scalar)
        if simple is not None:
            return simple
        if _LEADING_ZERO.fullmatch(scalar.text):
            self.mistakes.report(LeadingZero(scalar.text), scalar.place)
            return None
        expression, diagnostics = _parsed(scalar)
        self.mistakes.diagnostics += diagnostics
        return expression

    def setting(self, scalar: Scalar) -> Expression | None:
        """Returns what a scalar in `train` stands for.

        A number, a size, `true`, `false`, `none` or a single word is what it is elsewhere. Text that begins with `(`, `[`
        or `"` is an expression: `(2 * base)`. All other text is a string: `people.csv`, `data/train`, `/tmp/x`.
        """
        text = scalar.text.strip()
        if text.startswith(_BRACKETED) or _LEADING_ZERO.fullmatch(text):
            return self.expression(scalar)
        simple = _simple(scalar)
        if simple is not None:
            return simple
        expression, diagnostics = _parsed(scalar)
        if not diagnostics and isinstance(expression, (Literal, Size, Name)):
            return expression
        return Literal(scalar.text, scalar.place)

    def between_commas(self, scalar: Scalar) -> list[Expression] | None:
        """Returns the expressions between the commas of a scalar, as in `c, H // 2, W // 2`; None if one is at fault."""
        found: list[Expression] = []
        complete = True
        for part in parts_between_commas(scalar):
            expression = self.expression(part)
            complete = complete and expression is not None
            if expression is not None:
                found.append(expression)
        return found if complete else None


def is_identifier(text: str) -> bool:
    """Returns whether a text can be the name of an argument, a parameter or a constant."""
    return _IDENTIFIER.fullmatch(text) is not None


def is_reserved(text: str) -> bool:
    """Returns whether a text is a word of expressions (`if`, `true`) and so no name."""
    return text in CONSTANTS or text in EXPRESSION_WORDS


def _simple(scalar: Scalar) -> Expression | None:
    """Returns the value of the most frequent scalars, without a parser: integers, decimal fractions, words."""
    text = scalar.text
    if scalar.is_null:
        return Literal(None, scalar.place)
    if _INTEGER.fullmatch(text) and (text[0] != "0" or text == "0"):
        return Literal(int(text), scalar.place)
    if _IDENTIFIER.fullmatch(text) and text not in EXPRESSION_WORDS:
        if text in CONSTANTS:
            return Literal(CONSTANTS[text], scalar.place)
        return Name(text, scalar.place)
    if _FLOAT.fullmatch(text):
        return Literal(float(text), scalar.place)
    return None


def _parsed(scalar: Scalar) -> tuple[Expression | None, list[Diagnostic]]:
    """Returns the expression of a scalar and the mistakes in it, with their places in the YAML file."""
    if scalar.inner is not None:
        source, start, end = scalar.inner
    else:
        source, start, end = Source(scalar.span.source.name, scalar.text), 0, len(scalar.text)
    comment = _comment(source, start, end) if "#" in scalar.text else None
    if comment is not None:
        at = comment if scalar.inner is not None else scalar.span
        mistakes = Mistakes()
        mistakes.report(CommentInValue(), at)
        return None, mistakes.diagnostics
    expression, diagnostics = parse_expression(source, start, end)
    if scalar.inner is None:
        if expression is not None:
            _move(expression, scalar.span)
        diagnostics = [replace(found, span=scalar.span, labels=(), fixes=()) for found in diagnostics]
    return (None if diagnostics else expression), diagnostics


def _comment(source: Source, start: int, end: int) -> Span | None:
    """Returns the place of a `#` that the lexer would take for the beginning of a comment, None without one."""
    behind = start
    for token in tokens(source, start, end, _ignore, [], statements=False):
        at = source.text.find("#", behind, token.span.start)
        if at >= 0:
            return Span(source, at, at + 1)
        behind = token.span.end
    return None


def _ignore(problem: Problem, span: Span) -> None:
    pass


def _move(expression: Expression, span: Span) -> None:
    """Gives a new expression, and all in it, the place of the whole scalar; without recursion, since sums may be long."""
    open_nodes: list[Any] = [expression]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, tuple):
            open_nodes.extend(node)
        elif isinstance(node, Node):
            open_nodes.extend(getattr(node, name) for name in type(node).fields if name != "span")
            object.__setattr__(node, "span", span)


def parts_between_commas(scalar: Scalar) -> list[Scalar]:
    """Returns the parts of a scalar between the commas that stand outside brackets; a last comma may be superfluous."""
    if "," not in scalar.text:
        return [scalar]
    if scalar.inner is not None:
        source, start, end = scalar.inner
    else:
        source, start, end = Source(scalar.span.source.name, scalar.text), 0, len(scalar.text)
    cuts = [start]
    depth = 0
    for token in tokens(source, start, end, _ignore, [], statements=False):
        if token.type in ("LPAR", "LCALL", "LSQB"):
            depth += 1
        elif token.type in ("RPAR", "RSQB"):
            depth -= 1
        elif token.type == "COMMA" and depth == 0:
            cuts += [token.span.start, token.span.end]
    cuts.append(end)
    ranges = list(zip(cuts[::2], cuts[1::2], strict=True))
    if len(ranges) > 1 and not source.text[ranges[-1][0] : ranges[-1][1]].strip():
        ranges.pop()
    parts = []
    for first, last in ranges:
        written = source.text[first:last]
        text = written.strip()
        first += len(written) - len(written.lstrip())
        inner = Span(source, first, first + len(text)) if scalar.inner is not None else None
        parts.append(Scalar(text, True, scalar.span if inner is None else inner, inner))
    return parts
