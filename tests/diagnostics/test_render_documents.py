"""JSON and GitHub annotations, by example and by what their formats require."""

import json
from dataclasses import replace

import pytest
from rendering_cases import BLOCK, LENET, TRANSCRIPT, finding, marked

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.diagnostics.render_github import render_github
from cnnspec.diagnostics.render_json import dumps, render_json, to_json
from cnnspec.source import Source, Span

AT_END = {"file": "end.cnn", "line": 2, "column": 1, "end_line": 2, "end_column": 1}


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


def test_numbers_that_json_lacks_are_null() -> None:
    values = {"a": [1.5, float("inf"), (float("nan"), 2)], "b": {"c": -float("inf"), "d": "NaN"}}
    text = dumps(values)
    assert json.loads(text) == {"a": [1.5, None, [None, 2]], "b": {"c": None, "d": "NaN"}}
    assert json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert json.loads(dumps({"a": 1e308, "b": -0.0})) == {"a": 1e308, "b": 0}


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


def test_github_says_where_labels_are() -> None:
    labels = (
        Label(marked(BLOCK, "relu"), "here"),
        Label(marked(BLOCK, "dropout"), ""),
        Label(marked(LENET, "flatten"), "a\nb"),
    )
    note = finding(marked(BLOCK, "conv 6"), label="too many", labels=labels, notes=("a fact",), help="write less")
    *_, message = render_github(note).split("::")
    lines = ["message: too many", "line 7: here", "lenet.cnn:11: a", "b", "note: a fact", "help: write less"]
    assert message == "%0A".join(lines)


def test_github_takes_columns_only_within_one_line() -> None:
    warning = replace(finding(marked(BLOCK, "residual", "conv")), severity="warning")
    assert render_github(warning) == "::warning file=block.cnn,line=3,endLine=4,title=cnnspec E0300::message"


def test_github_levels() -> None:
    note = replace(finding(marked(BLOCK, "relu")), severity="note")
    assert render_github(note).startswith("::notice ")
