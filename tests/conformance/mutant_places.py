"""Whether the first mistake that is told of a mutant stands where somebody who made the change would look."""

from __future__ import annotations

import re
from collections import Counter

from mutants import Mutant

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Span

WORD = re.compile(r"[A-Za-z_]\w*")
STATES = re.compile(r"->|\b(?:in_features|in_channels|num_features)\s*=|\b(?:add|concat|multiply|residual|reuse|from|output)\b")
BRACKETS = frozenset("{}[]()")


def place(mutant: Mutant, first: Diagnostic) -> str:
    """Returns `at the change`, `at what it makes wrong`, or else whether the mistake is before the change or behind it."""
    span = first.span
    if span.source.text != mutant.text:
        return "in an imported file"
    if _is_changed(mutant, span):
        return "at the change"
    if is_made_wrong(mutant, first):
        return "at what it makes wrong"
    return "before" if span.begin.line < mutant.line else "behind"


def is_made_wrong(mutant: Mutant, first: Diagnostic) -> bool:
    """Returns whether a line that did not change is wrong now.

    It refuses the shape that arrives now, or says which one should; it has the partner of a bracket that is gone; it uses a
    word that is gone; or the message points to the change, too.
    """
    span = first.span
    line = span.source.line(span.begin.line)
    is_behind = span.begin.line >= mutant.line
    if (first.code.startswith("E03") and is_behind) or STATES.search(line) or span.text[:1] in BRACKETS:
        return True
    if any(_is_changed(mutant, label.span) for label in first.labels):
        return True
    gone = Counter(WORD.findall(mutant.path.read_text(encoding="utf-8"))) - Counter(WORD.findall(mutant.text))
    return not gone.keys().isdisjoint(WORD.findall(line))


def _is_changed(mutant: Mutant, span: Span) -> bool:
    return span.source.text == mutant.text and mutant.line <= span.begin.line <= mutant.last
