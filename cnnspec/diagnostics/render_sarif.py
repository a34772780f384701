"""Diagnostics as SARIF 2.1.0, which code scanning services read (OASIS Standard, sections named in brackets)."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from cnnspec import __version__
from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from cnnspec.diagnostics.render_github import full_message, place_beside
from cnnspec.diagnostics.render_json import dumps, well_formed
from cnnspec.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
NAMELESS = "cnnspec"  # the rule of a finding without a code
ROOT = "%SRCROOT%"  # the name that readers know for wherever the sources are


def render_sarif(diagnostics: Iterable[Diagnostic], pages: Mapping[str, str] | None = None) -> str:
    """Returns the document; `pages` holds what `cnnspec explain` says about each code, as Markdown."""
    return dumps(to_sarif(diagnostics, pages))


def to_sarif(diagnostics: Iterable[Diagnostic], pages: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Returns the document as dictionaries, lists, strings and numbers."""
    found = list(diagnostics)
    severities = {_rule_id(diagnostic): diagnostic.severity for diagnostic in found}
    codes = sorted(severities)
    rules = [_rule(code, severities[code], (pages or {}).get(code)) for code in codes]
    seen: Counter[tuple[str, str]] = Counter()
    results = [_result(diagnostic, codes.index(_rule_id(diagnostic)), seen) for diagnostic in found]
    driver = {"name": "cnnspec", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder in which cnnspec was run."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule_id(diagnostic: Diagnostic) -> str:
    return diagnostic.code or NAMELESS


def _rule(code: str, severity: str, page: str | None) -> dict[str, Any]:
    """Returns what is known of a code: the title of its page, the paragraph below it, and all of it as help [3.49]."""
    rule: dict[str, Any] = {"id": code, "defaultConfiguration": {"level": severity}}
    if page is not None:
        title, meaning, *_ = page.split("\n\n")
        rule["shortDescription"] = {"text": title.removeprefix(f"# {code}: ")}
        rule["fullDescription"] = {"text": meaning.replace("\n", " ")}
        rule["help"] = {"text": page, "markdown": page}
    return rule


def _result(diagnostic: Diagnostic, rule: int, seen: Counter[tuple[str, str]]) -> dict[str, Any]:
    labels = list(enumerate(diagnostic.labels, 1))
    text = full_message(diagnostic, [(_link(diagnostic, label, number), label.text) for number, label in labels])
    result: dict[str, Any] = {
        "ruleId": _rule_id(diagnostic),
        "ruleIndex": rule,
        "level": diagnostic.severity,
        "message": _message(text),
        "locations": [_location(Label(diagnostic.span, diagnostic.label))],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(diagnostic, seen)},
    }
    if labels:
        result["relatedLocations"] = [{"id": number} | _location(label) for number, label in labels]
    fixes = [_fix(fix) for fix in dict.fromkeys(diagnostic.fixes) if fix.edits]  # each once: the list is a set
    if fixes:
        result["fixes"] = fixes
    return result


def _link(diagnostic: Diagnostic, label: Label, number: int) -> str:
    """Returns the place of a label as a link to the related location `number` [3.11.6]."""
    escaped = re.sub(r"([\\\[\]])", r"\\\1", place_beside(label.span, diagnostic.span))
    return f"[{escaped}]({number})"


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
    """A path is relative to wherever the reader keeps the sources, an absolute one a `file` URI [3.4.3, 3.4.4]."""
    path = span.source.name.replace(os.sep, "/")
    drive = f"/{path[0]}:" if path[1:3] == ":/" else ""
    uri = drive + quote(path[2:] if drive else path, safe="/", errors="surrogatepass")
    return {"uri": f"file://{uri}"} if uri.startswith("/") else {"uri": uri, "uriBaseId": ROOT}


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
