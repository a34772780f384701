"""Where to go on after a mistake of notation. Works on parts of the parser's state and on the text."""

from __future__ import annotations

import re
from typing import Any

from cnnspec.diagnostics.diagnostic import Edit, Fix
from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Span
from cnnspec.syntax.lexer import STRUCTURE_WORDS, Token
from cnnspec.syntax.patterns import SPACE
from cnnspec.syntax.problems import Misplaced
from cnnspec.syntax.tree import Broken, Let, Name

HEADS = ("network", "block", "train")
CONTINUATIONS = ("else", "shortcut")
DEFINITIONS = frozenset({"NETWORK", "BLOCK", "TRAIN", "IMPORT"})

_BRACE = re.compile(rf"(?:{SPACE}\n)*[ \t\r\f]*(?P<brace>\{{)", re.VERBOSE)


def brace_on_next_line(newline: Span) -> Span | None:
    """Returns the place of a body's brace that begins the line behind `newline`."""
    match = _BRACE.match(newline.source.text, newline.end)
    return Span(newline.source, *match.span("brace")) if match else None


def misspelt(token: Token) -> str | None:
    """Returns the type of the word that a name is perhaps meant as: one that begins a definition, or goes on behind a `}`."""
    guess = nearest(token.value, HEADS if token.type == "WORD" else CONTINUATIONS)
    return STRUCTURE_WORDS[guess] if guess is not None else None


def begins_definition(token: Token) -> bool:
    """Returns whether a definition begins here that is not indented, so that it is meant to stand in no body."""
    text, start = token.span.source.text, token.span.start
    return token.type in DEFINITIONS and (start == 0 or text[start - 1] == "\n")


def holds_statements(parts: list[Any]) -> bool:
    """Returns whether something outside all definitions, that begins with these parts, is meant as a definition with a body."""
    first = parts[0]
    if not isinstance(first, Token):
        return False
    return first.type in DEFINITIONS or (first.type == "WORD" and nearest(first.value, HEADS) is not None)


def broken(parts: list[Any], place: Span) -> list[Broken]:
    """Returns what stands for a statement of which only these parts could be read: a node for each name in it, at least one."""
    return [Broken(name, place) for name in _introduced(parts)] or [Broken(None, place)]


def _introduced(parts: list[Any]) -> list[Name]:
    if not parts:
        return []
    first, *rest = parts
    if isinstance(first, Name):  # a label
        return [first, *_introduced(rest)]
    if not isinstance(first, Token):
        name = getattr(first, "name", None) if isinstance(first, Let) else getattr(first, "label", None)
        return [name] if isinstance(name, Name) else []
    if first.type == "LABEL":
        return [Name(first.value, first.span), *_introduced(rest)]
    if first.type == "LET" or first.type == "FOR":
        names = rest[0] if rest and isinstance(rest[0], list) else rest[:1]
        return [Name(name.value, name.span) for name in names]
    return []


def fixes(problem: Problem, place: Span) -> tuple[Fix, ...]:
    """Returns the fix of a word or brace on a line of its own: it goes to the line before, where no comment is in the way."""
    if not isinstance(problem, Misplaced):
        return ()
    source = place.source
    before = source.text[: place.start].rstrip()
    gap = Span(source, len(before), place.end)
    if "#" in before[before.rfind("\n") + 1 :] or "#" in gap.text:
        return ()
    where = " on the line before" if "\n" in gap.text else ""
    return (Fix(f"write `{problem.correct}`{where}", "safe", (Edit(gap, f" {problem.correct}"),)),)
