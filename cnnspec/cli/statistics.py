"""`check --statistics`: how often each code was found, instead of where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from cnnspec.backends.reference import code_titles
from cnnspec.diagnostics.diagnostic import Diagnostic


@dataclass(frozen=True)
class CodeCount:
    """One code: how many findings have it, how many of these have a safe fix, and what it means."""

    code: str
    severity: str
    count: int
    fixable: int
    title: str


def statistics(diagnostics: Iterable[Diagnostic]) -> list[CodeCount]:
    """Returns one entry for each code that was found, the most frequent first."""
    titles = code_titles()
    found: dict[str, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        found.setdefault(diagnostic.code, []).append(diagnostic)
    counts = [
        CodeCount(code, alike[0].severity, len(alike), sum(map(_has_safe_fix, alike)), titles.get(code, ""))
        for code, alike in found.items()
    ]
    return sorted(counts, key=lambda entry: (-entry.count, entry.code))


def statistics_table(counts: Iterable[CodeCount]) -> str:
    """Returns a line for each code: `[*]` where `--fix` repairs all of its findings, `[-]` where it repairs some."""
    entries = list(counts)
    width = max((len(str(entry.count)) for entry in entries), default=0)
    return "".join(f"{entry.count:>{width}}  {entry.code}  {_fixable(entry)}  {entry.title}\n" for entry in entries)


def statistics_json(counts: Iterable[CodeCount]) -> str:
    """Returns the document of `check --statistics --format json`."""
    from cnnspec.diagnostics.render_json import VERSION, dumps

    return dumps({"version": VERSION, "statistics": [asdict(entry) for entry in counts]})


def _fixable(entry: CodeCount) -> str:
    if entry.fixable == entry.count:
        return "[*]"
    return "[-]" if entry.fixable else "[ ]"


def _has_safe_fix(diagnostic: Diagnostic) -> bool:
    return any(fix.applicability == "safe" for fix in diagnostic.fixes)
