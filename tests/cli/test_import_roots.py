"""Where `cnnspec check` reads imports from: the folder that is named, or that of the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import cnnspec

from cnnspec.cli.files import Target, specs

BLOCK = "block Unit(channels) {\n    conv channels, kernel=3\n    relu\n}\n"
NETWORK = 'import "../blocks.cnn"\n\nnetwork Net {\n    input 3x8x8\n    Unit 4\n    flatten\n    linear 10\n}\n'


@pytest.fixture(autouse=True)
def _models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models" / "small").mkdir(parents=True)
    (tmp_path / "models" / "blocks.cnn").write_text(BLOCK)
    (tmp_path / "models" / "small" / "net.cnn").write_text(NETWORK)


@pytest.mark.parametrize(
    "named",
    [
        ["models"],
        ["models/"],
        ["."],
        [],
        ["models/small", "models"],
        ["models", "models/small"],
        ["models/small/net.cnn", "."],
    ],
)
def test_files_in_a_folder_import_from_all_of_it(named: list[str]) -> None:
    done = cnnspec("check", *named)
    assert done.code == 0, done.out
    assert "Net 3x8x8 -> 10" in done.out


@pytest.mark.parametrize("named", ["models/small/net.cnn", "models/small"])
def test_a_file_alone_imports_from_its_own_folder(named: str) -> None:
    done = cnnspec("check", named)
    assert done.code == 1
    assert "`../blocks.cnn` is outside of the folder that imports are read from" in done.out
    assert "imports are read from the folder `models/small` and below; `cnnspec check models` checks" in done.out


def test_the_advice_helps_where_the_folder_is_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("models/small")
    assert "imports are read from this folder and below; `cnnspec check ..` checks" in cnnspec("check", "net.cnn").out
    assert cnnspec("check", "..").code == 0


def test_the_advice_helps_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("models/small")
    done = cnnspec("check", "link/net.cnn")
    assert f"`cnnspec check {(tmp_path / 'models').resolve().as_posix()}` checks" in done.out


def test_nothing_outside_of_the_folder_is_read() -> None:
    Path("blocks.cnn").write_text(BLOCK)
    Path("models/small/net.cnn").write_text(NETWORK.replace("../", "../../"))
    done = cnnspec("check", "models")
    assert done.code == 1
    assert "`../../blocks.cnn` is outside" in done.out


def test_fixes_are_tried_with_the_same_imports() -> None:
    Path("models/small/net.cnn").write_text(NETWORK.replace("linear 10", "linear 10, in_features=100"))
    assert cnnspec("check", "--fix", "--unsafe-fixes", "models").code == 0
    assert "in_features=4*6*6" in Path("models/small/net.cnn").read_text()


def test_the_outermost_folder_counts() -> None:
    small = Path("models/small/net.cnn")
    assert Target(small, Path("models")) in specs(["models/small", "models"])
    assert Target(small, Path("models")) in specs(["models", "models/small"])
    assert Target(small, Path("models/small")) in specs(["models/small"])
    assert specs(["models/small/net.cnn"]) == [Target(small)]
