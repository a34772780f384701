"""Mistakes that students make: the fixes make each file pass, and what is left as it was would be seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from spec_page import Block, blocks

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.fixes import fix_all
from cnnspec.source import Source

PAGE = (Path(__file__).parent / "students.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: blocks(part) for part in PAGE.split("\n### ")[1:]}


def found(source: Source) -> tuple[Diagnostic, ...]:
    return check_source(source).diagnostics


def errors(diagnostics: tuple[Diagnostic, ...] | list[Diagnostic]) -> list[str]:
    return [mistake.code for mistake in diagnostics if mistake.is_error]


def left(block: Block) -> list[str]:
    """Returns the errors that `check --fix --unsafe-fixes` leaves."""
    return errors(list(fix_all(Source(block.file, block.bare), found, unsafe=True)[2]))


@pytest.mark.parametrize("title", SECTIONS)
def test_each_mistake_has_a_fix(title: str) -> None:
    (block,) = SECTIONS[title]
    assert errors(found(Source(block.file, block.bare))) != []
    assert left(block) == []


def test_there_are_many_of_them() -> None:
    assert len(SECTIONS) >= 50


def test_a_mistake_without_a_fix_would_be_seen() -> None:
    assert left(Block(1, "cnn", "", "network N {\n    input 3x8x8\n    Nowhere 64\n}\n")) == ["E0201"]
