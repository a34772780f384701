"""The house rules that a program can check: size of files, names, READMEs, nothing of anybody's machine."""

from __future__ import annotations

import re
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "cnnspec"
MODULES = sorted(PACKAGE.glob("**/*.py"))
CONCEPTS = [
    "diagnostics",
    "values",
    "declarations",
    "layers",
    "recipe",
    "syntax",
    "network",
    "backends",
    "training",
    "api",
    "cli",
]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
MACHINE = re.compile(r"/(?:work|root|home|Users|opt)/[A-Za-z]")


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def tracked() -> list[Path]:
    """Returns the files of the repository, or of the source tree where there is no repository."""
    run = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False)
    if run.returncode == 0:
        return [ROOT / name for name in run.stdout.split("\0") if name and (ROOT / name).is_file()]
    return [path for path in ROOT.glob("**/*") if path.is_file() and not {".venv", "__pycache__"} & set(path.parts)]


def test_no_file_is_long() -> None:
    assert [f"{path.relative_to(ROOT)}: {lines(path)}" for path in MODULES if lines(path) > 400] == []


def test_files_are_short() -> None:
    assert statistics.median(map(lines, MODULES)) <= 150


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in MODULES if path.stem in VAGUE or path.parent.name in VAGUE] == []


@pytest.mark.parametrize("folder", CONCEPTS)
def test_every_concept_has_a_short_readme(folder: str) -> None:
    assert 5 <= lines(PACKAGE / folder / "README.md") <= 60


def test_every_module_says_what_it_is() -> None:
    assert [path for path in MODULES if not path.read_text(encoding="utf-8").startswith('"""')] == []


@pytest.mark.parametrize("folder", ["layers", "recipe"])
def test_declarations_keep_their_annotations(folder: str) -> None:
    """See cnnspec/declarations/declaration.py: strings for annotations cost a tenth of a start."""
    modules = {path.name: path.read_text(encoding="utf-8") for path in (PACKAGE / folder).glob("*.py")}
    declaring = {name: text for name, text in modules.items() if "(Layer)" in text or "(Declaration)" in text}
    assert declaring
    assert [name for name, text in declaring.items() if "from __future__ import annotations" in text] == []


def test_nothing_speaks_of_one_machine() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if path != Path(__file__):
            found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in MACHINE.finditer(text)]
    assert found == []
