"""SARIF: by example, by the schema of the standard, and by what services do with it."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import hypothesis.strategies as st
import pytest
from hypothesis import given
from rendering_cases import BLOCK, TRANSCRIPT, finding, marked
from rendering_strategies import diagnostics
from rendering_verdicts import sarif_complaints

from cnnspec.backends.reference import code_page, code_titles, codes
from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.diagnostics.render_sarif import render_sarif, to_sarif
from cnnspec.source import Source, Span

PAGE = "# E0301: stated and inferred sizes differ\n\nWhat that means,\non two lines.\n\nFails:"


def test_sarif() -> None:
    document = to_sarif([TRANSCRIPT], {"E0301": PAGE})
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert document["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    assert driver["rules"] == [
        {
            "id": "E0301",
            "defaultConfiguration": {"level": "error"},
            "shortDescription": {"text": "stated and inferred sizes differ"},
            "fullDescription": {"text": "What that means, on two lines."},
            "help": {"text": PAGE, "markdown": PAGE},
        }
    ]
    (result,) = run["results"]
    place = {
        "artifactLocation": {"uri": "lenet.cnn", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12, "startColumn": 17, "endLine": 12, "endColumn": 35},
    }
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("E0301", 0, "error")
    assert result["locations"] == [{"physicalLocation": place, "message": {"text": "declares 256"}}]
    (related,) = result["relatedLocations"]
    assert (related["id"], related["message"]) == (1, {"text": "this produces 400 = 16*5*5"})
    assert "\n[line 11](1): this produces 400 = 16*5*5\n" in result["message"]["text"]
    assert result["fixes"] == [
        {
            "description": {"text": "write `16*5*5`"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "lenet.cnn", "uriBaseId": "%SRCROOT%"},
                    "replacements": [
                        {
                            "deletedRegion": {"startLine": 12, "startColumn": 29, "endLine": 12, "endColumn": 35},
                            "insertedContent": {"text": "16*5*5"},
                        }
                    ],
                }
            ],
            "properties": {"applicability": "unsafe"},
        }
    ]
    assert json.loads(render_sarif([TRANSCRIPT])) == to_sarif([TRANSCRIPT])


def test_sarif_braces_are_no_placeholders() -> None:
    (result,) = to_sarif([finding(marked(BLOCK, "relu"), "`{` is never closed")])["runs"][0]["results"]
    assert result["message"]["text"] == "`{{` is never closed"


def test_sarif_links_lead_to_related_locations() -> None:
    odd = Source("a[1].cnn", "relu")
    labels = (Label(marked(BLOCK, "dropout"), "here"), Label(marked(odd, "relu"), "there"))
    (result,) = to_sarif([finding(marked(BLOCK, "relu"), labels=labels)])["runs"][0]["results"]
    assert result["message"]["text"] == "message\n[line 9](1): here\n[a\\[1\\].cnn:1](2): there"
    assert [location["id"] for location in result["relatedLocations"]] == [1, 2]


@pytest.mark.parametrize(
    ("name", "uri"),
    [
        ("a b/c#1.cnn", "a%20b/c%231.cnn"),
        ("/home/\xe9.cnn", "file:///home/%C3%A9.cnn"),
        ("c:net.cnn", "c%3Anet.cnn"),
        ("<stdin>", "%3Cstdin%3E"),
    ],
)
def test_sarif_paths_are_uris(name: str, uri: str) -> None:
    (run,) = to_sarif([finding(Span(Source(name, ""), 0, 0))])["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == ({"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": "%SRCROOT%"})
    assert unquote(urlsplit(uri).path) == name
    assert place.keys() == {"uri"} or place["uriBaseId"] in run["originalUriBaseIds"]


def fingerprints(text: str) -> list[str]:
    """Returns the fingerprints of one finding for each `relu`."""
    source = Source("a.cnn", text)
    spans = [Span(source, start, start + 4) for start in range(len(text)) if text.startswith("relu", start)]
    results = to_sarif([finding(span) for span in spans])["runs"][0]["results"]
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]


def test_sarif_fingerprints_follow_the_text_and_not_the_line() -> None:
    first, second = fingerprints("relu\nrelu\n")
    assert first != second
    assert fingerprints("\n\n   relu\n\n\trelu\n") == [first, second]
    assert fingerprints("a: relu\n") != [first]


def test_sarif_fingerprints_tell_findings_apart() -> None:
    spans = (marked(BLOCK, "conv 6"), marked(BLOCK, "kernel=5"), marked(BLOCK, "padding=2"))
    found = [finding(span) for span in spans] + [replace(finding(spans[0]), code="E0301")]
    results = to_sarif(found)["runs"][0]["results"]
    assert len({result["partialFingerprints"]["primaryLocationLineHash"] for result in results}) == 4


@given(st.lists(diagnostics(), max_size=3))
def test_sarif_is_valid(found: list[Diagnostic]) -> None:
    assert sarif_complaints(json.loads(render_sarif(found, {"E0300": PAGE}))) == []


def test_sarif_of_the_same_twice_is_valid() -> None:
    label, fix = Label(marked(BLOCK, "relu"), "here"), TRANSCRIPT.fixes[0]
    twice = finding(marked(BLOCK, "conv 6"), labels=(label, label), fixes=(fix, fix))
    assert sarif_complaints(to_sarif([twice, twice])) == []


def test_sarif_refers_to_its_rules() -> None:
    (run,) = to_sarif([TRANSCRIPT, finding(marked(BLOCK, "relu")), replace(TRANSCRIPT, code="")])["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["E0300", "E0301", "cnnspec"]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == ["E0301", "E0300", "cnnspec"]


def test_every_page_makes_a_valid_rule() -> None:
    pages = {code: page for code in codes() if (page := code_page(code))}
    document = to_sarif([replace(TRANSCRIPT, code=code) for code in pages], pages)
    assert sarif_complaints(document) == []
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["id"]: rule["shortDescription"]["text"] for rule in rules} == code_titles()
    assert all(rule["fullDescription"]["text"].endswith((".", ".)", ":")) for rule in rules)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "2.2"),
        (("runs", 0, "tool"), {}),
        (("runs", 0, "columnKind"), "bytes"),
        (("runs", 0, "results", 0, "level"), "fatal"),
        (("runs", 0, "results", 0, "message"), {"markdown": "x"}),
        (("runs", 0, "results", 0, "locations", 0, "physicalLocation", "region", "startLine"), 0),
        (("runs", 0, "results", 0, "fixes", 0, "artifactChanges"), []),
        (("runs", 0, "results", 0, "fixes", 0, "applicability"), "safe"),
    ],
)
def test_the_schema_can_refuse(path: tuple[str | int, ...], value: object) -> None:
    document: Any = to_sarif([TRANSCRIPT])
    *outer, last = path
    inner = document
    for key in outer:
        inner = inner[key]
    inner[last] = value
    assert len(sarif_complaints(document)) == 1
