"""Where to go on after a mistake of notation. Works on parts of the parser's state and on the text."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from cnnspec.diagnostics.diagnostic import Edit, Fix
from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Span
from cnnspec.syntax.indentation import indentation
from cnnspec.syntax.lexer import STRUCTURE_WORDS, Token
from cnnspec.syntax.patterns import END_OF_STATEMENT, SPACE
from cnnspec.syntax.problems import BodyBesideBrace, BrokenLine, Misplaced, UnexpectedCharacter, UnexpectedText
from cnnspec.syntax.tree import BlockDefinition, Broken, Definition, Let, Name, NetworkDefinition

HEADS = ("network", "block", "train")
CONTINUATIONS = ("else", "shortcut")
CONSTANT_WORDS = (
    "let",
    "const",
    "constant",
    "def",
    "define",
    "final",
    "float",
    "int",
    "set",
    "val",
    "var",
)  # here and elsewhere
DEFINITIONS = frozenset({"NETWORK", "BLOCK", "TRAIN", "IMPORT"})

_BRACE = re.compile(rf"(?:{SPACE}\n)*[ \t\r\f]*(?P<brace>\{{)", re.VERBOSE)
_INDENT = re.compile(r"[ \t]*")
_GIVES_VALUE = re.compile(r"[ \t]+[A-Za-z_]\w*[ \t]*=(?!=)")
_NAMED = re.compile(r"[^\w\n\"]*(?:(?P<word>[A-Za-z_]\w*)[ \t(]+)?(?P<name>[A-Za-z_]\w*)[ \t]*(?:=(?!=)|:|<-)")
_LET = re.compile(r"let[ \t]+(?P<name>[A-Za-z_]\w*)")
_HEAD = re.compile(r"[ \t]*(?P<name>[A-Za-z_]\w*)[ \t]*[({]")
_GUESS = re.compile(r"did you mean `(?P<word>\w+)`\?$")
_CONTINUED = re.compile(r"[ \t]*(?:[0-9][\w.]*(?![\w.{:-]| *:)|[\"(\[+*/%<>=,]|-(?!-)|[^\W\d]\w*[ \t]*=(?!=))")


def brace_on_next_line(newline: Span) -> Span | None:
    """Returns the place of a body's brace that begins the line behind `newline`."""
    match = _BRACE.match(newline.source.text, newline.end)
    return Span(newline.source, *match.span("brace")) if match else None


def is_continued(newline: Span) -> bool:
    """Returns whether the next line begins with what begins no statement: a value that is no word, an argument, an operator."""
    text = newline.source.text
    if "#" in text[text.rfind("\n", 0, newline.start) + 1 : newline.start]:
        return False  # a comment stands between
    return _CONTINUED.match(newline.source.text, newline.end) is not None


def is_named_below(parts: list[Any], newline: Span) -> bool:
    """Returns whether a definition of which only the first word stands there has its name on the next line."""
    is_nameless = len(parts) == 1 and isinstance(parts[0], Token) and parts[0].type in ("NETWORK", "BLOCK")
    name = _HEAD.match(newline.source.text, newline.end) if is_nameless else None
    return name is not None and name["name"] not in STRUCTURE_WORDS


def misspelt(token: Token) -> str | None:
    """Returns the type of the word that a name is perhaps meant as: one that begins a definition, or goes on behind a `}`."""
    if token.type == "WORD" and introduces_constant(token.value) and _GIVES_VALUE.match(token.span.source.text, token.span.end):
        return "LET"
    guess = nearest(token.value, HEADS if token.type == "WORD" else CONTINUATIONS)
    return STRUCTURE_WORDS[guess] if guess is not None else None


def introduces_constant(word: str) -> bool:
    """Returns whether a word is a misspelt `let`, or what another language writes for it."""
    return nearest(word, CONSTANT_WORDS) is not None


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


def constant_on_line(place: Span) -> Name | None:
    """Returns what the line of a mistake outside all definitions seems to give a name to: `w = 3`, `var w := 3`, `let w 3`."""
    text = place.source.text
    begin = text.rfind("\n", 0, place.start) + 1
    match = _LET.match(text, begin) or _NAMED.match(text, begin)
    if match is None or match["name"] in STRUCTURE_WORDS:
        return None
    word = match.groupdict().get("word")
    if word is not None and not introduces_constant(word):
        return None
    return Name(match["name"], Span(place.source, *match.span("name")))


def with_strays(definitions: tuple[Definition, ...]) -> tuple[Definition, ...]:
    """Returns the definitions, each with the broken statement that has slipped out of its body to the line above it."""
    found = list(definitions)
    for at, (before, item) in enumerate(pairwise(definitions), 1):
        if not isinstance(before, Broken) or not isinstance(item, BlockDefinition | NetworkDefinition):
            continue
        if indentation(before.span) and before.span.begin.line + 1 == item.span.begin.line:
            found[at] = item.replaced(body=(before, *item.body))
    return tuple(found)


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
    if isinstance(problem, BrokenLine | BodyBesideBrace):
        return (_joined(place) if isinstance(problem, BrokenLine) else _parted(place),)
    if isinstance(problem, UnexpectedCharacter) and problem.help in ("delete it", "write a blank"):
        return (Fix(problem.help, "safe", (Edit(place, problem.meant or ""),)),)
    if problem.help == "delete it" or END_OF_STATEMENT.match(place.source.text, place.start):
        return (Fix("delete it", "safe", (Edit(place, ""),)),)
    guess = _GUESS.match(problem.help or "") if isinstance(problem, UnexpectedText) else None
    if guess is not None:
        return (Fix(f"write `{guess['word']}`", "unsafe", (Edit(place, guess["word"]),)),)
    if not isinstance(problem, Misplaced):
        return ()
    source = place.source
    before = source.text[: place.start].rstrip()
    gap = Span(source, len(before), place.end)
    if "#" in before[before.rfind("\n") + 1 :] or "#" in gap.text:
        return ()
    where = " on the line before" if "\n" in gap.text else ""
    return (Fix(f"write `{problem.correct}`{where}", "safe", (Edit(gap, f" {problem.correct}"),)),)


def _joined(newline: Span) -> Fix:
    """Returns the fix of a statement that goes on below."""
    text = newline.source.text
    edits: list[Edit] = []
    end = newline.start
    while end >= 0 and (not edits or (_CONTINUED.match(text, end + 1) and text[:end].rstrip().endswith((",", "=")))):
        edits.append(Edit(Span(newline.source, end, _INDENT.match(text, end + 1).end()), " "))  # type: ignore[union-attr]
        end = text.find("\n", end + 1)
    return Fix("write it on one line", "safe", tuple(edits))


def _parted(statement: Span) -> Fix:
    """Returns the fix of a body whose first statement stands on the line of its brace."""
    indent = " " * (indentation(statement) + 4)
    before = statement.source.text[: statement.start].rstrip()
    place = statement._replace(start=len(before), end=statement.start)
    return Fix("begin a line behind the `{`", "safe", (Edit(place, f"\n{indent}"),))
