"""The pages of settings and their kinds, as `cnnspec explain` prints them."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import torch

from cnnspec.backends.reference import WIDTH, nearest_topic, topic_names
from cnnspec.backends.reference_settings import setting_page, setting_words
from cnnspec.compiler import check_source
from cnnspec.declarations.declaration import Declaration
from cnnspec.recipe.recipe import SETTINGS, Recipe
from cnnspec.source import Source

KINDS = [(setting, kind) for setting, table in SETTINGS.items() for kind in (table or {}).values()]
NETWORK = "network N {\n input 3x32x32\n features: flatten\n linear 10\n}\n"


@pytest.mark.parametrize("word", setting_words())
def test_every_page_fits_a_terminal(word: str) -> None:
    page = setting_page(word)
    assert page is not None
    assert [line for line in page.splitlines() if len(line) > WIDTH or line != line.rstrip()] == []
    assert word in topic_names()


@pytest.mark.parametrize(("setting", "kind"), KINDS)
def test_a_page_names_all_arguments_and_what_torch_has(setting: str, kind: type[Declaration]) -> None:
    page = setting_page(kind.keyword)
    assert page is not None
    assert f"\n{setting} {kind.keyword}" in f"\n{page}"
    assert all(re.search(rf"^  {name} ", page, re.MULTILINE) for name in kind.model_fields)
    for path in re.findall(r"^PyTorch  (\S+)$", page, re.MULTILINE):
        found = torch
        for name in path.split("."):
            found = getattr(found, name)
        assert callable(found)


@pytest.mark.parametrize(("setting", "kind"), KINDS)
def test_examples_are_lines_that_can_be_read(setting: str, kind: type[Declaration]) -> None:
    for example in kind.examples:
        source = Source("test.cnn", f"{NETWORK}\ntrain {{\n {example}\n}}\n")
        unread = {"E0401", "E0202", "E0203", "E0204", "E0205", "E0206", "E0207"}
        assert unread.isdisjoint(item.code for item in check_source(source).diagnostics), example


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_says_what_it_means(name: str) -> None:
    page, meaning = setting_page(name), Recipe.model_fields[name].description
    assert page is not None
    assert meaning
    assert " ".join(meaning.split()) in " ".join(page.split())


@pytest.mark.parametrize("name", [name for name, kinds in SETTINGS.items() if kinds is None])
def test_examples_of_a_setting_are_lines_that_change_it(name: str) -> None:
    """Each of them is read as another value than the one that a recipe has without it."""
    page, examples = setting_page(name), Recipe.model_fields[name].examples or []
    assert page is not None
    assert examples
    for example in examples:
        assert f"\n  {example}\n" in f"{page}\n"
        text = (
            "network N {\n input 1x8x8\n stem: conv 4, kernel=3\n features: {\n  conv 4, kernel=3\n }\n flatten\n linear 10\n}"
        )
        result = check_source(Source("test.cnn", f"{text}\ntrain {{\n {example}\n}}\n"))
        assert result.diagnostics == ()
        assert result.last.recipe is not None
        assert getattr(result.last.recipe, name) != getattr(Recipe(), name)


def test_a_wrong_example_would_be_found() -> None:
    source = Source("test.cnn", f"{NETWORK}\ntrain {{\n schedule cosine, warm=2\n}}\n")
    assert "E0202" in {item.code for item in check_source(source).diagnostics}


def test_a_setting_lists_its_kinds() -> None:
    page = setting_page("schedule")
    assert page is not None
    assert all(f"\n  {word}  " in page for word in SETTINGS["schedule"] or ())
    assert setting_page("nothing") is None


def test_a_kind_of_two_settings_has_both_pages() -> None:
    page = setting_page("constant")
    assert page is not None
    assert "schedule constant" in page
    assert "init constant, val" in page


def test_explain() -> None:
    command = [sys.executable, "-m", "cnnspec", "explain", "one_cycle"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"{setting_page('one_cycle')}\n", "")
    assert nearest_topic("cosin") == "cosine"
