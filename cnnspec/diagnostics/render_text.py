"""A diagnostic as text for people, laid out as rustc does.

This is on the start-up path of `cnnspec check`: it imports only the standard library's lightest parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cnnspec.diagnostics.canvas import EMPHASIS, FRAME, SEVERITIES, Canvas, painted
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.layout import arrange, draw, place
from cnnspec.diagnostics.marks import Bar, Excerpt, excerpts
from cnnspec.diagnostics.style import PLAIN, Style
from cnnspec.diagnostics.trim import ShownLine
from cnnspec.diagnostics.visible import visible


def render_text(diagnostic: Diagnostic, style: Style = PLAIN) -> str:
    """Returns the lines for one diagnostic, without a newline at the end."""
    shown = excerpts(diagnostic)
    gutter = len(str(max(excerpt.lines[-1] for excerpt in shown)))
    lines = [_headline(diagnostic, style)]
    for index, excerpt in enumerate(shown):
        lines += _excerpt_lines(excerpt, gutter, index == 0, diagnostic.severity, style)
    for kind, texts in (("note", diagnostic.notes), ("help", (diagnostic.help,) if diagnostic.help else ())):
        for text in texts:
            lines += _footer(kind, text, gutter, style)
    return "\n".join(lines)


def render_all_text(diagnostics: Iterable[Diagnostic], style: Style = PLAIN) -> str:
    """Returns all diagnostics, one blank line between two, without a newline at the end."""
    return "\n\n".join(render_text(diagnostic, style) for diagnostic in diagnostics)


def _headline(diagnostic: Diagnostic, style: Style) -> str:
    code = f"[{visible(diagnostic.code, unicode=style.unicode)}]" if diagnostic.code else ""
    kind = painted(diagnostic.severity + code, SEVERITIES.get(diagnostic.severity, EMPHASIS), style.color)
    return kind + painted(f": {visible(diagnostic.message, unicode=style.unicode)}", EMPHASIS, style.color)


def _footer(kind: str, text: str, gutter: int, style: Style) -> Iterator[str]:
    """Yields `= note: ...`; further lines of a note are indented to its first."""
    first, *more = text.split("\n")
    sign, word = painted("=", FRAME, style.color), painted(kind, EMPHASIS, style.color)
    yield f"{' ' * (gutter + 1)}{sign} {word}: {visible(first, unicode=style.unicode)}".rstrip(" ")
    for line in more:
        yield f"{' ' * (gutter + 5 + len(kind))}{visible(line, unicode=style.unicode)}".rstrip(" ")


def _excerpt_lines(excerpt: Excerpt, gutter: int, is_first: bool, severity: str, style: Style) -> Iterator[str]:
    """Yields the lines of one file: where it is, and its source lines with what is marked on them."""
    edge = " " * (gutter + 1) + painted("|", FRAME, style.color)
    if not is_first:
        yield edge
    arrow = painted(" " * gutter + ("-->" if is_first else ":::"), FRAME, style.color)
    line, column = excerpt.span.begin
    yield f"{arrow} {visible(excerpt.source.name, unicode=style.unicode)}:{line}:{column}"
    yield edge
    before = excerpt.lines[0] - 1
    for number in excerpt.lines:
        if number != before + 1:
            yield _elision(excerpt, number, gutter, severity, style)
        before = number
        source_row, *rows = _line_canvas(excerpt, number, gutter, severity, style).lines(style.color)
        head = painted(f"{number:>{gutter}} |", FRAME, style.color)
        yield f"{head} {source_row}" if source_row else head
        for row in rows:
            yield f"{edge} {row}" if row else edge


def _line_canvas(excerpt: Excerpt, number: int, gutter: int, severity: str, style: Style) -> Canvas:
    """Returns one source line with bars, marks and labels, from the square behind the gutter on."""
    marks = excerpt.marks.get(number, [])
    offset = excerpt.depth + 1 if excerpt.depth else 0
    width = max(style.width - gutter - 3 - offset, 20)
    line = ShownLine(excerpt.source.line(number), marks, width, unicode=style.unicode)
    canvas = Canvas()
    canvas.put(0, offset, line.squares)
    color = SEVERITIES.get(severity, EMPHASIS)
    if marks and all(mark.opens and line.place(mark)[0] <= line.indent for mark in marks):
        for mark in marks:  # a span that begins with its line needs no row to say so
            canvas.put(0, mark.bar - 1, "/", color if mark.primary else FRAME)
        placed = []
    else:
        placed = [place(mark, line.place(mark), color, unicode=style.unicode) for mark in marks]
    height = 1 + (arrange(placed) if placed else 0)
    canvas.extend(height)
    draw(canvas, placed, offset)
    hooks = {hook.mark.bar: hook.row + 1 for hook in placed if hook.takes_space}
    for bar in excerpt.bars:
        for row in _bar_rows(bar, number, hooks.get(bar.place, 0), height):
            canvas.put(row, bar.place - 1, "|", color if bar.primary else FRAME)
    return canvas


def _bar_rows(bar: Bar, number: int, hook: int, height: int) -> range:
    """Returns the rows of a line in which a bar stands; `hook` is the row in which it opens or closes here."""
    if bar.first == number:
        return range(hook + 1, height)
    if bar.last == number:
        return range(hook + 1)
    return range(height) if bar.first < number < bar.last else range(0)


def _elision(excerpt: Excerpt, number: int, gutter: int, severity: str, style: Style) -> str:
    """Returns the `...` for the lines left out before line `number`, with the bars that run through them."""
    canvas = Canvas()
    canvas.put(0, 0, "...", FRAME)
    for bar in excerpt.bars:
        if bar.first < number <= bar.last:
            canvas.put(0, gutter + 2 + bar.place, "|", SEVERITIES.get(severity, EMPHASIS) if bar.primary else FRAME)
    return canvas.lines(style.color)[0]
