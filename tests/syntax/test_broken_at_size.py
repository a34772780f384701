"""Broken texts of many lines, or with one that is very long: everything is still found, in time that grows as the text does."""

from __future__ import annotations

from time import perf_counter

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source
from cnnspec.syntax.parse import MAX_CHARACTERS, MAX_LINE, parse
from cnnspec.syntax.partners import MAX_DISTANCE, Partners

LINES = {
    "a number without a comma": " conv 3 3\n",
    "parentheses": " conv(64, 3)\n",
    "a bracket that is never closed": " conv 3, kernel=(3, 3\n",
    "a template that is never closed": " add enc{1\n",
    "a stray character": " relu;\n",
    "a list with a missing comma": " conv 3, kernel=[3 3]\n",
    "a head without a body": " repeat 3\n",
}


def seconds(text: str) -> float:
    """Returns how long a text takes, at best, on a machine that does other things too."""
    taken = []
    for _ in range(3):
        start = perf_counter()
        parse(Source("broken.cnn", text))
        taken.append(perf_counter() - start)
    return min(taken)


def network(line: str, times: int) -> str:
    return f"network N {{\n{line * times}}}\n"


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_each_broken_line_is_one_mistake(line: str) -> None:
    _, found = parse(Source("broken.cnn", network(line, 5000)))
    assert [mistake.span.begin.line for mistake in found] == list(range(2, 5002))


@pytest.mark.parametrize("line", [*LINES.values(), " conv (\n", " }\n", " if a {\n", "network N {\n relu 3 3\n", "@ $\n"])
def test_time_grows_as_the_text_does(line: str) -> None:
    small, large = seconds(network(line, 500)), seconds(network(line, 4000))
    assert large < 8 * small * 3 + 0.05  # 64 times as long where it grew as the square


@pytest.mark.parametrize("junk", ["(", "{", "}", "x ", "a{", "[1,", "{a: ", "else ", "\0"])
def test_a_long_line_is_read(junk: str) -> None:
    text = f"network N {{\n conv {junk * 20_000}"
    assert parse(Source("broken.cnn", text))[1]


def test_a_line_may_be_too_long() -> None:
    (found,) = check_source(Source("long.cnn", f"network N {{\n{'9' * (MAX_LINE + 1)}\n}}\n")).diagnostics
    assert (found.code, found.span.begin.line) == ("E0119", 2)
    assert found.message == "this file has more than 2_000_000 characters on one line"
    assert parse(Source("fits.cnn", f"network N {{\n relu #{'9' * (MAX_LINE - 7)}\n}}\n"))[1] == []


def test_a_file_may_be_too_long() -> None:
    (found,) = parse(Source("long.cnn", "\n" * (MAX_CHARACTERS + 1)))[1]
    assert found.message == "this file has more than 16_777_216 characters"


@pytest.mark.parametrize(
    ("text", "openers", "closes"),
    [
        (" 3)", "(", True),
        (" 3", "(", False),
        (" 3]", "(", False),
        (" 3] 4)", "([", True),
        (" 3) 4]", "([", False),
        (" (3), [4])", "(", True),
        (' ")"', "(", False),
        (" # )\n)", "(", True),
        (" {\n )", "(", False),
        (" x{1})", "(", True),
        (" x{1\n})", "(", False),
        (" 1}", "{", True),
        (" 1\n}", "{", False),
        (" 1, {2})", "(", True),
        (" " * MAX_DISTANCE + ")", "(", True),
        (" " * (MAX_DISTANCE + 1) + ")", "(", False),
        ("", "", True),
    ],
)
def test_partners_of_open_brackets(text: str, openers: str, closes: bool) -> None:
    assert Partners(text).close(openers, 0) is closes
