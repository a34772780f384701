"""Real mistakes from forums and issue trackers: each with its source, the line at fault, and the network as it works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from spec_page import QUOTED, Block, blocks

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.edits import apply_edits
from cnnspec.diagnostics.fixes import fix_all, with_verified_fixes
from cnnspec.source import Source

PAGES = sorted((Path(__file__).parent / "real").glob("*.md"))
SOURCE = re.compile(r"\]\((https://[^)]+)\)")


NO_FIX: dict[str, str] = {}  # headings of mistakes that no change of the file can put right, each with the reason


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


def found(source: Source) -> tuple[Diagnostic, ...]:
    return check_source(source).diagnostics


def reports() -> dict[str, Block]:
    """Returns the network as it was reported of each section, by its heading."""
    pages = [path.read_text(encoding="utf-8") for path in PAGES]
    return {heading: blocks(text)[0] for page in pages for heading, text in sections(page).items()}


def left(block: Block) -> list[str]:
    """Returns the mistakes that `check --fix --unsafe-fixes` leaves; warnings count where the report is about one."""
    source = Source(block.file, block.bare)
    _, _, diagnostics = fix_all(source, found, unsafe=True)
    reported = {finding.code for finding in found(source)}
    is_about_warnings = not block.claims_errors
    return [mistake.code for mistake in diagnostics if mistake.is_error or (is_about_warnings and mistake.code in reported)]


def untold(block: Block) -> list[str]:
    """Returns the messages of errors whose help does not say what a fix of theirs writes."""
    source = Source(block.file, block.bare)
    errors = [mistake for mistake in with_verified_fixes(source, found(source), found) if mistake.is_error]
    return [mistake.message for mistake in errors if not _is_told(mistake, source)]


def _is_told(mistake: Diagnostic, source: Source) -> bool:
    """Returns whether a piece of code in the help is what a fix writes, or what it drops."""
    told = QUOTED.findall(mistake.help or "")
    texts = [apply_edits(source.text, fix.edits) for fix in mistake.fixes]
    return any(_count(piece, text) != _count(piece, source.text) for text in texts for piece in told)


def _count(piece: str, text: str) -> int:
    """Returns how often a piece of code occurs in a text, as whole words."""
    return len(re.findall(rf"(?<!\w){re.escape(piece)}(?!\w)", text))


@pytest.mark.parametrize("heading", sorted(reports()))
def test_each_report_is_mended_by_the_fixes(heading: str) -> None:
    assert (left(reports()[heading]) != []) == (heading in NO_FIX)


def test_what_is_not_mended_would_be_seen() -> None:
    block = Block(
        1, "cnn", "", "network N {\n    input 3x4x4\n    require parameters <= 1  # error[E0340]\n    conv 8, kernel=3\n}\n"
    )
    assert left(block) != []
    assert untold(block) != []


@pytest.mark.parametrize("heading", sorted(reports()))
def test_each_help_says_what_a_fix_writes(heading: str) -> None:
    assert heading in NO_FIX or untold(reports()[heading]) == []
