"""Documents and annotations of any diagnostic are read back by readers who know the formats and nothing of cnnspec."""

import json
from typing import Any

import hypothesis.strategies as st
from hypothesis import given
from rendering_strategies import diagnostics

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.render_github import render_github
from cnnspec.diagnostics.render_json import render_json, well_formed
from cnnspec.diagnostics.render_sarif import render_sarif
from cnnspec.diagnostics.visible import visible
from cnnspec.source import Span


def annotation(command: str) -> tuple[str, dict[str, str], str]:
    """Returns what a runner of GitHub Actions makes of a workflow command: its name, its properties and its message."""
    assert command.startswith("::")
    head, _, data = command[2:].partition("::")
    name, _, written = head.partition(" ")
    properties = dict(entry.split("=", 1) for entry in written.split(","))
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        properties = {key: value.replace(code, character) for key, value in properties.items()}
        data = data if character in ":," else data.replace(code, character)
    return name, properties, data


@given(diagnostics())
def test_annotations_say_everything(diagnostic: Diagnostic) -> None:
    name, properties, message = annotation(render_github(diagnostic))
    assert name == {"error": "error", "warning": "warning", "note": "notice"}[diagnostic.severity]
    assert properties["file"] == visible(diagnostic.span.source.name)
    assert int(properties["line"]) == diagnostic.span.begin.line
    assert int(properties["endLine"]) == diagnostic.span.finish.line
    if "col" in properties:
        assert (int(properties["col"]), int(properties["endColumn"])) == columns(diagnostic.span)
        assert properties["line"] == properties["endLine"]
    said = [diagnostic.message, diagnostic.label, *(label.text for label in diagnostic.labels), *diagnostic.notes]
    for text in [*said, diagnostic.help or ""]:
        assert all(visible(line) in message for line in text.split("\n"))


def columns(span: Span) -> tuple[int, int]:
    return span.begin.column, span.finish.column


def test_the_reader_of_annotations_knows_escapes() -> None:
    read = annotation("::error file=a%2Cb%3A%25,line=1::x%253A%0Ay: 1%25")
    assert read == ("error", {"file": "a,b:%", "line": "1"}, "x%3A\ny: 1%")


def replaced(text: str, region: tuple[int, int, int, int], content: str) -> str:
    """Returns the text with a region (first line, column, last line, column, from 1) replaced."""
    first, column, last, end_column = region
    rows = text.split("\n")
    before = [*rows[: first - 1], rows[first - 1][: column - 1]]
    after = [rows[last - 1][end_column - 1 :], *rows[last:]]
    return "\n".join(before) + content + "\n".join(after)


def test_replaced() -> None:
    assert replaced("ab\ncd\nef", (1, 2, 3, 2), "x\n") == "ax\nf"
    assert replaced("ab\ncd", (2, 1, 2, 1), "-") == "ab\n-cd"


@given(diagnostics())
def test_fixes_in_documents_change_what_they_should(diagnostic: Diagnostic) -> None:
    edits = [edit for fix in diagnostic.fixes for edit in fix.edits]
    expected = [
        edit.span.source.text[: edit.span.start] + well_formed(edit.content) + edit.span.source.text[edit.span.end :]
        for edit in edits
    ]
    (found,) = json.loads(render_json([diagnostic]))["diagnostics"]
    written = [(region_of_json(edit), edit["content"]) for fix in found["fixes"] for edit in fix["edits"]]
    texts = [edit.span.source.text for edit in edits]
    assert [replaced(text, *change) for text, change in zip(texts, written, strict=True)] == expected
    (result,) = json.loads(render_sarif([diagnostic]))["runs"][0]["results"]
    replacements = [entry for fix in result.get("fixes", []) for entry in fix["artifactChanges"][0]["replacements"]]
    if len(replacements) == len(edits):  # a fix that comes twice is written once
        regions = [(region_of_sarif(entry), entry["insertedContent"]["text"]) for entry in replacements]
        assert [replaced(text, *change) for text, change in zip(texts, regions, strict=True)] == expected


def region_of_json(place: dict[str, Any]) -> tuple[int, int, int, int]:
    return place["line"], place["column"], place["end_line"], place["end_column"]


def region_of_sarif(replacement: dict[str, Any]) -> tuple[int, int, int, int]:
    region = replacement["deletedRegion"]
    return region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


@given(st.lists(diagnostics(), max_size=4))
def test_documents_hold_every_finding_in_order(found: list[Diagnostic]) -> None:
    messages = [well_formed(diagnostic.message) for diagnostic in found]
    assert [entry["message"] for entry in json.loads(render_json(found))["diagnostics"]] == messages
    results = json.loads(render_sarif(found))["runs"][0]["results"]
    said = [result["message"]["text"].replace("{{", "{").replace("}}", "}") for result in results]
    assert [text.startswith(message) for text, message in zip(said, messages, strict=True)] == [True] * len(found)
