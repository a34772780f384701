"""`# cnnspec: ignore[W0513]` at the end of a line silences the warnings that begin on it; `ignore` alone silences all of them.

What stands behind the bracket is the reason, for people. Errors cannot be silenced. Both notations have the same comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, diagnose
from cnnspec.source import Source, Span
from cnnspec.syntax.comments import comments
from cnnspec.syntax.ignore_problems import NothingToIgnore

MARK = "cnnspec:"
_IGNORE = re.compile(r"#\s*cnnspec:\s*ignore(?:\[(?P<codes>[^\]\n]*)\]|(?![\w\[-])).*")


class Ignore(NamedTuple):
    """One such comment: the codes that it names, none where it means all, and the place of those codes."""

    span: Span
    codes: tuple[str, ...]
    place: Span

    def covers(self, finding: Diagnostic) -> bool:
        """Returns whether it silences a finding of its line."""
        return not finding.is_error and (not self.codes or finding.code in self.codes)


def ignores(source: Source) -> dict[int, Ignore]:
    """Returns the comments that silence findings, by line."""
    found: dict[int, Ignore] = {}
    if MARK not in source.text:
        return found
    for comment in comments(source):
        match = _IGNORE.search(comment.text)
        if match is not None:
            span = comment._replace(start=comment.start + match.start())
            start, end = match.span("codes") if match["codes"] is not None else (0, 0)
            codes = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
            place = Span(source, comment.start + start, comment.start + end)
            found[comment.begin.line] = Ignore(span, codes, place)
    return found


def silence(found: Iterable[Diagnostic], source: Source, *, in_full: bool) -> list[Diagnostic]:
    """Returns the findings that no comment silences; those of imported files obey the comments there.

    Where everything was checked `in_full`, as the file says and without an error, the comments of `source` that silence nothing
    are findings, too.
    """
    found = list(found)
    by_source = {each: ignores(each) for each in {source, *(finding.span.source for finding in found)}}
    if not any(by_source.values()):
        return found
    kept: list[Diagnostic] = []
    used: set[tuple[Span, str]] = set()
    for finding in found:
        ignore = by_source[finding.span.source].get(finding.span.begin.line)
        if ignore is not None and ignore.covers(finding):
            used.add((ignore.span, finding.code))
        else:
            kept.append(finding)
    if in_full and not any(finding.is_error for finding in kept):
        kept += _in_vain(by_source[source].values(), used)
    return kept


def _in_vain(comments: Iterable[Ignore], used: set[tuple[Span, str]]) -> Iterator[Diagnostic]:
    """Yields the comments, or codes in them, that silence nothing; what can be removed is removed by a safe fix."""
    for ignore in comments:
        useful = [code for code in ignore.codes if (ignore.span, code) in used]
        is_used = bool(useful) or any(span == ignore.span for span, _ in used)
        useless = tuple(code for code in ignore.codes if code not in useful)
        if is_used and not useless:
            continue
        edit = Edit(ignore.place, ", ".join(useful)) if is_used else Edit(_with_blanks(ignore.span), "")
        title = f"keep `{', '.join(useful)}`" if is_used else "remove the comment"
        yield diagnose(NothingToIgnore(useless), ignore.span, fixes=[Fix(title, "safe", (edit,))])


def _with_blanks(span: Span) -> Span:
    """Returns a comment with the blanks before it on its line."""
    before = span.source.text[: span.start]
    return span._replace(start=len(before.rstrip(" \t")))
