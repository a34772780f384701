"""The page of every code: that there is one, that its examples do what it says, and that it fits a terminal."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from page_examples import NOT_RUNNABLE, WITH_EXAMPLES, Example, examples

import cnnspec
from cnnspec.backends.reference import (
    GROUPS,
    PAGES,
    WIDTH,
    code_groups,
    code_list_markdown,
    code_page,
    code_titles,
    codes,
    nearest_topic,
)
from cnnspec.compiler import NoSuchName, Result, check_source, decode
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import Problem
from cnnspec.source import Source
from cnnspec.syntax.parse import MAX_CHARACTERS

INDEX = Path(__file__).parents[2] / "docs" / "codes.md"
HEADINGS = {"error": "Fails", "warning": "Warns", "note": "Noted"}
SEVERITIES = {"E": "error", "W": "warning", "N": "note"}
IN_TRAINING = "Fails in training"


def found_in(example: Example) -> list[str]:
    """Returns the codes of everything that the compiler says about an example, without repetitions."""
    source = Source(f"example.{example.notation}", example.text)
    try:
        result = check_source(source, example.options)
    except NoSuchName as refusal:
        return [refusal.problem.code]
    assert result.networks or not result.ok
    return list(dict.fromkeys(diagnostic.code for diagnostic in result.diagnostics))


def complaints(code: str, page: str) -> Iterator[str]:
    """Yields what is wrong with the examples of a page."""
    blocks = examples(page)
    if len(blocks) != page.count("```") // 2:
        yield "a block has no heading of the form `Word:`"
    headings = [block.heading for block in blocks]
    in_training = is_found_in_training(code)
    if headings != [IN_TRAINING if in_training else HEADINGS[SEVERITIES[code[0]]], "Repaired"]:
        yield f"the headings are {headings}"
        return
    bad, good = blocks
    if found_in(bad) != ([] if in_training else [code]):
        yield f"the first example has {found_in(bad)}"
    if found_in(good):
        yield f"the second example has {found_in(good)}"


def is_found_in_training(code: str) -> bool:
    """Returns whether it takes a run, and its data, to find this mistake: then `check` has nothing to say."""
    return any(kind.code == code and kind.__module__.startswith("cnnspec.training.") for kind in declared_problems())


@cache
def declared_problems() -> frozenset[type[Problem]]:
    """Returns every kind of problem in the package that can be reported."""
    for info in pkgutil.walk_packages(cnnspec.__path__, "cnnspec."):
        if info.name.rpartition(".")[2].endswith("problems") or ".lints." in info.name:
            importlib.import_module(info.name)
    found: set[type[Problem]] = set()
    remaining = [Problem]
    while remaining:
        for kind in remaining.pop().__subclasses__():
            remaining.append(kind)
            if hasattr(kind, "code") and kind.__module__.startswith("cnnspec."):
                found.add(kind)
    return frozenset(found)


def test_problems_are_declared_where_they_are_looked_for() -> None:
    package = Path(cnnspec.__file__).parent
    with_code = [
        path for path in package.glob("**/*.py") if re.search(r"^    code: ClassVar\[str\] = ", path.read_text(), re.M)
    ]
    assert with_code
    assert [path for path in with_code if not path.stem.endswith("problems") and path.parent.name != "lints"] == []


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert codes() == sorted({kind.code for kind in declared_problems()})


def test_a_code_says_how_severe_it_is() -> None:
    assert {kind for kind in declared_problems() if kind.severity != SEVERITIES[kind.code[0]]} == set()


@pytest.mark.parametrize("code", codes())
def test_page_is_fit_for_a_terminal(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    lines = page.splitlines()
    assert re.fullmatch(rf"# {code}: [A-Za-z].*[^.]", lines[0])
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip() or line.startswith("|")] == []
    assert re.search(r"</?[a-z]+>", page) is None
    assert page.isascii()
    assert page.endswith("\n")
    assert not page.endswith("\n\n")
    meaning = page.split("\n\n")[1]
    assert len(meaning) >= 100, "the page says what the code means before it shows an example"
    assert not meaning.startswith("```")


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_examples_do_what_the_page_says(code: str) -> None:
    page = code_page(code)
    assert page is not None
    assert list(complaints(code, page)) == []


def test_pages_without_an_example_say_so() -> None:
    for code in NOT_RUNNABLE:
        page = code_page(code)
        assert page is not None
        assert "There is no example here" in page
        assert examples(page) == []


def test_codes_that_no_page_can_show() -> None:
    latin = decode("# Größe".encode("latin-1"), "a.cnn")
    assert isinstance(latin, Diagnostic)
    large = check_source(Source("a.yaml", " " * (MAX_CHARACTERS + 1)))
    assert isinstance(large, Result)
    shown = {latin.code, *(diagnostic.code for diagnostic in large.diagnostics)}
    assert shown == {code for code in NOT_RUNNABLE if not is_found_in_training(code)}


GOOD = "network N {\n    input 4\n    relu\n}\n"
BAD = "network N {\n    input 4\n    rleu\n}\n"
WARNED = "let a = 1\n\nnetwork N {\n    input a\n    let a = 2\n    linear a\n}\n"


def page_of(first: str, second: str, heading: str = "Fails") -> str:
    return f"# E0201: unknown layer\n\nText.\n\n{heading}:\n\n```cnn\n{first}```\n\nRepaired:\n\n```cnn\n{second}```\n"


@pytest.mark.parametrize(
    ("code", "page", "complaint"),
    [
        ("E0201", page_of(GOOD, GOOD), "the first example has []"),
        ("E0202", page_of(BAD, GOOD), "the first example has ['E0201']"),
        ("E0201", page_of(BAD + WARNED.replace("N", "M"), GOOD), "the first example has ['E0201', 'W0601']"),
        ("E0201", page_of(BAD, BAD), "the second example has ['E0201']"),
        ("E0201", page_of(BAD, WARNED), "the second example has ['W0601']"),
        ("E0201", page_of(BAD, GOOD, "Noted"), "the headings are ['Noted', 'Repaired']"),
        ("W0601", page_of(WARNED, GOOD), "the headings are ['Fails', 'Repaired']"),
        ("E0201", page_of(BAD, GOOD, "It fails"), "a block has no heading of the form `Word:`"),
        ("E0420", page_of(GOOD, GOOD), "the headings are ['Fails', 'Repaired']"),
        ("E0420", page_of(BAD, GOOD, "Fails in training"), "the first example has ['E0201']"),
        ("E0420", page_of(GOOD, GOOD, "Fails in training"), None),
        ("E0213", page_of(GOOD, GOOD, "Fails with `--set b=1`"), None),
        ("E0213", page_of(GOOD, GOOD, "Fails with `--network N`"), "the first example has []"),
        ("E0201", page_of(BAD, GOOD), None),
    ],
)
def test_the_check_of_examples_can_fail(code: str, page: str, complaint: str | None) -> None:
    assert next(complaints(code, page), None) == complaint


def test_an_undeclared_code_would_be_noticed() -> None:
    class Undocumented(Problem):
        code = "E0999"

    Undocumented.__module__ = "cnnspec.nowhere"
    assert "E0999" in {kind.code for kind in declared_problems.__wrapped__()}
    Undocumented.__module__ = __name__  # other tests look at the package only


def test_every_code_belongs_to_a_group() -> None:
    grouped = code_groups()
    assert sorted(code for _, members in grouped for code in members) == codes()
    assert [name for name, _ in grouped] == list(GROUPS.values())


def test_titles_are_distinct() -> None:
    titles = code_titles()
    assert list(titles) == codes()
    assert len(set(titles.values())) == len(titles)


def test_the_index_is_in_step(update_snapshots: bool) -> None:
    if update_snapshots:
        INDEX.write_text(code_list_markdown() + "\n", encoding="utf-8")
    assert INDEX.read_text(encoding="utf-8") == code_list_markdown() + "\n"
    for link in re.findall(r"\]\(([^)]+)\)", INDEX.read_text(encoding="utf-8")):
        assert (INDEX.parent / link).is_file()


def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cnnspec", "explain", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_explain_prints_a_page() -> None:
    for word in ("E0301", "e0301"):
        run = explain(word)
        assert (run.returncode, run.stdout, run.stderr) == (0, f"{code_page('E0301')}\n", "")


def test_explain_offers_the_nearest_name() -> None:
    run = explain("E301")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "error: there is no layer, word or code `E301`; did you mean `E0301`?\n"
    assert nearest_topic("maxpol") == "maxpool"


def test_explain_lists_what_there_is() -> None:
    run = explain()
    assert (run.returncode, run.stderr) == (0, "")
    assert "cnnspec layers" in run.stdout
    for code, title in code_titles().items():
        assert re.search(rf"^  {code}  {re.escape(title)}$", run.stdout, re.MULTILINE)
    assert max(map(len, run.stdout.splitlines())) <= WIDTH
