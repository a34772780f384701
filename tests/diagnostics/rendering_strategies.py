"""Diagnostics and styles for property tests of the renderers: any text, any span, several files."""

import hypothesis.strategies as st

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix, Label
from cnnspec.diagnostics.style import Style
from cnnspec.source import Source, Span

AWKWARD = "\n\r\t\0\x1b\x7f\x85\x9b\u200b\u200d\u202e\u2066\u2028\ufeff\ufe0f\ud800\udcff\u0301\u6f22\U0001f600{}[]%:,`\\ ab"
TEXTS = st.text(st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_categories=())), max_size=60)
STYLES = st.builds(Style, color=st.just(False), unicode=st.booleans(), width=st.integers(1, 60))


@st.composite
def diagnostics(draw: st.DrawFn) -> Diagnostic:
    sources = [Source(draw(TEXTS), draw(TEXTS)) for _ in range(draw(st.integers(1, 2)))]

    def span() -> Span:
        source = draw(st.sampled_from(sources))
        start, end = sorted(draw(st.tuples(st.integers(0, len(source.text)), st.integers(0, len(source.text)))))
        return Span(source, start, end)

    labels = tuple(Label(span(), draw(TEXTS)) for _ in range(draw(st.integers(0, 4))))
    fixes = tuple(Fix(draw(TEXTS), "safe", (Edit(span(), draw(TEXTS)),)) for _ in range(draw(st.integers(0, 2))))
    severity = draw(st.sampled_from(["error", "warning", "note"]))
    notes = tuple(draw(st.lists(TEXTS, max_size=2)))
    return Diagnostic("E0300", severity, draw(TEXTS), span(), draw(TEXTS), labels, notes, draw(st.none() | TEXTS), fixes)
