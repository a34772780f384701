"""A diagnostic as one line, for editors and `grep`."""

from __future__ import annotations

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.style import PLAIN, Style
from cnnspec.diagnostics.visible import visible


def render_concise(diagnostic: Diagnostic, style: Style = PLAIN) -> str:
    """Returns `file:line:column: CODE message` without a newline at the end."""
    line, column = diagnostic.span.begin
    place = f"{diagnostic.span.source.name}:{line}:{column}"
    words = f"{diagnostic.code} {diagnostic.message}" if diagnostic.code else diagnostic.message
    return visible(f"{place}: {words}", unicode=style.unicode)
