"""The reference of the words that are no layers: structure, and what merges values. One page for each, in `words/`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cnnspec.layers.merges import MERGES, Merge

PAGES = Path(__file__).parent / "words"
BESIDE = {"else": "if", "elif": "if", "shortcut": "residual"}  # words that stand on the page of another
USAGE = "{ ... }, or labelled values"


def words() -> list[str]:
    """Returns all words that have a page."""
    return sorted(page.stem for page in PAGES.glob("*.md"))


def word_page(word: str) -> str | None:
    """Returns the page of a word, of a merge with the shape that comes out; None where there is no such word."""
    name = BESIDE.get(word, word)
    if name not in words():
        return None
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8").rstrip("\n")
    return f"{page}\n\nOutput shape  {MERGES[name].formula}" if name in MERGES else page


def merge_list() -> str:
    """Returns the merges as the list of layers shows a family."""
    return "merges\n" + "\n".join(f"  {keyword} {USAGE}" for keyword in MERGES)


def merge_list_markdown() -> str:
    """Returns the merges as a section of Markdown."""
    sections = (
        "\n".join([f"### `{keyword}`", "", _about(merge), "", f"Output shape: {merge.formula}.", "", *_examples(merge)])
        for keyword, merge in MERGES.items()
    )
    return "\n\n".join(["## Merges", *sections])


def merge_facts() -> list[dict[str, Any]]:
    """Returns what the reference says of merges as plain data, with the keys that layers have."""
    return [
        {
            "keyword": keyword,
            "family": "merges",
            "description": _about(merge),
            "arguments": [],
            "output": merge.formula,
            "examples": list(merge.examples),
            "torch": [],
        }
        for keyword, merge in MERGES.items()
    ]


def _about(merge: Merge) -> str:
    return (type(merge).__doc__ or "").strip()


def _examples(merge: Merge) -> list[str]:
    return ["```", *merge.examples, "```"]
