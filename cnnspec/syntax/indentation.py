"""What the indentation of a text says about its braces, where one is missing or too many.

Indentation means nothing in a text without mistakes: it is asked only where the braces leave the question open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cnnspec.source import Span
from cnnspec.syntax.lexer import Report, Token
from cnnspec.syntax.problems import Unclosed, UnexpectedText

LONGEST_BODY = 20_000  # characters that are looked through for its end

CLOSES_NOTHING = "this `}` closes nothing: delete it, or write the line that opens its body"
_BEHIND_BRACE = frozenset({"ARROW", "ELSE", "SHORTCUT"})
_LINE = re.compile(r"^(?P<indent>[ \t]*)(?P<first>[^\s#])", re.MULTILINE)
_END_OF_BODY = re.compile(r"[^{}#\"\n]*[^{}#\"\n:]\}[ \t]*(?:#[^\n]*)?$", re.MULTILINE)


def indentation(place: Span) -> int:
    """Returns how many blanks and tabs the line of a place begins with."""
    text = place.source.text
    begin = text.rfind("\n", 0, place.start) + 1
    at = begin
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at - begin


def begins_line(place: Span) -> bool:
    """Returns whether nothing but blanks stands before a place on its line."""
    before = place.source.text[place.source.text.rfind("\n", 0, place.start) + 1 : place.start]
    return not before.strip(" \t")


def body_follows(newline: Span) -> bool:
    """Returns whether the lines behind `newline` look like the body of the statement that ends there, but for its `{`: they are
    indented further, up to a `}` that is indented as the statement is.
    """
    text, start = newline.source.text, newline.end
    outer = indentation(newline)
    lines = _LINE.finditer(text, start, start + LONGEST_BODY)
    first = next(lines, None)
    if first is None or len(first["indent"]) <= outer:
        return False
    behind = next((line for line in lines if len(line["indent"]) <= outer), None)
    return behind is not None and behind["first"] == "}" and len(behind["indent"]) == outer


def is_body_over(newline: Span) -> bool:
    """Returns whether a body that began on the line before `newline` cannot go on behind it: the next line stands outside."""
    line = _LINE.search(newline.source.text, newline.end, newline.end + LONGEST_BODY)
    if line is None:
        return False
    inner, outer = len(line["indent"]), indentation(newline)
    return inner < outer or (inner == outer and line["first"] != "}")


def ends_body(place: Span) -> bool:
    """Returns whether the line of a place ends with the brace of a body that begins nowhere behind that place."""
    return _END_OF_BODY.match(place.source.text, place.start) is not None


def headless(brace: Span) -> Span | None:
    """Returns the lines before a closing brace that belongs to nothing and begins its line, which stand further to the right:
    a body of which the line that begins it is missing. None where there are none.
    """
    text, outer = brace.source.text, indentation(brace)
    start = end = text.rfind("\n", 0, brace.start) + 1
    if text[end : brace.start].strip():
        return None
    while start > max(0, end - LONGEST_BODY):
        before = text.rfind("\n", 0, start - 1) + 1
        line = text[before:start]
        if line.strip() and len(line) - len(line.lstrip()) <= outer:
            break
        start = before
    return Span(brace.source, start, end) if text[start:end].strip() else None


def balanced(tokens: Iterator[Token], braces: list[Token], report: Report) -> Iterator[Token]:
    """Yields the tokens of a text whose braces do not match, with those closed that the indentation says end earlier, and
    without closing ones (as BAD) that belong to nothing.

    `braces` are those that are open; whoever takes the tokens keeps them.
    """
    begins_line = True
    for token in tokens:
        is_brace = token.type == "RBRACE"
        if begins_line and braces and token.type in _BEHIND_BRACE:
            report(Unclosed("{", "}"), braces[-1].span)
            yield Token("RBRACE", "", token.span)
        elif begins_line and token.type != "$END":
            column = indentation(token.span)
            while braces and _ends_before(braces[-1], column, is_brace):
                report(Unclosed("{", "}"), braces[-1].span)
                yield Token("RBRACE", "", token.span)
                yield Token("NEWLINE", "", token.span)
        if is_brace and braces and not _closes(token.span, begins_line, braces[-1].span):
            report(UnexpectedText("`}`", "a statement", CLOSES_NOTHING), token.span)
            token = token._replace(type="BAD")
        begins_line = token.type == "NEWLINE"
        yield token


def _ends_before(brace: Token, column: int, is_brace: bool) -> bool:
    """Returns whether the body of a brace is over where a line with this indentation begins, with a closing brace or not."""
    outer = indentation(brace.span)
    return column < outer if is_brace else column <= outer


def _closes(place: Span, begins_line: bool, brace: Span) -> bool:
    """Returns whether a closing brace is where that of the body is expected: as far to the right, or on the same line."""
    if begins_line:
        return indentation(place) == indentation(brace)
    return "\n" not in place.source.text[brace.end : place.start]
