"""Lists of expressions that come from outside: the values of `--sweep`, the budgets of `--require`."""

from __future__ import annotations

from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source, Span
from cnnspec.syntax.lexer import Token, tokens


def pieces(source: Source, start: int, end: int) -> list[Span]:
    """Returns what stands between the commas of `source.text[start:end]`, without blanks at its ends; some may be empty.

    Commas in brackets and in strings separate nothing.
    """
    brackets: list[Token] = []
    commas = [
        token.span
        for token in tokens(source, start, end, _ignore, brackets, statements=False)
        if token.type == "COMMA" and not brackets
    ]
    starts = [start, *(comma.end for comma in commas)]
    ends = [*(comma.start for comma in commas), end]
    return [_stripped(Span(source, first, last)) for first, last in zip(starts, ends, strict=True)]


def _ignore(problem: Problem, span: Span) -> None:
    """Whoever parses the pieces reports what is no token."""


def _stripped(span: Span) -> Span:
    text = span.text
    start = span.start + len(text) - len(text.lstrip())
    return Span(span.source, start, max(start, span.end - len(text) + len(text.rstrip())))
