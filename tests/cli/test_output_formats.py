"""What `check` prints for programs, and in which colours for people."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import BAD, CLEAN, MISFIT, WARNED, cnnspec

PLACE = ["file", "line", "column", "end_line", "end_column"]
DIAGNOSTIC = ["code", "severity", "message", *PLACE, "labels", "notes", "help", "fixes"]


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    for name, text in {"clean": CLEAN, "bad": BAD, "misfit": MISFIT, "warned": WARNED}.items():
        Path(f"{name}.cnn").write_text(text)


def test_json() -> None:
    done = cnnspec("check", "--format", "json", "clean.cnn", "misfit.cnn")
    assert done.code == 1
    assert done.err == ""
    assert list(done.json) == ["version", "diagnostics", "networks"]
    assert done.json["version"] == 1
    (diagnostic,) = done.json["diagnostics"]
    assert list(diagnostic) == DIAGNOSTIC
    place = {"file": "misfit.cnn", "line": 4, "column": 16, "end_line": 4, "end_column": 31}
    assert place.items() <= diagnostic.items()
    assert (diagnostic["code"], diagnostic["severity"]) == ("E0301", "error")
    assert diagnostic["labels"]
    assert all(list(label) == [*PLACE, "text"] for label in diagnostic["labels"])
    (network,) = done.json["networks"]
    assert network == {
        "name": "Net",
        "file": "clean.cnn",
        "input": [1, 8, 8],
        "output": [10],
        "parameters": 1490,
        "macs": 2736,
    }


def test_fixes_in_json() -> None:
    (hidden,) = cnnspec("check", "--format", "json", "bad.cnn").json["diagnostics"]
    assert hidden["fixes"] == []  # with it, another mistake would come to light
    Path("bad.cnn").write_text(BAD.replace(", in_features=5", ""))
    (diagnostic,) = cnnspec("check", "--format", "json", "bad.cnn").json["diagnostics"]
    (fix,) = diagnostic["fixes"]
    assert list(fix) == ["title", "applicability", "edits"]
    assert fix["applicability"] in ("safe", "unsafe")
    (edit,) = fix["edits"]
    assert edit == {"file": "bad.cnn", "line": 3, "column": 13, "end_line": 3, "end_column": 18, "content": "kernel"}


def test_columns_count_code_points() -> None:
    Path("wide.cnn").write_text('network N {\n    input 8\n    größe模型: linear 3, foo="🙂", bar=1\n}\n', encoding="utf-8")
    columns = {item["column"] for item in cnnspec("check", "--format", "json", "wide.cnn").json["diagnostics"]}
    assert 24 in columns


@pytest.mark.parametrize("file", ["clean.cnn", "bad.cnn", "warned.cnn"])
@pytest.mark.parametrize("form", ["json", "sarif"])
def test_standard_output_holds_nothing_else(form: str, file: str) -> None:
    done = cnnspec("check", "--format", form, "--color", "always", file, "missing.cnn")
    assert done.code == 2
    assert isinstance(done.json, dict)
    assert done.out.isascii()
    assert "\x1b" not in done.out
    assert done.err == "error: missing.cnn: No such file or directory\n"


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_a_wrong_option_leaves_standard_output_empty(form: str) -> None:
    assert cnnspec("check", "--format", form, "--set", "x=1", "clean.cnn").complaint


def test_severities() -> None:
    done = cnnspec("check", "--format", "json", "warned.cnn", "clean.cnn", "--input", "1x9x9")
    assert {item["severity"] for item in done.json["diagnostics"]} == {"warning", "note"}
    assert done.code == 0


def test_concise() -> None:
    done = cnnspec("check", "--format", "concise", "bad.cnn", "warned.cnn")
    assert done.code == 1
    first, second, verdict = done.out.splitlines()
    assert first == "bad.cnn:3:13: E0202 unknown argument `kernl` of `conv`"
    assert second.startswith("warned.cnn:4:9: W0601 ")
    assert verdict == "1 error, 1 warning"
    assert cnnspec("check", "--format", "concise", "clean.cnn").out == "No mistakes found.\n"


def test_github() -> None:
    done = cnnspec("check", "--format", "github", "bad.cnn", "warned.cnn")
    assert done.code == 1
    error, warning = done.out.splitlines()
    assert error.startswith("::error file=bad.cnn,line=3,col=13,endLine=3,endColumn=18,title=cnnspec E0202::unknown argument")
    assert warning.startswith("::warning file=warned.cnn,line=4,")
    assert cnnspec("check", "--format", "github", "clean.cnn").out == ""


def test_sarif() -> None:
    done = cnnspec("check", "--format", "sarif", "bad.cnn", "warned.cnn")
    assert done.code == 1
    assert done.json["version"] == "2.1.0"
    (run,) = done.json["runs"]
    assert [result["ruleId"] for result in run["results"]] == ["E0202", "W0601"]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["E0202"]["shortDescription"] == {"text": "unknown argument"}
    assert cnnspec("check", "--format", "sarif", "clean.cnn").json["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("option", "environment", "colored"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (["--color", "auto"], {"FORCE_COLOR": "1"}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
@pytest.mark.parametrize("command", ["check", "summary", "generate"])
def test_color(
    command: str, option: list[str], environment: dict[str, str], colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = cnnspec(command, *option, "bad.cnn")
    assert ("\x1b[" in done.out + done.err) == colored


@pytest.mark.parametrize("columns", ["1", "20", "80", "100000", "0", "-5", "many", ""])
def test_any_width_will_do(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    done = cnnspec("check", "bad.cnn")
    assert done.code == 1
    assert "^^^^^" in done.out
