"""Diagnostics as workflow commands, which GitHub Actions shows beside the changed lines."""

from __future__ import annotations

from collections.abc import Iterable

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.visible import visible
from cnnspec.source import Span

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(diagnostic: Diagnostic) -> str:
    """Returns one `::error file=...::message` without a newline at the end; labels, notes and help follow the message."""
    begin, finish = diagnostic.span.begin, diagnostic.span.finish
    properties = {"file": diagnostic.span.source.name, "line": str(begin.line)}
    if begin.line == finish.line:
        properties |= {"col": str(begin.column), "endLine": str(finish.line), "endColumn": str(finish.column)}
    else:  # GitHub takes columns only within one line
        properties |= {"endLine": str(finish.line)}
    properties["title"] = f"cnnspec {diagnostic.code}".rstrip()
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    places = [(place_beside(label.span, diagnostic.span), label.text) for label in diagnostic.labels]
    command = COMMANDS.get(diagnostic.severity, "notice")
    return f"::{command} {written}::{_data(full_message(diagnostic, places))}"


def full_message(diagnostic: Diagnostic, labels: Iterable[tuple[str, str]]) -> str:
    """Returns the message, labels (given as place and words), notes and help, line by line, for readers that show no source."""
    lines = [f"{diagnostic.message}: {diagnostic.label}" if diagnostic.label else diagnostic.message]
    lines += [f"{place}: {words}" for place, words in labels if words]
    lines += [f"note: {note}" for note in diagnostic.notes]
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)


def place_beside(span: Span, other: Span) -> str:
    """Returns where `span` is for a reader who knows where `other` is: `line 11`, or in another file `blocks.cnn:11`."""
    line = span.begin.line
    return f"line {line}" if span.source.name == other.source.name else f"{span.source.name}:{line}"


def _data(text: str) -> str:
    """Returns the text for behind the `::`; the percent sign first, since the other escapes contain it."""
    return "%0A".join(visible(line).replace("%", "%25") for line in text.split("\n"))


def _property(text: str) -> str:
    return visible(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
