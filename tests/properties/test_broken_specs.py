"""Real specs and the examples of the documentation, with tokens lost, swapped and repeated: there is an answer to each."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.render_text import render_all_text
from cnnspec.source import Source

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "tests" / "spec").glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```cnn[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r"\w+|[^\w\s]|\n")
TEXTS = [
    *(block for page in PAGES for block in BLOCK.findall(page.read_text(encoding="utf-8"))),
    *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "specs").glob("*.cnn"))),
]


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """Returns a text in which one to three tokens are lost, or replaced or followed by another one of the same text."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        tokens = list(TOKEN.finditer(text))
        if tokens:
            place, other = draw(st.sampled_from(tokens)), draw(st.sampled_from(tokens)).group()
            into = draw(st.sampled_from(["", other, f"{place.group()} {other}"]))
            text = text[: place.start()] + into + text[place.end() :]
    return text


@settings(max_examples=300)
@given(text=broken_texts())
def test_a_broken_spec_has_an_answer(text: str) -> None:
    """No traceback, networks or errors, and a rendering for all that is found, within the text."""
    result = check_source(Source(str(ROOT / "specs" / "broken.cnn"), text), Options(max_layers=3000))
    rendered = render_all_text(result.diagnostics)
    for diagnostic in result.diagnostics:
        assert diagnostic.message in rendered
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.span.source.text)
