"""Every spec that the documentation shows is one that the checker takes without a word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(cnn|yaml|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def examples(pages: list[Path]) -> list[tuple[str, str, str]]:
    """Returns where each example stands, its notation and its text."""
    return [
        (f"{page.name}:{text.count(chr(10), 0, match.start()) + 1}", match[1], match[2])
        for page in pages
        for text in [page.read_text(encoding="utf-8")]
        for match in FENCED.finditer(text)
    ]


def mistakes(notation: str, text: str) -> list[str]:
    """Returns what the checker says about an example."""
    return [diagnostic.message for diagnostic in check_source(Source(f"example.{notation}", text)).diagnostics]


@pytest.mark.parametrize(("place", "notation", "text"), examples(PAGES), ids=[place for place, _, _ in examples(PAGES)])
def test_examples_are_clean(place: str, notation: str, text: str) -> None:
    assert mistakes(notation, text) == [], place


def test_there_are_examples_and_a_mistake_would_be_seen() -> None:
    assert len(examples(PAGES)) > 10
    text = "network N {\n    input 3x8x8\n    linear 10\n}\n"
    assert mistakes("cnn", text) == ["`linear` needs a flat value, but 3x8x8 arrives"]
