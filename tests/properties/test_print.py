"""Whatever tree is printed: reading the text gives an equal tree, with as few parentheses as that takes."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from trees import HERE, documents, expressions

from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse, parse_expression
from cnnspec.syntax.print import INDENT, print_document, print_expression


def read(text: str) -> tree.Document:
    document, mistakes = parse(Source("printed.cnn", text))
    assert [mistake.message for mistake in mistakes] == []
    return document


def read_expression(text: str) -> tree.Expression | None:
    return parse_expression(Source("printed", text), 0, len(text))[0]


def is_same(one: object, other: object) -> bool:
    """Returns whether two trees are equal and so are the types of their values: `1 == 1.0 == True` in Python."""
    return one == other and repr(one) == repr(other)


@given(documents)
@settings(max_examples=500)
def test_a_document_is_read_back_as_the_same_tree(document: tree.Document) -> None:
    text = print_document(document)
    assert is_same(read(text).definitions, document.definitions)
    assert print_document(read(text)) == text


@given(expressions)
@settings(max_examples=1000)
def test_an_expression_is_read_back_as_the_same_tree(expression: tree.Expression) -> None:
    assert is_same(read_expression(print_expression(expression)), expression)


@given(expressions)
@settings(max_examples=300)
def test_no_parentheses_are_superfluous(expression: tree.Expression) -> None:
    text = print_expression(expression)
    assume(
        '"' not in text and "not" not in text
    )  # Python, too, wants parentheses in `a + (not b)`, though no other reading is left
    for place, character in enumerate(text):
        if character == "(":
            assert not is_same(read_expression(without_parentheses(text, place)), expression)


def without_parentheses(text: str, place: int) -> str:
    """Returns a text without the parenthesis at `place` and its partner."""
    depth = 0
    for end in range(place, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            return text[:place] + text[place + 1 : end] + text[end + 1 :]
    return text


@given(documents)
@settings(max_examples=300)
def test_the_layout_is_canonical(document: tree.Document) -> None:
    verify_layout(print_document(document))


def verify_layout(text: str) -> None:
    """Raises where a line is not indented by the braces around it, or has more braces on it than it may."""
    depth = 0
    for line in text.splitlines():
        code = re.sub(r'"(?:[^"\\]|\\.)*"|(?<=\w)\{|(?<=\})\{', "", line).strip()
        depth -= code.startswith("}")
        assert line == (INDENT * depth + line.lstrip() if line else "")
        assert line == line.rstrip()
        depth += code.endswith("{")
    assert depth == 0
    assert "\n\n\n" not in text


@pytest.mark.parametrize("text", ["network N {\n  relu\n}\n", "network N {\n    relu \n}\n", "network N {\n    relu\n    }\n"])
def test_the_check_of_the_layout_can_fail(text: str) -> None:
    with pytest.raises(AssertionError):
        verify_layout(text)


def test_equal_values_of_other_types_are_told_apart() -> None:
    one, whole, yes = (tree.Literal(value, HERE) for value in (1.0, 1, True))
    assert one == whole == yes
    assert not any(is_same(*pair) for pair in combinations((one, whole, yes), 2))


def test_the_comparison_of_trees_can_fail() -> None:
    assert not is_same(read("network N {\n relu\n}\n"), read("network N {\n gelu\n}\n"))
    assert without_parentheses("a * (b + c)", 4) == "a * b + c"
    assert not is_same(read_expression("a * (b + c)"), read_expression("a * b + c"))
