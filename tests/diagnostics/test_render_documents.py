"""JSON, GitHub and SARIF, by example and by what their formats require."""

import json
from dataclasses import replace
from typing import Any

from rendering_cases import BLOCK, LENET, TRANSCRIPT, marked

from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.diagnostics.render_github import render_github
from cnnspec.diagnostics.render_json import render_json, to_json
from cnnspec.diagnostics.render_sarif import render_sarif, to_sarif
from cnnspec.source import Source, Span

AT_END = {"file": "end.cnn", "line": 2, "column": 1, "end_line": 2, "end_column": 1}


def finding(span: Span, message: str = "message", **more: Any) -> Diagnostic:
    return Diagnostic("E0300", "error", message, span, **more)


def test_json_keys() -> None:
    assert to_json(TRANSCRIPT) == {
        "code": "E0301",
        "severity": "error",
        "message": "`linear` expects 256 input features, but 400 arrive",
        "file": "lenet.cnn",
        "line": 12,
        "column": 17,
        "end_line": 12,
        "end_column": 35,
        "labels": [
            {
                "file": "lenet.cnn",
                "line": 11,
                "column": 5,
                "end_line": 11,
                "end_column": 12,
                "text": "this produces 400 = 16*5*5",
            }
        ],
        "notes": ["1x28x28 -> conv 6x28x28 -> avgpool 6x14x14 -> conv 16x10x10 -> avgpool 16x5x5"],
        "help": "write `in_features=16*5*5`, or leave `in_features` out and it is inferred",
        "fixes": [
            {
                "title": "write `16*5*5`",
                "applicability": "unsafe",
                "edits": [
                    {
                        "file": "lenet.cnn",
                        "line": 12,
                        "column": 29,
                        "end_line": 12,
                        "end_column": 35,
                        "content": "16*5*5",
                    }
                ],
            }
        ],
    }


def test_json_document() -> None:
    document = json.loads(render_json([TRANSCRIPT], [{"name": "LeNet"}]))
    assert document == {"version": 1, "diagnostics": [to_json(TRANSCRIPT)], "networks": [{"name": "LeNet"}]}
    assert json.loads(render_json([])) == {"version": 1, "diagnostics": [], "networks": []}


def test_json_at_the_end_of_a_file() -> None:
    source = Source("end.cnn", "relu\r\n")
    assert to_json(finding(Span(source, 6, 6))).items() >= AT_END.items()


def test_columns_count_code_points() -> None:
    source = Source("wide.cnn", "\U0001f600 e\u0301 relu")
    assert to_json(finding(marked(source, "relu")))["column"] == 6


def test_github() -> None:
    assert render_github(finding(marked(BLOCK, "relu"), label="here", help="drop it")) == (
        "::error file=block.cnn,line=7,col=9,endLine=7,endColumn=13,title=cnnspec E0300::message: here%0Ahelp: drop it"
    )


def test_github_escapes() -> None:
    source = Source("a,b:c%d.cnn", "relu")
    assert render_github(finding(marked(source, "relu"), "100 %: a,\nb\r")) == (
        "::error file=a%2Cb%3Ac%25d.cnn,line=1,col=1,endLine=1,endColumn=5,title=cnnspec E0300::100 %25: a,%0Ab\\u{d}"
    )


def test_github_takes_columns_only_within_one_line() -> None:
    warning = replace(finding(marked(BLOCK, "residual", "conv")), severity="warning")
    assert render_github(warning) == "::warning file=block.cnn,line=3,endLine=4,title=cnnspec E0300::message"


def test_github_levels() -> None:
    note = replace(finding(marked(BLOCK, "relu")), severity="note")
    assert render_github(note).startswith("::notice ")


def test_sarif() -> None:
    document = to_sarif([TRANSCRIPT], {"E0301": "stated and inferred sizes differ"})
    (run,) = document["runs"]
    driver = run["tool"]["driver"]
    assert document["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    assert driver["rules"] == [
        {
            "id": "E0301",
            "defaultConfiguration": {"level": "error"},
            "shortDescription": {"text": "stated and inferred sizes differ"},
        }
    ]
    (result,) = run["results"]
    place = {
        "artifactLocation": {"uri": "lenet.cnn"},
        "region": {"startLine": 12, "startColumn": 17, "endLine": 12, "endColumn": 35},
    }
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("E0301", 0, "error")
    assert result["locations"] == [{"physicalLocation": place, "message": {"text": "declares 256"}}]
    assert result["relatedLocations"][0]["message"] == {"text": "this produces 400 = 16*5*5"}
    assert result["fixes"] == [
        {
            "description": {"text": "write `16*5*5`"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "lenet.cnn"},
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


def test_sarif_paths_are_uris() -> None:
    names = {"a b/c#1.cnn": "a%20b/c%231.cnn", "/home/\xe9.cnn": "file:///home/%C3%A9.cnn", "<stdin>": "%3Cstdin%3E"}
    for name, uri in names.items():
        (result,) = to_sarif([finding(Span(Source(name, ""), 0, 0))])["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


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


# What the 2.1.0 schema requires of the objects written here: for each the properties it must have and those it may have.
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool", "results"}, {"columnKind"}),
    "driver": ({"name"}, {"version", "rules"}),
    "rule": ({"id"}, {"defaultConfiguration", "shortDescription"}),
    "result": (
        {"message"},
        {"ruleId", "ruleIndex", "level", "locations", "relatedLocations", "partialFingerprints", "fixes"},
    ),
    "fix": ({"artifactChanges"}, {"description", "properties"}),
    "change": ({"artifactLocation", "replacements"}, set()),
    "replacement": ({"deletedRegion"}, {"insertedContent"}),
    "location": (set(), {"physicalLocation", "message"}),
    "region": (set(), {"startLine", "startColumn", "endLine", "endColumn"}),
}


def conforms(name: str, value: dict[str, Any]) -> None:
    required, allowed = SHAPES[name]
    assert required <= value.keys() <= required | allowed, name


def test_sarif_objects_have_what_the_schema_requires() -> None:
    others = (Label(marked(LENET, "flatten"), ""), Label(marked(BLOCK, "relu"), "there"))
    document = to_sarif([TRANSCRIPT, finding(Span(BLOCK, 0, 0), labels=others), finding(marked(BLOCK, "relu"))])
    conforms("log", document)
    for run in document["runs"]:
        conforms("run", run)
        conforms("driver", run["tool"]["driver"])
        ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(ids) == len(set(ids))
        for rule in run["tool"]["driver"]["rules"]:
            conforms("rule", rule)
        for result in run["results"]:
            conforms("result", result)
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert len(result["locations"]) == 1
            for location in (*result["locations"], *result.get("relatedLocations", ())):
                conforms("location", location)
                conforms("region", location["physicalLocation"]["region"])
                assert min(location["physicalLocation"]["region"].values()) >= 1
            for fix in result.get("fixes", ()):
                conforms("fix", fix)
                for change in fix["artifactChanges"]:
                    conforms("change", change)
                    assert change["replacements"]
                    for replacement in change["replacements"]:
                        conforms("replacement", replacement)
