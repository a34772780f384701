"""Lines about data without quotes, and files and folders in the place of a kind of data."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnnspec
from cnnspec.compiler import BadOption, Options, check_source
from cnnspec.source import Source

NET = "network N {\n    input 3x8x8\n    flatten\n    linear 2\n}\n"


def help_of(text: str, data: str | None = None, name: str = "net.cnn") -> str | None:
    """Returns the help of the one mistake, which a line of a file or an option makes."""
    try:
        (found,) = check_source(Source(name, text), Options(data=data)).diagnostics
    except BadOption as refusal:
        return refusal.problem.help
    return found.help


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("folder, photos", 'folder, "photos"'),
        ("csv, a.csv, target=0", 'csv, "a.csv", target=0'),
        ('csv, "a.csv", target=price', 'csv, "a.csv", target="price"'),
        ("folder, data/photos, resize=8", 'folder, "data/photos", resize=8'),
        ("folder, path=photos", 'folder, path="photos"'),
        ("folder, /tmp/photos", 'folder, "/tmp/photos"'),
        ("folder photos", 'folder, "photos"'),
        ("folder ../photos, test=0.1", 'folder, "../photos", test=0.1'),
        ("csv, /a/b.csv, target=price", 'csv, "/a/b.csv", target="price"'),
    ],
)
def test_quotes_that_are_missing(data: str, expected: str) -> None:
    assert help_of(NET, data) == f"text stands in quotes: `--data '{expected}'`"


def test_every_remedy_is_read() -> None:
    for line in ('folder, "photos"', 'csv, "a.csv", target="price"', 'folder, "../photos", test=0.1'):
        check_source(Source("net.cnn", NET), Options(data=line))


@pytest.mark.parametrize(
    "data", ["mnist, resize=abc", "digits digits", 'folder, "a', "folder,", "mnst", "folder, (", 'folder, "a" b']
)
def test_other_mistakes_get_no_quotes(data: str) -> None:
    assert "quotes" not in (help_of(NET, data) or "")


def test_in_a_file() -> None:
    assert help_of(NET + "train {\n    data folder, photos\n}\n") == 'text stands in quotes: `data folder, "photos"`'


def test_a_name_that_is_nearly_known_is_that() -> None:
    found = check_source(Source("net.cnn", f'let photo = "p"\n{NET}train {{\n    data folder, photos\n}}\n')).diagnostics
    assert "did you mean `photo`?" in {item.help for item in found}


def test_in_yaml() -> None:
    text = "network: N\ninput: 3x8x8\nlayers: [flatten, linear: 2]\ntrain: {data: {folder: photos}}\n"
    assert help_of(text, name="net.yaml") == "text has quotes of its own in this notation: `'\"photos\"'`"
    repaired = text.replace("photos", "'\"photos\"'")
    assert check_source(Source("net.yaml", repaired)).diagnostics == ()


def test_a_folder_or_table_without_its_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "folder" not in (help_of(NET, "nowhere") or "").partition("known")[0]
    Path("photos").mkdir()
    assert help_of(NET, "photos") == "write `--data 'folder, \"photos\"'`"
    assert help_of(NET, "./photos") == "text stands in quotes: `--data 'folder, \"./photos\"'`"
    assert help_of(NET, "a.csv") == "write `--data 'csv, \"a.csv\"'`"
    assert help_of(NET, "b.npz") == "write `--data 'npz, \"b.npz\"'`"
    (tmp_path / "photos" / "inner").mkdir()
    assert help_of(NET + "train {\n    data inner\n}\n", name="photos/net.cnn") == 'write `data folder, "inner"`'


def test_in_python() -> None:
    with pytest.raises(cnnspec.SpecError, match="text stands in quotes: `data='folder, \"photos\"'`"):
        cnnspec.train(cnnspec.loads(NET), data="folder, photos")
