"""Fixes that are known to work: each is applied and the text checked again before anybody sees it.

A fix counts where its own finding is gone and no error has come. This module does not know how a text is checked; whoever does
passes it in.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix
from cnnspec.diagnostics.edits import apply_edits, origin, overlap
from cnnspec.diagnostics.problem import UsageError
from cnnspec.source import Source

Check = Callable[[Source], Sequence[Diagnostic]]
SECONDS = 2.0  # of verifying, behind which no further fix is shown
MAX_ROUNDS = 50  # of fixing, in case that fixes undo each other

_Places = Counter[tuple[str, str, int]]  # of findings: code, file, offset before the edits


def with_verified_fixes(
    source: Source, diagnostics: Sequence[Diagnostic], check: Check, seconds: float = SECONDS
) -> tuple[Diagnostic, ...]:
    """Returns findings of a text with those of their fixes that work; none is tried after the time is over."""
    end = time.monotonic() + seconds
    return tuple(
        replace(
            diagnostic,
            fixes=tuple(
                fix
                for fix in diagnostic.fixes
                if time.monotonic() < end and _works(source, fix.edits, (diagnostic,), diagnostics, check)
            ),
        )
        if diagnostic.fixes
        else diagnostic
        for diagnostic in diagnostics
    )


def fix_all(source: Source, check: Check, *, unsafe: bool = False) -> tuple[Source, int, Sequence[Diagnostic]]:
    """Returns the text after all fixes that work (with `unsafe`, also those that may change the meaning), how many these were,
    and what is found in it then."""
    count = 0
    found = check(source)
    for _ in range(MAX_ROUNDS):
        chosen = _choose(source, found, check, unsafe)
        if not chosen:
            break
        edits = [edit for _, fix in chosen for edit in fix.edits]
        if len(chosen) > 1 and not _works(source, edits, [finding for finding, _ in chosen], found, check):
            chosen = chosen[:1]
            edits = list(chosen[0][1].edits)
        source = _edited(source, edits)
        found = check(source)
        count += len(chosen)
    return source, count, found


def _edited(source: Source, edits: Iterable[Edit]) -> Source:
    return Source(source.name, apply_edits(source.text, _with_line_ends(source, edits)))


def _with_line_ends(source: Source, edits: Iterable[Edit]) -> list[Edit]:
    """Returns edits whose lines end as those of the text do."""
    if "\r\n" not in source.text:
        return list(edits)
    return [replace(edit, content=edit.content.replace("\n", "\r\n")) for edit in edits]


def _choose(source: Source, found: Sequence[Diagnostic], check: Check, unsafe: bool) -> list[tuple[Diagnostic, Fix]]:
    """Returns for each finding its first fix that works, as far as they do not touch the same text."""
    chosen: list[tuple[Diagnostic, Fix]] = []
    for finding in found:
        for fix in finding.fixes:
            is_wanted = (unsafe or fix.applicability == "safe") and not any(
                overlap(fix.edits, other.edits) for _, other in chosen
            )
            if is_wanted and _works(source, fix.edits, (finding,), found, check):
                chosen.append((finding, fix))
                break
    return chosen


def _works(
    source: Source, edits: Sequence[Edit], own: Sequence[Diagnostic], before: Sequence[Diagnostic], check: Check
) -> bool:
    """Returns whether edits remove the findings that they are for and bring no error."""
    if not edits or any(edit.span.source is not source for edit in edits):
        return False  # what is imported is fixed where it stands
    edits = _with_line_ends(source, edits)
    changed = Source(source.name, apply_edits(source.text, edits))
    if changed.text == source.text:
        return False
    try:
        after = check(changed)
    except UsageError:  # the network that is asked for is gone
        return False
    known, left = _places(before, source, ()), _places(after, changed, edits)
    if any(left[place] >= known[place] for place in _places(own, source, ())):
        return False
    return _places((finding for finding in after if finding.is_error), changed, edits) <= known


def _places(findings: Iterable[Diagnostic], source: Source, edits: Sequence[Edit]) -> _Places:
    return Counter(
        (finding.code, finding.span.source.name, origin(edits, start) if finding.span.source is source else start)
        for finding in findings
        for start in (finding.span.start,)
    )
