"""Whatever is wrong with a text: a fix that is shown removes its finding, leaves a text to be read, and brings no error."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from test_broken_specs import ROOT, TEXTS, TOKEN, broken_texts

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic, Fix
from cnnspec.diagnostics.edits import apply_edits
from cnnspec.diagnostics.fixes import fix_all, with_verified_fixes
from cnnspec.source import Source


def check(source: Source) -> tuple[Diagnostic, ...]:
    return check_source(source, Options(max_layers=3000)).diagnostics


def named(text: str) -> Source:
    return Source(str(ROOT / "specs" / "broken.cnn"), text)


@st.composite
def misspelt_texts(draw: st.DrawFn) -> str:
    """Returns a text of the documentation in which one to three words have a letter less, two swapped, or capitals."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        words = [token for token in TOKEN.finditer(text) if len(token.group()) > 2 and token.group().isalpha()]
        if words:
            word = draw(st.sampled_from(words))
            at = draw(st.integers(0, len(word.group()) - 2))
            begin, first, second, end = word.group()[:at], word.group()[at], word.group()[at + 1], word.group()[at + 2 :]
            new = draw(st.sampled_from([begin + second + end, begin + second + first + end, word.group().title()]))
            text = text[: word.start()] + new + text[word.end() :]
    return text


def failures(source: Source, before: tuple[Diagnostic, ...], finding: Diagnostic, fix: Fix) -> list[str]:
    """Returns what is wrong with a fix, seen from outside: by counting findings and errors, not by where they stand."""
    after = check(Source(source.name, apply_edits(source.text, fix.edits)))
    errors = [Counter(found.code for found in findings if found.is_error) for findings in (before, after)]
    notation = [sum(found.code.startswith("E01") for found in findings) for findings in (before, after)]
    found = []
    if sum(other.code == finding.code for other in after) >= sum(other.code == finding.code for other in before):
        found.append(f"{finding.code} stays")
    if not errors[1] <= errors[0]:
        found.append(f"{errors[1] - errors[0]} is new")
    if notation[1] > notation[0]:
        found.append("the text cannot be read")
    return found


@given(st.one_of(broken_texts(), misspelt_texts()))
@settings(max_examples=250)
def test_fixes_that_are_shown_work(text: str) -> None:
    source = named(text)
    before = check(source)
    shown = with_verified_fixes(source, before, check, seconds=60)
    assert [finding.message for finding in shown] == [finding.message for finding in before]
    for finding in shown:
        for fix in finding.fixes:
            assert failures(source, before, finding, fix) == []


@given(misspelt_texts(), st.booleans())
@settings(max_examples=60)
def test_all_fixes_together_bring_no_error_and_leave_nothing_to_fix(text: str, unsafe: bool) -> None:
    source = named(text)
    before = check(source)
    fixed, count, left = fix_all(source, check, unsafe=unsafe)
    assert [finding.message for finding in left] == [finding.message for finding in check(fixed)]
    assert sum(finding.is_error for finding in left) <= sum(finding.is_error for finding in before)
    assert (fixed.text == text) == (count == 0)
    assert fix_all(fixed, check, unsafe=unsafe)[1] == 0


def test_every_text_of_the_documentation_has_working_fixes_only() -> None:
    kinds: Counter[str] = Counter()
    for text in TEXTS:
        source = named(text)
        before = check(source)
        for finding in with_verified_fixes(source, before, check, seconds=60):
            for fix in finding.fixes:
                assert failures(source, before, finding, fix) == []
                kinds[fix.applicability] += 1
    assert min(kinds["safe"], kinds["unsafe"]) > 5  # so that the loops above have something to look at


def test_the_verdict_on_a_fix_can_fail() -> None:
    source = named("network N {\n    input 3x8x8\n    rleu\n    conv 4, 3\n}\n")
    before = check(source)
    (finding,) = before
    (fix,) = finding.fixes
    assert failures(source, before, finding, fix) == []
    for content in ("rlue", "maxpool 20", "(("):
        wrong = Fix("", "safe", tuple(edit.__class__(edit.span, content) for edit in fix.edits))
        assert failures(source, before, finding, wrong) != []
        shown = with_verified_fixes(source, [Diagnostic("E0201", "error", "", finding.span, fixes=(wrong,))], check)
        assert shown[0].fixes == ()
