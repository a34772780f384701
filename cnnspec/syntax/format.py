"""The canonical layout of a `.cnn` text: its lines and comments stay, blanks, indentation and alignment are put right.

The layout works on tokens and writes nothing but blanks and ends of lines, so that reading the text gives the same tree. Four
blanks for each body or bracket that is open, at most one blank line in a row and none at the ends of a body, one around a
definition, and `{ }` for an empty body.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cnnspec.diagnostics.visible import width
from cnnspec.source import Source
from cnnspec.syntax.format_columns import Line, aligned
from cnnspec.syntax.format_spacing import spaced
from cnnspec.syntax.lexer import Token, tokens
from cnnspec.syntax.parse import parse

OPENERS = frozenset({"LPAR", "LCALL", "LSQB", "LBRACE", "LHOLE"})
CLOSERS = frozenset({"RPAR", "RSQB", "RBRACE", "RHOLE"})
BRACES = frozenset({"LBRACE", "RBRACE"})
DEFINITIONS = frozenset({"NETWORK", "BLOCK", "TRAIN"})


def format_text(source: Source) -> str:
    """Returns the text of a source in its canonical layout, with `\\n` at the end of each line.

    Raises ValueError where the text has mistakes of notation: what cannot be read has no layout.
    """
    document, mistakes = parse(source)
    if mistakes:
        raise ValueError(mistakes[0].message)
    text = "".join(f"{line}\n" for line in aligned(_with_blank_lines(_lines(source))))
    assert parse(Source(source.name, text)) == (document, []), "the layout would change the meaning"
    return text


@dataclass
class _Row:
    """A line of the source: its tokens and its comment."""

    tokens: list[Token] = field(default_factory=list)
    comment: str = ""
    comment_column: int = 0


def _rows(source: Source) -> Iterator[_Row]:
    """Yields the lines of a text, those without tokens included."""
    row, last = _Row(), 0
    for token in tokens(source, 0, len(source.text), lambda *_: None, []):
        if token.type == "NEWLINE":
            continue
        for number, gap in enumerate(source.text[last : token.span.start].split("\n")):
            if number:
                yield row
                row, last = _Row(), last + 1
            before, mark, comment = gap.partition("#")
            if mark:
                row.comment = f"#{comment}".rstrip()
                row.comment_column = _column(source, last + len(before))
            last += len(gap)
        if token.type != "$END":
            row.tokens.append(token)
        last = token.span.end
    yield row


def _column(source: Source, place: int) -> int:
    return width(source.text[source.text.rfind("\n", 0, place) + 1 : place])


def _lines(source: Source) -> Iterator[Line]:
    """Yields the lines of a text, indented and spaced."""
    levels: list[int] = []  # for each open bracket, the indentation of what stands in it,
    kinds: list[str] = []  # and which one it is
    for row in _rows(source):
        is_table = bool(kinds) and kinds[-1] != "LBRACE"
        closers = next((number for number, token in enumerate(row.tokens) if token.type not in CLOSERS), len(row.tokens))
        indent = levels[-closers] - 1 if closers else levels[-1] if levels else 0
        for token in row.tokens:
            if token.type in OPENERS:
                levels.append(indent + 1)
                kinds.append(token.type)
            elif token.type in CLOSERS:
                levels.pop()
                kinds.pop()
        code, arrow = _split(row.tokens)
        yield Line(
            indent=indent,
            code=spaced(code, is_table=is_table),
            arrow=spaced(arrow),
            arrow_column=_column(source, arrow[0].span.start) if arrow else 0,
            comment=row.comment,
            comment_column=row.comment_column,
            opens=bool(row.tokens) and row.tokens[-1].type == "LBRACE",
            closes=bool(row.tokens) and row.tokens[0].type == "RBRACE",
            defines=bool(row.tokens) and row.tokens[0].type in DEFINITIONS,
        )


def _split(row: list[Token]) -> tuple[list[Token], list[Token]]:
    """Returns a line before and from the `->` that ends it; within a body on one line there is none that does."""
    place = next((number for number, token in enumerate(row) if token.type == "ARROW"), len(row))
    if place == 0 or any(token.type in BRACES for token in row[place:]):
        return row, []
    return row[:place], row[place:]


def _with_blank_lines(lines: Iterator[Line]) -> list[Line]:
    """Returns the lines with blank ones only where they belong, and empty bodies on one line."""
    found: list[Line] = []
    for line in lines:
        if line.is_blank:
            if found and not found[-1].is_blank and not found[-1].opens:
                found.append(line)
            continue
        if line.closes and found and found[-1].is_blank:
            found.pop()
        before = found[-1] if found else Line()
        if line.closes and before.opens and not before.comment:
            found[-1] = replace(line, code=f"{before.code} {line.code}", closes=before.closes)
            continue
        if before.ends_definition:
            found.append(Line())
        if line.begins_definition:
            _keep_apart(found)
        found.append(line)
    if found and found[-1].is_blank:
        found.pop()
    return found


def _keep_apart(lines: list[Line]) -> None:
    """Ends the lines before a definition with a blank one; the comments directly above belong to the definition."""
    place = len(lines)
    while place and lines[place - 1].comment and not lines[place - 1].code:
        place -= 1
    if place and not lines[place - 1].is_blank:
        lines.insert(place, Line())
