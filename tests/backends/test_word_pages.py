"""The pages of the words of the language: every word has one, and their examples are specs without any finding."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnnspec.backends.reference import WIDTH, layer_facts, layer_list, layer_list_markdown, nearest_topic, topics
from cnnspec.backends.reference_words import BESIDE, PAGES, word_page, words
from cnnspec.compiler import check_file
from cnnspec.layers.merges import MERGES
from cnnspec.layers.registry import lookup
from cnnspec.syntax.lexer import STRUCTURE_WORDS

_EXAMPLE = re.compile(r"^(?:Example|`([\w.]+)`):\n\n```cnn\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def findings(page: str, folder: Path) -> list[str]:
    """Returns what the compiler says of the example of a page; files that it needs stand before it under their names."""
    examples = _EXAMPLE.findall(page)
    assert len(examples) == page.count("```cnn") > 0
    for name, text in examples:
        (folder / (name or "example.cnn")).write_text(text)
    result = check_file(folder / "example.cnn")
    assert result.networks or result.diagnostics
    return [diagnostic.code for diagnostic in result.diagnostics]


def test_every_word_of_the_language_has_a_page() -> None:
    assert {*words(), *BESIDE} == STRUCTURE_WORDS.keys()
    assert [word for word in words() if lookup(word) is not None] == []


@pytest.mark.parametrize("word", words())
def test_examples_have_no_finding_and_use_their_word(word: str, tmp_path: Path) -> None:
    page = word_page(word)
    assert page is not None
    assert findings(page, tmp_path) == []
    assert re.search(rf"^ *(?:\w+: )?{word}\b", _EXAMPLE.findall(page)[-1][1], re.MULTILINE)


def test_the_check_of_examples_can_fail(tmp_path: Path) -> None:
    page = word_page("if")
    assert page is not None
    assert findings(page.replace("batchnorm", "batchnrm"), tmp_path) == ["E0201"]


@pytest.mark.parametrize("word", words())
def test_page_is_fit_for_a_terminal(word: str) -> None:
    page = (PAGES / f"{word}.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    assert re.fullmatch(rf"# {word}: [a-z].*[^.]", lines[0])
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []
    assert page.isascii()
    assert page.endswith("\n")


def test_merges_say_what_shape_comes_out() -> None:
    for keyword, merge in MERGES.items():
        page = word_page(keyword)
        assert page is not None
        assert page.endswith(f"Output shape  {merge.formula}")


def test_words_beside_others() -> None:
    assert word_page("else") == word_page("if")
    assert word_page("nothing") is None
    assert nearest_topic("repaet") == "repeat"


def test_lists_have_the_merges() -> None:
    facts = {fact["keyword"]: fact for fact in layer_facts()}
    keys = facts["conv"].keys()
    for keyword in MERGES:
        assert f"\n  {keyword} " in layer_list()
        assert f"### `{keyword}`" in layer_list_markdown()
        assert facts[keyword].keys() == keys
    assert all(word in topics() for word in words())
