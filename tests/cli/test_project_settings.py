"""`[tool.cnnspec]` of pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import BAD, WARNED, cnnspec

from cnnspec.compiler import Options, Result, check_source
from cnnspec.source import Source


@pytest.fixture(autouse=True)
def files(folder: Path) -> None:
    Path("net.cnn").write_text(WARNED)


def configure(text: str) -> None:
    Path("pyproject.toml").write_text(f"[tool.cnnspec]\n{text}\n")


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("", [], 0),
        ("strict = true", [], 1),
        ("strict = false", ["--strict"], 1),
        ('strict = true\nignore = ["W0601"]', [], 0),
        ('strict = true\nignore = ["W06", "W05"]', [], 0),
        ('strict = true\nselect = ["W05"]', [], 0),
        ('strict = true\nselect = ["W05"]', ["--select", "W06"], 1),
        ('strict = true\nignore = ["W06"]', ["--ignore", "W05"], 1),
    ],
)
def test_settings_are_defaults(text: str, options: list[str], code: int) -> None:
    configure(text)
    assert cnnspec("check", *options, "net.cnn").code == code


def test_errors_stay_errors() -> None:
    configure('select = ["W05"]')
    Path("net.cnn").write_text(BAD)
    assert cnnspec("check", "net.cnn").code == 1


def test_the_nearest_file_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("strict = true")
    Path("a/b").mkdir(parents=True)
    monkeypatch.chdir("a/b")
    assert cnnspec("check", "../../net.cnn").code == 1
    Path("../pyproject.toml").write_text("[project]\n")
    assert cnnspec("check", "../../net.cnn").code == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[tool.cnnspec]\nstrict = "yes"', "`strict` in [tool.cnnspec] must be true or false"),
        ("[tool.cnnspec]\nstrict = 1", "`strict` in [tool.cnnspec] must be true or false"),
        ('[tool.cnnspec]\nselect = "W05"', '`select` in [tool.cnnspec] must be a list of codes, such as ["W0601"]'),
        ("[tool.cnnspec]\nmax-layers = true", "`max-layers` in [tool.cnnspec] must be a positive integer"),
        ("[tool.cnnspec]\nmax-layers = 0", "`max-layers` in [tool.cnnspec] must be a positive integer"),
        ("[tool.cnnspec]\nignore = [5]", '`ignore` in [tool.cnnspec] must be a list of codes, such as ["W0601"]'),
        ("[tool.cnnspec]\nrequire = 5", '`require` in [tool.cnnspec] must be a list of budgets, such as ["macs <= 1e9"]'),
        (
            "[tool.cnnspec]\nselct = []",
            "[tool.cnnspec] has no setting `selct` (it has: select, ignore, strict, require, max-layers)",
        ),
        ("[tool]\ncnnspec = true", "[tool.cnnspec] must be a table"),
        ("[tool.cnnspec", None),
        ("tool = 3\nstrict = \xff", None),
    ],
)
def test_settings_that_do_not_fit(text: str, complaint: str | None, folder: Path) -> None:
    Path("pyproject.toml").write_bytes(text.encode("latin-1"))
    done = cnnspec("check", "net.cnn")
    assert done.code == 2
    path = str(folder / "pyproject.toml")
    assert done.complaint.startswith(f"{path}: ")
    assert complaint is None or done.complaint == f"{path}: {complaint}"


@pytest.mark.parametrize(("text", "code"), [('ignore = ["E0301"]', 2), ('ignore = ["nonsense"]', 2)])
def test_codes_are_verified(text: str, code: int) -> None:
    configure(text)
    assert cnnspec("check", "net.cnn").code == code


def test_the_file_of_a_wrong_code_is_named() -> None:
    Path("pyproject.toml").write_text('[tool.cnnspec]\nignore = ["E0301"]\n')
    done = cnnspec("check", "net.cnn")
    assert (done.code, done.err.endswith("pyproject.toml: `E0301` is an error, and errors cannot be ignored\n")) == (2, True)


@pytest.mark.parametrize("command", ["check", "summary"])
def test_a_limit_on_layers_goes_to_all_commands(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def checked(source: Source, options: Options, root: Path | None = None) -> Result:
        seen.append(options.max_layers)
        return check_source(source)

    monkeypatch.setattr("cnnspec.cli.checking.check_source", checked)
    monkeypatch.setattr("cnnspec.cli.load.check_source", checked)
    configure("max-layers = 70")
    for options in ([], ["--max-layers", "5"]):
        assert cnnspec(command, *options, "net.cnn").code == 0
    Path("pyproject.toml").unlink()
    assert cnnspec(command, "net.cnn").code == 0
    assert seen == [70, 5, 250_000]


def test_other_commands_read_them_too() -> None:
    configure("nonsense = 1")
    assert "has no setting `nonsense`" in cnnspec("summary", "net.cnn").complaint
