"""Labels: `conv1`, and templates such as `enc{i}`, whose braces hold expressions.

YAML itself has a use for `{` inside `{ }` and `[ ]`: there a template stands in quotation marks.
"""

from __future__ import annotations

import re

from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_nodes import Entry, Scalar, Unreadable, kind
from cnnspec.syntax.yaml_problems import NotAName, WrongType
from cnnspec.syntax.yaml_scalars import Scalars

_PLAIN = re.compile(r"[A-Za-z0-9_][\w-]*")
_WORD = re.compile(r"[\w-]+")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]|[^"{}]+|"')


class Labels:
    """Reads labels, and reports what is none."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.scalars = Scalars(mistakes)

    def behind(self, entry: Entry) -> tree.Label | None:
        """Returns the label that `label: conv1` gives."""
        if isinstance(entry.value, Scalar) and not entry.value.is_empty:
            return self.label(entry.value)
        if not isinstance(entry.value, Unreadable):
            place = entry.key.place if kind(entry.value) == "nothing" else entry.value.span
            self.mistakes.report(WrongType("`label`", "a name", kind(entry.value), "write `label: conv1`"), place)
        return None

    def label(self, scalar: Scalar) -> tree.Label | None:
        """Returns the label that a scalar holds."""
        if _PLAIN.fullmatch(scalar.text):
            return tree.Name(scalar.text, scalar.place)
        parts = _parts(scalar)
        if not _is_template(parts):
            advice = "a label begins with a letter, a digit, `_` or an expression in braces; `-` may follow: `enc{i}`"
            self.mistakes.report(NotAName(scalar.text, "a label", advice), scalar.place)
            return None
        values = [part if isinstance(part, str) else self.scalars.expression(part) for part in parts]
        found = tuple(value for value in values if value is not None)
        return tree.Template(found, scalar.place) if len(found) == len(values) else None


def _parts(scalar: Scalar) -> list[str | Scalar]:
    """Returns the text of a label, and what stands between its braces as scalars; braces without partners stay in the text."""
    parts: list[str | Scalar] = []
    depth = begin = 0
    for piece in _PIECE.finditer(scalar.text):
        if piece[0] == "{":
            if depth == 0:
                parts.append(scalar.text[begin : piece.start()])
                begin = piece.end()
            depth += 1
        elif piece[0] == "}" and depth:
            depth -= 1
            if depth == 0:
                parts.append(_inside(scalar, begin, piece.start()))
                begin = piece.end()
    rest = "{" * (depth > 0) + scalar.text[begin:]
    return [part for part in (*parts, rest) if part != ""]


def _inside(scalar: Scalar, begin: int, end: int) -> Scalar:
    """Returns a part of a scalar as one of its own."""
    if scalar.inner is None:
        return Scalar(scalar.text[begin:end], True, scalar.span, None)
    span = Span(scalar.span.source, scalar.inner.start + begin, scalar.inner.start + end)
    return Scalar(span.text, True, span, span)


def _is_template(parts: list[str | Scalar]) -> bool:
    texts = [part for part in parts if isinstance(part, str)]
    begins_well = bool(parts) and not (isinstance(parts[0], str) and parts[0].startswith("-"))
    return begins_well and len(texts) < len(parts) and all(_WORD.fullmatch(text) for text in texts)
