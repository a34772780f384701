"""What `check` prints where counts, silence, a file or another exit code are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import BAD, CLEAN, MISFIT, WARNED, cnnspec, process

from cnnspec.cli.output import FORMATS
from cnnspec.cli.statistics import statistics, statistics_table
from cnnspec.diagnostics.diagnostic import Diagnostic, Fix
from cnnspec.source import Source, Span

PLACE = Span(Source("a.cnn", "relu"), 0, 4)
SAFE, UNSAFE = (Fix("title", applicability, ()) for applicability in ("safe", "unsafe"))


def finding(code: str, *fixes: Fix) -> Diagnostic:
    return Diagnostic(code, "error", "message", PLACE, fixes=fixes)


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    for name, text in {"clean": CLEAN, "bad": BAD, "misfit": MISFIT, "warned": WARNED, "worse": BAD}.items():
        Path(f"{name}.cnn").write_text(text)


def test_statistics_are_sorted_and_know_what_can_be_fixed() -> None:
    found = [finding("E0302"), *[finding("E0301", SAFE)] * 10, finding("E0303", UNSAFE), finding("E0303", UNSAFE, SAFE)]
    counts = statistics(found)
    assert [(entry.code, entry.count, entry.fixable) for entry in counts] == [
        ("E0301", 10, 10),
        ("E0303", 2, 1),
        ("E0302", 1, 0),
    ]
    assert [line[:13] for line in statistics_table(counts).splitlines()] == ["10  E0301  [*", " 2  E0303  [-", " 1  E0302  [ "]
    assert statistics_table([]) == ""


@pytest.mark.parametrize("form", ["text", "concise"])
def test_statistics(form: str) -> None:
    done = cnnspec("check", "--statistics", "--format", form, "bad.cnn", "worse.cnn", "warned.cnn")
    assert done.code == 1
    assert done.out.splitlines() == [
        "2  E0202  [ ]  unknown argument",
        "1  W0601  [ ]  name that hides an outer one",
        "2 errors, 1 warning",
    ]


def test_statistics_count_what_is_shown() -> None:
    done = cnnspec("check", "--statistics", "--quiet", "--ignore", "W06", ".")
    assert [line.split()[1] for line in done.out.splitlines()] == ["E0202", "E0301"]
    assert cnnspec("check", "--statistics", "clean.cnn") == (0, "No mistakes found.\n", "")


def test_statistics_as_json() -> None:
    done = cnnspec("check", "--statistics", "--format", "json", "bad.cnn", "clean.cnn")
    assert done.code == 1
    entry = {"code": "E0202", "severity": "error", "count": 1, "fixable": 0, "title": "unknown argument"}
    assert done.json == {"version": 1, "statistics": [entry]}


@pytest.mark.parametrize("form", ["github", "sarif"])
def test_statistics_are_no_annotations(form: str) -> None:
    done = cnnspec("check", "--statistics", "--format", form, "bad.cnn")
    assert (done.code, done.complaint) == (2, f"--statistics has no format `{form}`, only text, concise, json")


@pytest.mark.parametrize("option", ["--statistics", "--output-file=found.txt"])
def test_a_patch_holds_no_findings(option: str) -> None:
    done = cnnspec("check", "--diff", option, "bad.cnn")
    assert done.code == 2
    assert done.complaint.startswith("--diff shows a patch and no findings")


@pytest.mark.parametrize("form", ["text", "concise"])
def test_quiet_leaves_findings_only(form: str) -> None:
    loud = cnnspec("check", "--format", form, "bad.cnn", "clean.cnn").out
    quiet = cnnspec("check", "--format", form, "-q", "bad.cnn", "clean.cnn")
    assert quiet.code == 1
    assert "E0202" in quiet.out
    assert loud.startswith(quiet.out)
    assert loud.removeprefix(quiet.out).endswith("1 error\n")
    assert cnnspec("check", "--quiet", "--format", form, "clean.cnn") == (0, "", "")


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_quiet_makes_no_difference_to_programs(form: str) -> None:
    assert cnnspec("check", "-q", "--format", form, ".") == cnnspec("check", "--format", form, ".")


def test_exit_zero() -> None:
    assert cnnspec("check", "--exit-zero", "bad.cnn")[1:] == cnnspec("check", "bad.cnn")[1:]
    assert cnnspec("check", "--exit-zero", "bad.cnn").code == 0
    assert cnnspec("check", "--exit-zero", "--strict", "warned.cnn").code == 0
    assert cnnspec("check", "--exit-zero", "bad.cnn", "missing.cnn").code == 2


@pytest.mark.parametrize("options", [["--statistics"], *(["--format", form] for form in FORMATS)])
def test_an_output_file_holds_what_would_be_printed(options: list[str]) -> None:
    printed = cnnspec("check", *options, "bad.cnn", "clean.cnn")
    written = cnnspec("check", *options, "-o", "found.txt", "bad.cnn", "clean.cnn")
    assert written == (1, "", "")
    assert Path("found.txt").read_text() == printed.out
    assert cnnspec("check", *options, "-o", "-", "bad.cnn", "clean.cnn") == printed


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        ("no/such/x.txt", "cannot write no/such/x.txt: No such file or directory (there is no folder {}/no/such)"),
        ("./bad.cnn", "-o ./bad.cnn is the spec itself"),
        ("no/", "`no/` is no name of a file for -o"),
    ],
)
def test_output_files_that_cannot_be(output: str, complaint: str, folder: Path) -> None:
    done = cnnspec("check", "-o", output, "clean.cnn", "bad.cnn")
    assert (done.code, done.complaint) == (2, complaint.format(folder))
    assert Path("bad.cnn").read_text() == BAD


def test_an_output_file_takes_no_torch() -> None:
    program = (
        "import sys\n"
        "from cnnspec.cli.main import _run\n"
        "assert _run(['check', '-o', 'found.sarif', '--format', 'sarif', 'bad.cnn']) == 1\n"
        "print('torch' in sys.modules)\n"
    )
    assert process(program=program) == (0, "False\n", "")
