"""Diagnostics as SARIF 2.1.0, which code scanning services read (OASIS Standard, sections named in brackets)."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from cnnspec import __version__
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from cnnspec.diagnostics.render_github import full_message
from cnnspec.diagnostics.render_json import dumps, well_formed
from cnnspec.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
NAMELESS = "cnnspec"  # the rule of a finding without a code


def render_sarif(diagnostics: Iterable[Diagnostic], summaries: Mapping[str, str] | None = None) -> str:
    """Returns the document; `summaries` says in one sentence what a code means."""
    return dumps(to_sarif(diagnostics, summaries))


def to_sarif(diagnostics: Iterable[Diagnostic], summaries: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Returns the document as dictionaries, lists, strings and numbers."""
    found = list(diagnostics)
    severities = {_rule_id(diagnostic): diagnostic.severity for diagnostic in found}
    codes = sorted(severities)
    rules = [_rule(code, severities[code], summaries or {}) for code in codes]
    seen: Counter[tuple[str, str]] = Counter()
    results = [_result(diagnostic, codes.index(_rule_id(diagnostic)), seen) for diagnostic in found]
    driver = {"name": "cnnspec", "version": __version__, "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule_id(diagnostic: Diagnostic) -> str:
    return diagnostic.code or NAMELESS


def _rule(code: str, severity: str, summaries: Mapping[str, str]) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "defaultConfiguration": {"level": severity}}
    if code in summaries:
        rule["shortDescription"] = _message(summaries[code])
    return rule


def _result(diagnostic: Diagnostic, rule: int, seen: Counter[tuple[str, str]]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": _rule_id(diagnostic),
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": _message(full_message(diagnostic)),
        "locations": [_location(Label(diagnostic.span, diagnostic.label))],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(diagnostic, seen)},
    }
    if diagnostic.labels:
        result["relatedLocations"] = [_location(label) for label in diagnostic.labels]
    fixes = [_fix(fix) for fix in diagnostic.fixes if fix.edits]
    if fixes:
        result["fixes"] = fixes
    return result


def _fingerprint(diagnostic: Diagnostic, seen: Counter[tuple[str, str]]) -> str:
    """Returns what stays the same when lines move: a hash of code and line, and its number among equals in its file [3.27.17].

    The name of the key and the form `hash:number` are those that GitHub looks for.
    """
    span = diagnostic.span
    line = " ".join(span.source.line(span.begin.line).split())
    digest = hashlib.sha256(f"{diagnostic.code}\n{line}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    seen[span.source.name, digest] += 1
    return f"{digest}:{seen[span.source.name, digest]}"


def _message(text: str) -> dict[str, str]:
    """Braces are doubled, since a single one begins a placeholder [3.11.5]."""
    return {"text": well_formed(text).replace("{", "{{").replace("}", "}}")}


def _location(label: Label) -> dict[str, Any]:
    place = {"artifactLocation": _artifact(label.span), "region": _region(label.span)}
    location: dict[str, Any] = {"physicalLocation": place}
    if label.text:
        location["message"] = _message(label.text)
    return location


def _artifact(span: Span) -> dict[str, str]:
    """A path is relative to wherever the reader keeps the sources, an absolute one a `file` URI [3.4.3]."""
    path = span.source.name.replace(os.sep, "/")
    drive = f"/{path[0]}:" if path[1:3] == ":/" else ""
    uri = drive + quote(path[2:] if drive else path, safe="/", errors="surrogatepass")
    return {"uri": f"file://{uri}" if uri.startswith("/") else uri}


def _region(span: Span) -> dict[str, int]:
    begin, finish = span.begin, span.finish
    return {"startLine": begin.line, "startColumn": begin.column, "endLine": finish.line, "endColumn": finish.column}


def _fix(fix: Fix) -> dict[str, Any]:
    """Edits are grouped by file, as SARIF wants them [3.55.3]."""
    changes: dict[str, dict[str, Any]] = {}
    for edit in fix.edits:
        change = changes.setdefault(edit.span.source.name, {"artifactLocation": _artifact(edit.span), "replacements": []})
        change["replacements"].append(_replacement(edit))
    return {
        "description": _message(fix.title),
        "artifactChanges": list(changes.values()),
        "properties": {"applicability": fix.applicability},
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": well_formed(edit.content)}}
