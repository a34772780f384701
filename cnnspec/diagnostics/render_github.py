"""Diagnostics as workflow commands, which GitHub Actions shows beside the changed lines."""

from __future__ import annotations

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.visible import visible

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(diagnostic: Diagnostic) -> str:
    """Returns one `::error file=...::message` without a newline at the end; notes and help follow the message."""
    begin, finish = diagnostic.span.begin, diagnostic.span.finish
    properties = {"file": diagnostic.span.source.name, "line": str(begin.line)}
    if begin.line == finish.line:
        properties |= {"col": str(begin.column), "endLine": str(finish.line), "endColumn": str(finish.column)}
    else:  # GitHub takes columns only within one line
        properties |= {"endLine": str(finish.line)}
    properties["title"] = f"cnnspec {diagnostic.code}".rstrip()
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    command = COMMANDS.get(diagnostic.severity, "notice")
    return f"::{command} {written}::{_data(full_message(diagnostic))}"


def full_message(diagnostic: Diagnostic) -> str:
    """Returns the message, then notes and help, each beginning a line, for readers that show no source."""
    lines = [f"{diagnostic.message}: {diagnostic.label}" if diagnostic.label else diagnostic.message]
    lines += [f"note: {note}" for note in diagnostic.notes]
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)


def _data(text: str) -> str:
    """Returns the text for behind the `::`; the percent sign first, since the other escapes contain it."""
    return "%0A".join(visible(line).replace("%", "%25") for line in text.split("\n"))


def _property(text: str) -> str:
    return visible(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
