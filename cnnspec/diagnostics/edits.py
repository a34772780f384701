"""Edits to a text, and where its places come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cnnspec.diagnostics.diagnostic import Edit


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Returns the text after edits that do not overlap; those at one place are made in the order given."""
    parts: list[str] = []
    last = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        parts += [text[last : edit.span.start], edit.content]
        last = edit.span.end
    return "".join((*parts, text[last:]))


def overlap(edits: Sequence[Edit], others: Sequence[Edit]) -> bool:
    """Returns whether two groups of edits touch the same text, or insert at the same place."""
    return any(
        (one.span.start < other.span.end and other.span.start < one.span.end) or one.span.start == other.span.start
        for one in edits
        for other in others
    )


def origin(edits: Iterable[Edit], position: int) -> int:
    """Returns where a position in the edited text was before; within what is new, where that was put."""
    shift = 0  # how much longer the text has become before the position
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        start = edit.span.start + shift
        if position < start:
            break
        if position < start + len(edit.content):
            return edit.span.start
        shift += len(edit.content) - (edit.span.end - edit.span.start)
    return position - shift
