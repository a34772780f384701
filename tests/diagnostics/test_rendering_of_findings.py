"""What the compiler really finds, in every format: the examples of all pages, and files with awkward characters anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given
from page_examples import WITH_EXAMPLES, examples
from rendering_strategies import AWKWARD
from rendering_verdicts import harmful, sarif_complaints

from cnnspec.backends.reference import code_page
from cnnspec.compiler import NoSuchName, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.render_concise import render_concise
from cnnspec.diagnostics.render_github import render_github
from cnnspec.diagnostics.render_json import render_json
from cnnspec.diagnostics.render_sarif import render_sarif
from cnnspec.diagnostics.render_text import render_text
from cnnspec.diagnostics.style import Style
from cnnspec.source import Source

CNN = """block Unit(channels, act=relu) {
    conv channels, kernel=3, in_channels=5  # three
    act
}

network N(classes=10) {
    input 3x8x8
    for c in [8, 16] as i { stage{i}: Unit c }
    add { { conv 4, kernel=1 } { } }
    flatten -> 99
    linear classes, nmae="text"
}
"""
YAML = """network: N
params: {classes: 10}
input: 3x8x8
layers:
  - {for: c, in: [8, 16], layers: [{conv: {out_channels: c, kernel: 3, in_channels: 5}}]}
  - add: [[{conv: [4, 1]}], []]
  - flatten: {expect: 99}
  - {label: head, linear: {out_features: classes, nmae: "text"}}
"""


def verify(found: list[Diagnostic]) -> None:
    """Asserts that every format can show the findings, and that none of it acts on a terminal."""
    for diagnostic in found:
        text = render_text(diagnostic, Style(unicode=False))
        assert text.isascii()
        assert not harmful(text)
        assert all(label.text in text for label in diagnostic.labels if label.text.isascii() and label.text.isprintable())
        assert not harmful(render_text(diagnostic))
        assert not harmful(render_concise(diagnostic) + render_github(diagnostic))
    assert len(json.loads(render_json(found))["diagnostics"]) == len(found)
    document = json.loads(render_sarif(found))
    assert sarif_complaints(document) == []
    results = document["runs"][0]["results"]
    places = [json.dumps([result["ruleId"], result["partialFingerprints"]]) for result in results]
    assert len(set(places)) == len(found)


@pytest.mark.parametrize("code", WITH_EXAMPLES)
def test_findings_of_pages(code: str) -> None:
    first, _ = examples(code_page(code) or "")
    try:
        result = check_source(Source(f"{code}.{first.notation}", first.text), first.options)
    except NoSuchName:
        return
    verify(list(result.diagnostics))


@pytest.mark.parametrize(("notation", "text"), [("cnn", CNN), ("yaml", YAML)])
@given(st.data())
def test_findings_of_awkward_files(notation: str, text: str, data: st.DataObject) -> None:
    awkward = st.text(st.sampled_from(AWKWARD), min_size=1, max_size=4)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(awkward) + text[at:]
    verify(list(check_source(Source(f"a\x1b\u202e.{notation}", text)).diagnostics))


def test_such_files_have_findings() -> None:
    for notation, text in (("cnn", CNN), ("yaml", YAML)):
        assert len(check_source(Source(f"a.{notation}", text)).diagnostics) >= 3


def test_findings_in_several_files(tmp_path: Path) -> None:
    blocks, main = CNN.split("\n\n")
    (tmp_path / "blocks.cnn").write_text(blocks, encoding="utf-8")
    name = str(tmp_path / "main.cnn")
    (tmp_path / "main.cnn").write_text(f'import "blocks.cnn"\n{main}', encoding="utf-8")
    found = list(check_source(Source(name, (tmp_path / "main.cnn").read_text(encoding="utf-8"))).diagnostics)
    verify(found)
    inside = next(diagnostic for diagnostic in found if diagnostic.code == "E0302")
    assert (inside.span.source.name, {label.span.source.name for label in inside.labels}) == (
        str(tmp_path / "blocks.cnn"),
        {name},
    )
    text = render_text(inside)
    assert f"--> {tmp_path / 'blocks.cnn'}:2:30\n" in text
    assert f"::: {name}:4:5\n" in text
