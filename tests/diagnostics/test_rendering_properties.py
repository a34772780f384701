"""No text, no span and no style makes a renderer fail or print a character that acts on a terminal."""

import json
import re
import unicodedata
from typing import Any

import hypothesis.strategies as st
from hypothesis import example, given
from rendering_strategies import STYLES, TEXTS, diagnostics
from rendering_verdicts import harmful

from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.diagnostics.render_concise import render_concise
from cnnspec.diagnostics.render_github import render_github
from cnnspec.diagnostics.render_json import render_json, to_json
from cnnspec.diagnostics.render_sarif import render_sarif
from cnnspec.diagnostics.render_text import render_text
from cnnspec.diagnostics.style import Style
from cnnspec.diagnostics.visible import cells, visible
from cnnspec.source import Source, Span


def displayed_width(text: str) -> int:
    """Returns the squares that a text fills, counted without the renderer's own code."""
    widths = (0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
    return sum(widths)


def test_harmful_can_find_something() -> None:
    assert harmful("a\x1b\u202e\u200b\ud800\x7f\x9b\n") == ["\x1b", "\u202e", "\u200b", "\ud800", "\x7f", "\x9b"]


@given(diagnostics(), STYLES)
def test_text_is_harmless(diagnostic: Diagnostic, style: Style) -> None:
    text = render_text(diagnostic, style)
    assert not harmful(text)
    assert style.unicode or text.isascii()
    assert not any(line.endswith(" ") for line in text.split("\n")[1:] if "|" in line)


@given(diagnostics(), st.booleans())
def test_colour_adds_nothing_but_colour(diagnostic: Diagnostic, unicode: bool) -> None:
    colored = render_text(diagnostic, Style(color=True, unicode=unicode))
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render_text(diagnostic, Style(unicode=unicode))


@given(diagnostics(), STYLES)
def test_one_line_formats_are_harmless_and_one_line(diagnostic: Diagnostic, style: Style) -> None:
    for text in (render_concise(diagnostic, style), render_github(diagnostic)):
        assert not harmful(text)
        assert "\n" not in text


@given(st.lists(diagnostics(), max_size=3))
def test_documents_are_ascii_and_read_back(found: list[Diagnostic]) -> None:
    for text in (render_json(found), render_sarif(found)):
        assert text.isascii()
        assert not harmful(text)
        assert not harmful_surrogates(json.loads(text))
    assert json.loads(render_json(found))["diagnostics"] == [to_json(diagnostic) for diagnostic in found]


def harmful_surrogates(value: Any) -> bool:
    """Returns whether a string in the document cannot be written as UTF-8."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


@given(TEXTS, st.booleans())
@example("e\u0301\u6f22", True)
def test_squares_are_what_the_text_fills(text: str, unicode: bool) -> None:
    layout = cells(text, unicode=unicode)
    assert len(layout.starts) == len(text) + 1
    assert len(layout.ends) == len(text)
    assert list(layout.starts) == sorted(layout.starts)
    assert not harmful("".join(layout.cells))
    assert layout.starts[-1] == len(layout.cells)


@given(st.text(st.sampled_from("ab \u6f22\u5b57\uff21\u0301\u0302\U0001f600\u00e9"), min_size=1), st.data())
def test_a_mark_stands_below_its_text(text: str, data: st.DataObject) -> None:
    text = "a" + text  # so that a combining character has a base
    start = data.draw(st.integers(0, len(text) - 1).filter(lambda i: not unicodedata.combining(text[i])))
    stops = [i for i in range(start + 1, len(text) + 1) if i == len(text) or not unicodedata.combining(text[i])]
    end = data.draw(st.sampled_from(stops))
    source = Source("a.cnn", text)
    *_, marks = render_text(Diagnostic("E0300", "error", "m", Span(source, start, end)), Style(width=10_000)).split("\n")
    below = marks.removeprefix("  | ")
    assert len(below) - len(below.lstrip(" ")) == displayed_width(text[:start])
    assert below.count("^") == displayed_width(text[start:end])


@st.composite
def labelled(draw: st.DrawFn, characters: str, longest: int, words: str) -> Diagnostic:
    """Returns a diagnostic with labels anywhere in up to three files; the words of each are `words` with its number."""
    texts = st.text(st.sampled_from(characters), max_size=longest)
    sources = [Source(f"{name}.cnn", draw(texts)) for name in "abc"[: draw(st.integers(1, 3))]]

    def span() -> Span:
        source = draw(st.sampled_from(sources))
        start, end = sorted(draw(st.tuples(st.integers(0, len(source.text)), st.integers(0, len(source.text)))))
        return Span(source, start, end)

    labels = tuple(Label(span(), words.format(number)) for number in range(1, draw(st.integers(1, 7))))
    return Diagnostic("E0300", "error", "message", span(), words.format(0), labels)


@given(labelled("ab \n\n\t\u6f22", 60, "<{}>"), st.integers(40, 120))
def test_every_label_can_be_read(diagnostic: Diagnostic, width: int) -> None:
    text = render_text(diagnostic, Style(width=width))
    for number in range(len(diagnostic.labels) + 1):
        assert text.count(f"<{number}>") == 1


@given(labelled("abcdef \u6f22\t\x1b\u0301\n", 400, ""), st.integers(40, 60))
def test_no_line_is_wider_than_the_terminal(diagnostic: Diagnostic, width: int) -> None:
    text = render_text(diagnostic, Style(width=width))
    assert max(map(displayed_width, text.split("\n"))) <= width


@given(TEXTS)
def test_visible_is_idempotent(text: str) -> None:
    assert visible(visible(text)) == visible(text)


def test_what_nothing_appears_for_is_written_out() -> None:
    assert visible("a\ufe0f\u3164\u2800\U000e0101") == r"a\u{fe0f}\u{3164}\u{2800}\u{e0101}"
