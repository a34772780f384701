"""What holds for every text: the parser never raises, points into the text, recovers, and binds as Python does."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.expressions import evaluate
from cnnspec.network.problems import Fault
from cnnspec.network.scope import Scope
from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse, parse_expression
from cnnspec.syntax.print import print_document

SPEC_FILES = sorted((Path(__file__).parents[2] / "specs").glob("**/*.cnn"))
SPECS = [path.read_text(encoding="utf-8") for path in SPEC_FILES]
PIECES = [
    *"network train let input block in conv linear relu flatten dropout data optimizer N x a channels".split(),
    *"import repeat for as else residual shortcut add concat multiply from reuse output require elif x{ { }".split(),
    *["{\n", "\n}\n", "} else {\n", "\nelse {", "block B(c) {\n", "repeat 2 as i {\n", "a{i}-b: ", "enc{i}"],
    *"{ } ( ) [ ] , = : -> . + - * / // % ** < <= == != and or not if else true none".split(),
    *['"a"', '"', "3", "3x3", "3xH", "1e-6", ".5", "1.", "1__0", "#", "\n", "\n", "\n", " ", "  ", "\t", "\r\n"],
    *["\ufeff", "é", "漢", "\0", "\x1b", "\u202e"],
]  # fmt: skip

pieces = st.lists(st.sampled_from(PIECES), max_size=40).flatmap(
    lambda words: st.sampled_from(["", " "]).map(lambda gap: gap.join(words))
)
texts = st.one_of(st.text(max_size=200), pieces)


def verify_spans(diagnostics: list[Diagnostic] | tuple[Diagnostic, ...], text: str) -> None:
    """Raises where something points outside the text."""
    for diagnostic in diagnostics:
        edits = [edit.span for fix in diagnostic.fixes for edit in fix.edits]
        for span in (diagnostic.span, *(label.span for label in diagnostic.labels), *edits):
            assert 0 <= span.start <= span.end <= len(text)
        assert diagnostic.message


@given(texts)
@example("\ufeffnetwork N { input 3 }")
@example("network N {\r\n input 3\r relu\r\n}")
@example("9**9**7")
@example("network N {\n input 9**9**7\n conv " + "1" * 4300 + ", 1\n}")
@settings(max_examples=300)
def test_no_text_makes_the_checker_raise(text: str) -> None:
    result = check_source(Source("random.cnn", text))
    verify_spans(result.diagnostics, text)
    assert result.networks or result.diagnostics


@given(st.data())
@settings(max_examples=300)
def test_no_change_to_a_spec_makes_the_checker_raise(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SPECS))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[start + length :]
    verify_spans(check_source(Source("changed.cnn", text)).diagnostics, text)


BROKEN = [
    "conv 3 3",
    "relu ]",
    "conv 64, kernel=",
    "conv(64)",
    "3x3",
    "conv 64 -> ",
    'conv "a',
    "conv 1__0",
    "let = 3",
    "conv 64, ;",
    "conv (3",
    "= 3",
]


@given(st.lists(st.sampled_from(["relu", "conv 64, kernel=3", "a: relu", "{ relu }", *BROKEN]), min_size=1, max_size=12))
def test_every_broken_line_is_reported_once(lines: list[str]) -> None:
    # what follows an open bracket is taken for its content, up to the end of the next line
    assume(not any(line == "conv (3" and after in BROKEN for line, after in itertools.pairwise(lines)))
    # and a line that ends too early goes on below, where that begins no statement
    assume(not any(line.endswith(("=", "-> ")) and after in ("3x3", "= 3") for line, after in itertools.pairwise(lines)))
    source = Source("x.cnn", "network N {\n" + "".join(f"  {line}\n" for line in lines) + "}\n")
    reported = sorted(mistake.span.begin.line for mistake in parse(source)[1])
    assert reported == [number for number, line in enumerate(lines, 2) if line in BROKEN]


HEADS = ["repeat 2 {", "for c in [1] as i {", "if a {", "residual {", "add {", "a{i}: {", "{"]
BROKEN_HEADS = [
    "repeat {",
    "repeat 2 i {",
    "for c {",
    "if {",
    "if a = 3 {",
    "elif a {",
    "else {",
    "conv 3 {",
    "Residual 3 {",
    "a {",
]
CONTINUATIONS = ["} else {", "} shortcut {", "} else if a {"]
statements = st.sampled_from(
    ["relu", "a{i}: relu", "if a { relu } else { }", "add in, enc{i}", "conv 3 3", "relu ]", "add", "a + b"]
)
bodies: st.SearchStrategy[list[str]] = st.recursive(
    statements.map(lambda line: [line]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda parts: list(itertools.chain(*parts))),
        st.tuples(st.sampled_from([*HEADS, *BROKEN_HEADS]), inner).map(lambda parts: [parts[0], *parts[1], "}"]),
        st.tuples(st.sampled_from(BROKEN_HEADS), inner, st.sampled_from(CONTINUATIONS), inner).map(
            lambda parts: [parts[0], *parts[1], parts[2], *parts[3], "}"]
        ),
        inner.map(lambda body: ["if a {", *body, "} else {", *body, "}"]),
        inner.map(lambda body: ["x: residual {", *body, "} shortcut {", *body, "} -> 3"]),
    ),
    max_leaves=20,
)


@given(bodies)
def test_broken_lines_are_found_in_all_bodies_those_of_broken_heads_too(lines: list[str]) -> None:
    document, mistakes = parse(Source("x.cnn", "\n".join(["network N {", *lines, "}", "let a = 3", ""])))
    wrong = [number for number, line in enumerate(lines, 2) if line in (*BROKEN_HEADS, "conv 3 3", "relu ]", "add", "a + b")]
    assert [mistake.span.begin.line for mistake in mistakes] == wrong
    assert [type(definition) for definition in document.definitions] == [tree.NetworkDefinition, tree.Let]


@given(texts)
@settings(max_examples=1000)
def test_any_text_becomes_a_tree_that_is_whole_where_nothing_is_said(text: str) -> None:
    document, mistakes = parse(Source("random.cnn", text))
    verify_spans(mistakes, text)
    assert mistakes or "Broken(" not in repr(document)
    if not mistakes:
        assert parse(Source("printed.cnn", print_document(document))) == (document, [])


@pytest.mark.parametrize("path", SPEC_FILES, ids=lambda path: path.stem)
def test_specs_are_read_back_from_their_canonical_text(path: Path) -> None:
    document, mistakes = parse(Source(path.name, path.read_text(encoding="utf-8")))
    assert not mistakes
    assert parse(Source("printed.cnn", print_document(document))) == (document, [])


numbers = st.one_of(st.integers(0, 20).map(str), st.sampled_from(["0.5", "2.25", ".125", "3."]))
arithmetic = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**", " - -", " + +"]), inner).map("".join),
        inner.map("-{}".format),
        inner.map("({})".format),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]}) if ({parts[1]}) < ({parts[2]}) else {parts[2]}"),
    ),
    max_leaves=12,
)
comparison = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
conditions = st.recursive(
    st.one_of(
        st.sampled_from(["true", "false"]),
        st.tuples(arithmetic, comparison, arithmetic).map(lambda parts: f"({parts[0]}){parts[1]}({parts[2]})"),
        st.tuples(numbers, numbers, numbers).map(lambda parts: f"{parts[0]} < {parts[1]} <= {parts[2]}"),
    ),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map("not {}".format),
        inner.map("({})".format),
    ),
    max_leaves=8,
)  # fmt: skip


def ours(text: str) -> Any:
    """Returns our value of an expression, or None where it has none."""
    node, mistakes = parse_expression(Source("x", text), 0, len(text))
    assert not mistakes
    assert node is not None
    try:
        return evaluate(node, Scope())
    except Fault:
        return None


def pythons(text: str) -> Any:
    """Returns Python's value, or None where it has none or one that we refuse: too large, or not real."""
    try:
        value = eval(text, {"__builtins__": {}}, {"true": True, "false": False})
    except ArithmeticError:
        return None
    return None if isinstance(value, complex) else value


@given(st.one_of(arithmetic, conditions))
@example("-2 ** 2")
@example("2 ** -1")
@example("2 ** 3 ** 2")
@example("-7 // 2 % 3")
@example("not true or true")
@example("not 1 == 2")
@example("1 - 2 - 3")
@example("0 < 1 < 2 < 2")
@settings(max_examples=1000)
def test_operators_bind_as_in_python(text: str) -> None:
    assume(text.count("**") <= 3)  # Python itself would take its time
    value = ours(text)
    assume(value is not None)
    expected = pythons(text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "other"), [("1 + 2 * 3", "(1 + 2) * 3"), ("-2 ** 2", "(-2) ** 2"), ("2 ** 3 ** 2", "(2 ** 3) ** 2")]
)
def test_the_comparison_with_python_can_fail(text: str, other: str) -> None:
    assert ours(text) == pythons(text) != pythons(other) == ours(other)
