"""Imports between files: what is found is said once, in the file where it stands, and nothing outside of the folder is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnspec.compiler import Result, check_file

UNIT = "block Unit(channels) {\n    conv channels, kernel=3\n}\n"
NETWORK = "network N {\n    input 3x32x32\n    Unit 8\n}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a folder for specs, below one that they must not see."""
    (tmp_path / "secret.cnn").write_text(UNIT)
    inside = tmp_path / "specs"
    inside.mkdir()
    return inside


def check(folder: Path, main: str, **others: str) -> Result:
    """Returns what is found in `main.cnn` with other files `NAME.cnn` beside it."""
    for name, text in others.items():
        (folder / f"{name}.cnn").write_text(text)
    (folder / "main.cnn").write_text(main)
    return check_file(folder / "main.cnn")


def found(result: Result) -> list[tuple[str, int, str]]:
    """Returns file, line and message of everything found."""
    return [(Path(d.span.source.name).name, d.span.begin.line, d.message) for d in result.diagnostics]


def test_a_file_in_a_folder_below_imports_from_its_own(folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "unit.cnn").write_text(UNIT)
    (folder / "parts" / "all.cnn").write_text('import "unit.cnn"\nimport "../more.cnn"\n')
    result = check(folder, f'import "parts/all.cnn"\nimport "./parts/unit.cnn"\n{NETWORK}', more="let more = 3\n")
    assert found(result) == []
    assert [Path(source.name).name for source in result.networks[0].imported] == ["all.cnn", "unit.cnn", "more.cnn"]


@pytest.mark.parametrize("path", ["../secret.cnn", "parts/../../secret.cnn", "{parent}/secret.cnn", "/etc/hostname"])
def test_nothing_outside_of_the_folder_is_imported(folder: Path, path: str) -> None:
    (folder / "parts").mkdir()
    path = path.replace("{parent}", str(folder.parent))
    ((_, line, message),) = found(check(folder, f'import "{path}"\n{NETWORK}'))
    assert (line, message) == (1, f"`{path}` is outside of the folder that imports are read from")


def test_neither_by_links(folder: Path) -> None:
    (folder / "link.cnn").symlink_to("../secret.cnn")
    (folder / "up").symlink_to("..")
    (folder / "good.cnn").symlink_to("parts/unit.cnn")
    (folder / "parts").mkdir()
    (folder / "parts" / "unit.cnn").write_text(UNIT)
    (folder / "loop.cnn").symlink_to("loop.cnn")
    outside = "is outside of the folder that imports are read from"
    assert found(check(folder, f'import "link.cnn"\n{NETWORK}')) == [("main.cnn", 1, f"`link.cnn` {outside}")]
    assert found(check(folder, f'import "up/secret.cnn"\n{NETWORK}')) == [("main.cnn", 1, f"`up/secret.cnn` {outside}")]
    assert found(check(folder, f'import "good.cnn"\nimport "parts/unit.cnn"\n{NETWORK}')) == []
    ((_, _, message),) = found(check(folder, f'import "loop.cnn"\n{NETWORK}'))
    assert message.startswith("`loop.cnn` cannot be read: ")


def test_what_cannot_be_read(folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "latin.cnn").write_bytes("# Größe".encode("latin-1"))
    lines = ('import "parts"', 'import "latin.cnn"', 'import "untied.cnn"', 'import "part/unit.cnn"', 'import ""')
    result = check(folder, "\n".join((*lines, NETWORK)), united=UNIT)
    assert found(result) == [
        ("main.cnn", 1, "`parts` is a folder"),
        ("main.cnn", 2, "`latin.cnn` cannot be read: not UTF-8 text: byte 0xf6 at offset 4"),
        ("main.cnn", 3, "there is no file `untied.cnn`"),
        ("main.cnn", 4, "there is no file `part/unit.cnn`"),
        ("main.cnn", 5, "this is no name of a file"),
    ]
    assert [diagnostic.help for diagnostic in result.diagnostics[2:4]] == [
        "did you mean `united.cnn`?",
        "there is no folder `part` beside this file",
    ]


def test_cycles(folder: Path) -> None:
    cycle = "these files import each other: main.cnn -> a.cnn -> b.cnn -> main.cnn"
    main = f'import "a.cnn"\n{UNIT}{NETWORK}'
    result = check(folder, main, a='import "b.cnn"\n', b='\nimport "main.cnn"\nlet width = 3\n')
    assert found(result) == [("b.cnn", 2, cycle)]
    assert found(check(folder, f'import "./main.cnn"\n{UNIT}{NETWORK}')) == [("main.cnn", 1, "this file imports itself")]
    inner = check(folder, f'import "a.cnn"\n{NETWORK}', a='import "b.cnn"\n', b='import "a.cnn"\n')
    assert found(inner) == [("b.cnn", 1, "these files import each other: a.cnn -> b.cnn -> a.cnn")]


def test_mistakes_of_notation_are_said_once_in_their_file(folder: Path) -> None:
    broken = "block Unit(channels) {\n    conv channels kernel=3\n}\nlet wide 3\nblock Fine {\n    relu\n}\n"
    main = (
        'import "broken.cnn"\nimport "again.cnn"\nimport "./broken.cnn"\n'
        "network N {\n    input 3x32x32\n    Unit 8\n    Fine\n    Lost\n    conv wide, kernel=lost\n    conv 3, kernal=3\n}\n"
        "network M {\n    input 3x32x32\n    Unit 8 -> 8x30x30\n    conv 8, kernel=31\n}\n"
    )
    result = check(folder, main, broken=broken, again='import "broken.cnn"\n')
    assert [(file, line) for file, line, _ in found(result)] == [
        ("main.cnn", 10),
        ("main.cnn", 15),
        ("broken.cnn", 2),
        ("broken.cnn", 4),
    ]
    assert result.networks == ()


def test_mistakes_in_imported_blocks_show_the_call(folder: Path) -> None:
    parts = 'import "deep.cnn"\nblock Part {\n    Deep\n}\n'
    deep = "block Deep {\n    conv 8, kernel=33\n    rleu\n}\n"
    calls = "network N {\n    input 3x32x32\n    Part\n    Part\n}\nnetwork M {\n    input 3x32x32\n    Deep\n}\n"
    main = f'import "parts.cnn"\n{calls}'
    result = check(folder, main, parts=parts, deep=deep)
    assert [(file, line) for file, line, _ in found(result)] == [("deep.cnn", 2), ("deep.cnn", 3)]
    labels = [(Path(label.span.source.name).name, label.span.begin.line, label.text) for label in result.diagnostics[0].labels]
    assert labels == [("main.cnn", 4, "`Part` is called here"), ("parts.cnn", 3, "`Deep` is called here")]


def test_clashes(folder: Path) -> None:
    main = f'import "a.cnn"\nimport "b.cnn"\nlet width = 3\n{NETWORK}'
    result = check(folder, main, a=f"let width = 1\n{UNIT}", b=f"let width = 2\n{UNIT}")
    taken = "the name `{}` is already taken by {}"
    assert found(result) == [
        ("main.cnn", 3, taken.format("width", "a constant")),
        ("b.cnn", 1, taken.format("width", "a constant")),
        ("b.cnn", 2, taken.format("Unit", "another block")),
    ]


def test_a_yaml_file_is_imported_as_any_other(folder: Path) -> None:
    (folder / "unit.yaml").write_text(
        "block: Unit\nparams: {channels: }\nlayers: [{conv: {out_channels: channels, kernel: 3}}]\n"
    )
    assert found(check(folder, f'import "unit.yaml"\n{NETWORK}')) == []
