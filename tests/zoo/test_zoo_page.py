"""What docs/zoo.md prints is what the specs have, and every published network below specs/ is on the page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import cnnspec

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "zoo.md").read_text(encoding="utf-8")
ZOO = re.compile(r"^\| `([\w.]+)` \|(?:[^|]*\|){2} ([\dx, ]+) \| ([\d,]+) \| ([\d,]+) \|$", re.MULTILINE)
COUNTS = re.compile(r"^\| `([\w.]+)` \| (`.*`)? ?\| ([\d,]+) \|", re.MULTILINE)
COMPARED = re.compile(r"^\| (\w+) \| `([\w.]+)` \|.*\| (\S+) \| (\S+) \| (\S+) \|$", re.MULTILINE)


def settings(text: str) -> dict[str, object]:
    """Returns what `a=1`, `b=[2, 3]` sets."""
    pairs = (match.partition("=") for match in re.findall(r"`([^`]*)`", text))
    return {name: json.loads(value) for name, _, value in pairs}


def test_figures_of_the_zoo() -> None:
    rows = ZOO.findall(PAGE)
    assert len(rows) >= 30
    for file, inputs, parameters, macs in rows:
        net = cnnspec.load(ROOT / "specs" / file)
        shapes = ", ".join(str(entry.shape) for entry in net.checked.inputs)
        assert (shapes, f"{net.parameters:,}", f"{net.macs:,}") == (inputs, parameters, macs), file


def test_counts_of_others() -> None:
    rows = COUNTS.findall(PAGE)
    assert len(rows) >= 15
    for file, given, parameters in rows:
        assert f"{cnnspec.load(ROOT / 'specs' / file, **settings(given)).parameters:,}" == parameters, file


def test_differences_from_torchvision_are_those_that_are_allowed() -> None:
    rows = COMPARED.findall(PAGE)
    recorded = {path.stem for path in (ROOT / "tests" / "zoo" / "torchvision").glob("*.json")}
    assert {name for name, *_ in rows} == recorded
    for name, _, built, generated, changed in rows:
        assert max(float(built), float(generated)) <= 1e-5 < float(changed), name


def test_every_spec_is_on_the_page() -> None:
    files = {path.name for path in (ROOT / "specs").glob("*.cnn")}
    assert {file for file in files if f"`{file}`" not in PAGE} == set()
    assert all((ROOT / "specs" / file).exists() for file in re.findall(r"`(\w+\.cnn)`", PAGE))


def test_the_first_lines_of_a_spec_count_its_parameters() -> None:
    """Each says how many it has, with commas."""
    for file in {file for file, *_ in ZOO.findall(PAGE)}:
        path = ROOT / "specs" / file
        header = path.read_text(encoding="utf-8").partition("\nblock")[0].partition("\nnetwork")[0]
        assert f"{cnnspec.load(path).parameters:,}" in header, file
