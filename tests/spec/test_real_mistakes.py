"""Real mistakes from forums and issue trackers: each with its source, the line at fault, and the network as it works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_page import blocks

PAGES = sorted((Path(__file__).parent / "real").glob("*.md"))
SOURCE = re.compile(r"\]\((https://[^)]+)\)")


def sections(page: str) -> dict[str, str]:
    """Returns the text of each section under its heading."""
    return {heading: text for heading, _, text in (part.partition("\n") for part in page.split("\n## ")[1:])}


def incomplete(page: str) -> list[str]:
    """Returns the sections that lack a source, a network with a finding, or its repaired version."""
    return [heading for heading, text in sections(page).items() if not _is_complete(text)]


def _is_complete(section: str) -> bool:
    found = blocks(section)
    claims = len(found) == 2 and ("# error[" in found[0].text or "# warning[" in found[0].text)
    return claims and found[1].is_repaired and len(SOURCE.findall(section)) == 1


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_report_has_a_source_a_mistake_and_a_repair(path: Path) -> None:
    assert incomplete(path.read_text(encoding="utf-8")) == []


def test_a_report_without_its_source_would_be_seen() -> None:
    page = PAGES[0].read_text(encoding="utf-8")
    first = next(iter(sections(page)))
    assert incomplete(SOURCE.sub("](nowhere)", page, count=1)) == [first]
    assert incomplete(page.replace("```cnn repaired", "```cnn", 1)) == [first]
    assert incomplete(page.replace("  # error[", "  # ", 1)) == [first]


def test_there_are_many_different_reports() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PAGES)
    sources, told = SOURCE.findall(text), [block for block in blocks(text) if block.is_told]
    assert len(set(sources)) == len(sources) == text.count("\n## ") >= 60
    assert len(told) >= 25
