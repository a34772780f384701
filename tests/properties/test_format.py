"""Whatever a text looks like: its canonical layout reads as the same tree, keeps all comments, and is its own layout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import documents

from cnnspec.source import Source
from cnnspec.syntax.format import format_text
from cnnspec.syntax.lexer import Token, tokens
from cnnspec.syntax.parse import parse
from cnnspec.syntax.print import print_document
from cnnspec.syntax.tree import Document

ROOT = Path(__file__).parents[2]
COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|(#[^\n]*)')
blanks = st.sampled_from(("", " ", "  ", "\t", " " * 9))
comments = st.text(st.characters(blacklist_characters="\n", blacklist_categories=("Cs",)), max_size=6).map("#{}".format)
ends = st.one_of(blanks, st.builds(lambda blank, text: f"{blank}{text}", blanks, comments))


@st.composite
def untidy_texts(draw: st.DrawFn) -> str:
    """Returns a text without mistakes whose blanks, blank lines and comments stand anywhere where they may."""
    text = print_document(draw(documents))
    found, last, brackets = "", 0, 0
    before: Token | None = None
    for token in tokens(Source("printed.cnn", text), 0, len(text), lambda *_: None, []):
        gap = text[last : token.span.start]
        if token.type == "NEWLINE" or "\n" in gap:
            gap = "\n".join([f"{gap.strip()}{draw(ends)}", *draw(st.lists(ends, max_size=3)), draw(blanks)])
        elif brackets > 0 and before is not None and before.type in ("COMMA", "LPAR", "LSQB"):
            gap = (
                "\n".join([draw(ends), *draw(st.lists(ends, max_size=1)), draw(blanks)])
                if draw(st.booleans())
                else draw(blanks)
            )
        elif gap.isspace():
            gap = " " + draw(blanks)
        found += gap + ("" if token.type == "NEWLINE" else token.span.text)
        last, before = token.span.end, token
        brackets += {"LPAR": 1, "LSQB": 1, "LCALL": 1, "RPAR": -1, "RSQB": -1, "LHOLE": -999, "RHOLE": 999}.get(token.type, 0)
    return found


def read(text: str) -> Document:
    document, mistakes = parse(Source("any.cnn", text))
    assert mistakes == []
    return document


def comments_in(text: str) -> list[str]:
    return [match[1].rstrip() for match in COMMENT.finditer(text) if match[1]]


@given(untidy_texts())
@settings(max_examples=200)
def test_the_layout_changes_neither_tree_nor_comments(text: str) -> None:
    tidy = format_text(Source("any.cnn", text))
    assert repr(read(tidy)) == repr(read(text))
    assert comments_in(tidy) == comments_in(text)
    assert format_text(Source("any.cnn", tidy)) == tidy
    assert all(line == line.rstrip() for line in tidy.split("\n"))
    assert "\n\n\n" not in tidy


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.cnn")), ids=lambda path: path.stem)
def test_the_zoo_is_in_canonical_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert format_text(Source(path.name, text)) == text


def test_the_comparisons_can_fail() -> None:
    assert repr(read("let a = 1\n")) != repr(read("let a = 1.0\n"))
    assert comments_in('let a = "#"  # one\n') == ["# one"] != comments_in("let a = 1\n")
