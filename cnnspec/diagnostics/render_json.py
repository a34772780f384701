"""Diagnostics as JSON for programs. Lines and columns are 1-based, columns count code points, ends are exclusive.

The keys are a contract with users: add, never rename.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from cnnspec.source import Span

VERSION = 1


def render_json(diagnostics: Iterable[Diagnostic], networks: Iterable[Any] = ()) -> str:
    """Returns the document of `check --format json`; `networks` are values that JSON can hold."""
    found = [to_json(diagnostic) for diagnostic in diagnostics]
    return dumps({"version": VERSION, "diagnostics": found, "networks": list(networks)})


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Returns one diagnostic as dictionaries, lists and strings; `input` only where inputs were given, several as a list."""
    inputs = list(diagnostic.inputs)
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": well_formed(diagnostic.message),
        **location(diagnostic.span),
        "labels": [_label(label) for label in diagnostic.labels],
        "notes": [well_formed(note) for note in diagnostic.notes],
        "help": None if diagnostic.help is None else well_formed(diagnostic.help),
        "fixes": [_fix(fix) for fix in diagnostic.fixes],
        **({"input": inputs[0] if len(inputs) == 1 else inputs} if inputs else {}),
    }


def location(span: Span) -> dict[str, Any]:
    """Returns the keys that say where a span is."""
    begin, finish = span.begin, span.finish
    return {
        "file": well_formed(span.source.name),
        "line": begin.line,
        "column": begin.column,
        "end_line": finish.line,
        "end_column": finish.column,
    }


def dumps(value: Any) -> str:
    """Returns JSON in ASCII, in which no character acts on a terminal: the standard encoder lets DEL through.

    Numbers that are not finite, which JSON lacks, are null.
    """
    try:
        text = json.dumps(value, indent=2, default=str, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), indent=2, default=str)
    return text.replace("\x7f", "\\u007f")


def well_formed(text: str) -> str:
    """Returns the text with lone surrogates (undecodable bytes of a file name) replaced, which many JSON readers refuse."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _finite(value: Any) -> Any:
    """Returns a value for JSON with None in the place of numbers that are infinite, or none at all."""
    if isinstance(value, dict):
        return {name: _finite(inside) for name, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inside) for inside in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _label(label: Label) -> dict[str, Any]:
    return {**location(label.span), "text": well_formed(label.text)}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [_edit(edit) for edit in fix.edits]
    return {"title": well_formed(fix.title), "applicability": fix.applicability, "edits": edits}


def _edit(edit: Edit) -> dict[str, Any]:
    return {**location(edit.span), "content": well_formed(edit.content)}
