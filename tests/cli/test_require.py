"""`cnnspec check --require`, and `require` in pyproject.toml: budgets from outside of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import BAD, CLEAN, YAML, cnnspec

MET = "macs <= 2736, parameters == 1490"
MISSED = "macs < 2736"


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("net.cnn").write_text(CLEAN.replace(" -> 4x6x6", ""))


def test_budgets_that_are_met() -> None:
    done = cnnspec("check", "net.cnn", "--require", MET, "--require", "receptive_field >= 3")
    assert (done.code, done.err) == (0, "")
    assert done.out == cnnspec("check", "net.cnn").out


def test_a_budget_that_is_missed() -> None:
    done = cnnspec("check", "net.cnn", "--require", f"{MET}, {MISSED}")
    assert done.code == 1
    assert done.out.splitlines() == [
        "error[E0225]: `macs < 2736` does not hold: `macs` is 2,736",
        " --> net.cnn:1:9",
        "  |",
        "1 | network Net(classes=10, width=4) {",
        "  |         ^^^",
        "  = note: most of `macs`: `3` 1,440 (53 %), `0` 1,296 (47 %)",
        "  = note: `--require` asks for `macs < 2736`",
        "",
        "1 error",
    ]


def test_the_same_as_in_the_file() -> None:
    """What stands in the file is told where it stands, with the same words."""
    outside = cnnspec("check", "net.cnn", "--require", MISSED, "--format", "json").json["diagnostics"]
    Path("net.cnn").write_text(Path("net.cnn").read_text().replace("    linear", f"    require {MISSED}\n    linear"))
    inside = cnnspec("check", "net.cnn", "--format", "json").json["diagnostics"]
    assert [item["message"] for item in outside] == [item["message"] for item in inside]
    assert (outside[0]["line"], inside[0]["line"]) == (1, 6)
    assert outside[0]["notes"][:-1] == inside[0]["notes"]


@pytest.mark.parametrize(
    ("quantity", "value"),
    [("parameters", 1490), ("macs", 2736), ("weight_memory", 5960), ("receptive_field", 8)],
)
def test_all_quantities(quantity: str, value: int) -> None:
    assert cnnspec("check", "net.cnn", "--require", f"{quantity} <= {value}").code == 0
    done = cnnspec("check", "net.cnn", "--require", f"{quantity} < {value}")
    assert done.code == 1
    assert f"`{quantity}` is {value:,}" in done.out


def test_activation_memory() -> None:
    value = cnnspec("summary", "net.cnn", "--format", "json").json["activation_memory"]
    assert cnnspec("check", "net.cnn", "--require", f"activation_memory <= {value}").code == 0
    assert cnnspec("check", "net.cnn", "--require", f"activation_memory < {value}").code == 1


@pytest.mark.parametrize(
    ("form", "word"), [("concise", "net.cnn:1:9: E0225"), ("github", "::error file=net.cnn,line=1"), ("sarif", "E0225")]
)
def test_all_formats(form: str, word: str) -> None:
    done = cnnspec("check", "net.cnn", "--require", MISSED, "--format", form)
    assert done.code == 1
    assert word in done.out


def test_every_network_of_every_file() -> None:
    Path("small.yaml").write_text(YAML)
    done = cnnspec("check", "net.cnn", "small.yaml", "--require", "parameters <= 5", "--format", "concise")
    assert [line.split(": ")[0] for line in done.out.splitlines()[:2]] == ["net.cnn:1:9", "small.yaml:1:10"]
    assert cnnspec("check", "small.yaml", "--require", "parameters <= 10").code == 0


def test_each_input_in_turn() -> None:
    done = cnnspec("check", "net.cnn", "--require", MET, "--input", "1x8x8", "--input", "1x9x9")
    assert done.code == 1
    assert done.out.count("= note: with `--input 1x9x9`") == 2
    assert "1x8x8" not in done.out.partition("net.cnn: Net")[0]


def test_what_is_the_same_with_each_input_is_told_once() -> None:
    Path("net.cnn").write_text("network N {\n input 1x8x8\n conv 2, kernel=1\n global_avgpool\n}\n")
    done = cnnspec("check", "net.cnn", "--require", "parameters < 4", "--input", "1x8x8", "--input", "1x9x9")
    assert (done.code, done.out.count("E0225")) == (1, 1)
    assert "  = note: with each `--input`\n" in done.out


def test_programs_read_the_input_of_each_finding() -> None:
    Path("net.cnn").write_text("network N {\n input 1x8x8\n maxpool 2\n conv 2, kernel=5\n cnov 2, kernel=1\n}\n")
    asked = ("--format", "json", "--input", "1x8x8", "--input", "1x12x13")
    found = {fact["code"]: fact["input"] for fact in cnnspec("check", "net.cnn", *asked).json["diagnostics"]}
    assert found == {"E0305": "1x8x8", "E0201": ["1x8x8", "1x12x13"]}
    alone = cnnspec("check", "net.cnn", *asked[:4]).json["diagnostics"]
    assert [fact["input"] for fact in alone] == ["1x8x8", "1x8x8"]
    assert all("input" not in fact for fact in cnnspec("check", "net.cnn", *asked[:2]).json["diagnostics"])


def test_mistakes_come_first() -> None:
    Path("net.cnn").write_text(BAD)
    done = cnnspec("check", "net.cnn", "--require", "parameters <= 0")
    assert "E0225" not in done.out
    assert done.code == 1


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("macs <=", ["error[E0101]: unexpected end of the value", " --> --require:1:8", "1 | macs <="]),
        ("macs <= 1e9,", ["error[E0101]: unexpected end of the value", " --> --require:1:13"]),
        ("macs < 1, mcas <= 5", ["error[E0206]: unknown name `mcas`", " --> --require:1:11", "  = help: did you mean `macs`?"]),
        ("macs <= lots", ["error[E0206]: unknown name `lots`"]),
        ("macs <= classes", ["error[E0206]: unknown name `classes`"]),  # a name of the file, which is not seen from outside
        ("macs", ["error[E0207]: a budget compares one of `parameters`, `macs`, `receptive_field`, `weight_memory`,"]),
        ("5 < 6", ["error[E0207]: a budget compares one of"]),
        ('macs <= "much"', ['error[E0207]: `"much"` is not a number']),
        ("macs <= 3 $", ["error[E0103]: `$` means nothing here", " --> --require:1:11"]),
        ("", ["error[E0101]: unexpected end of the value"]),
    ],
)
@pytest.mark.parametrize("file", ["net.cnn", "bad.cnn"])
def test_budgets_that_cannot_be_read(text: str, lines: list[str], file: str) -> None:
    """Before any file is read, and whatever is in it."""
    Path("bad.cnn").write_text(BAD)
    done = cnnspec("check", file, "--require", text, "--format", "json")
    assert (done.code, done.out) == (2, "")
    for line in lines:
        assert line in done.err


def test_budgets_of_a_project() -> None:
    Path("pyproject.toml").write_text(f'[tool.cnnspec]\nrequire = [\n    "{MET}",\n    "{MISSED}",\n]\n')
    done = cnnspec("check", "net.cnn")
    assert done.code == 1
    assert f"pyproject.toml` asks for `{MISSED}`" in done.out
    assert cnnspec("check", "net.cnn", "--require", MET).code == 0  # the option replaces them, as others do


def test_budgets_of_a_project_that_cannot_be_read(folder: Path) -> None:
    Path("pyproject.toml").write_text('[tool.cnnspec]\nrequire = ["macs <= 1e9, parameter <= 3"]\n')
    done = cnnspec("check", "net.cnn")
    assert (done.code, done.out) == (2, "")
    assert f" --> {folder}/pyproject.toml:2:26\n" in done.err
    Path("pyproject.toml").write_text('[tool.cnnspec]\nrequire = ["macs \\u003c= lots"]\n')  # an escape: there is no such place
    assert f" --> {folder}/pyproject.toml:1:9\n" in cnnspec("check", "net.cnn").err


def test_budgets_stay_out_of_fixes() -> None:
    done = cnnspec("check", "net.cnn", "--require", MISSED, "--diff")
    assert (done.code, done.out) == (0, "")
    before = Path("net.cnn").read_text()
    assert cnnspec("check", "net.cnn", "--require", MISSED, "--fix", "--unsafe-fixes").code == 1
    assert Path("net.cnn").read_text() == before
