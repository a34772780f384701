"""The `.cnn` notation: what a text means, and what is said about a text that means nothing."""

from __future__ import annotations

import pytest

from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.depth import MAX_NESTING, MAX_OPERATORS
from cnnspec.syntax.literals import MAX_DIGITS
from cnnspec.syntax.parse import parse, parse_expression


def read(text: str) -> tree.Document:
    """Returns the tree of a text without mistakes."""
    document, mistakes = parse(Source("test.cnn", text))
    assert [str(mistake.message) for mistake in mistakes] == []
    return document


def body(*lines: str) -> tree.Body:
    """Returns the statements of a network without mistakes."""
    (network,) = read("network N {\n" + "\n".join(lines) + "\n}\n").definitions
    assert isinstance(network, tree.NetworkDefinition)
    return network.body


def found(text: str) -> list[tuple[int, int, str]]:
    """Returns line, column and message of each mistake."""
    mistakes = parse(Source("test.cnn", text))[1]
    return [(*mistake.span.begin, mistake.message) for mistake in mistakes]


def expression(text: str) -> tree.Expression:
    """Returns the tree of one expression."""
    node, mistakes = parse_expression(Source("test", text), 0, len(text))
    assert not mistakes
    assert node is not None
    return node


def expression_mistakes(text: str) -> list[str]:
    node, mistakes = parse_expression(Source("test", text), 0, len(text))
    assert (node is None) == bool(mistakes)
    return [mistake.message for mistake in mistakes]


def test_a_call_has_a_label_a_word_arguments_and_an_expectation() -> None:
    (call,) = body('stem.conv1: conv 6, kernel=3x5, padding="same" -> 6x24x24'.replace("stem.", ""))
    assert isinstance(call, tree.Call)
    assert call.label is not None
    assert (call.label.text, call.word.text) == ("conv1", "conv")
    assert [argument.name and argument.name.text for argument in call.arguments] == [None, "kernel", "padding"]
    assert call.expect is not None
    assert call.span.text == 'conv1: conv 6, kernel=3x5, padding="same" -> 6x24x24'


def test_structure_words_are_free_as_labels() -> None:
    for word in ("input", "network", "train", "let"):
        (call,) = body(f"{word}: conv 1, 1")
        assert isinstance(call, tree.Call)
        assert call.label is not None
        assert call.label.text == word


def test_labels_may_be_numbers_and_have_dashes() -> None:
    labels = [
        call.label.text
        for call in body("0: relu", "conv-1: relu", "a_b: relu", "3x3: relu")
        if isinstance(call, tree.Call) and call.label
    ]
    assert labels == ["0", "conv-1", "a_b", "3x3"]


def test_a_sign_behind_a_word_begins_an_argument() -> None:
    (call,) = body("conv -1")
    assert isinstance(call, tree.Call)
    assert [argument.value for argument in call.arguments] == [expression("-1")]


@pytest.mark.parametrize(
    ("text", "items"),
    [("(2, 3)", (2, 3)), ("(2,)", (2,)), ("()", ()), ("[2, 3,]", (2, 3)), ("[]", ()), ("(\n2,\n3,\n)", (2, 3))],
)
def test_sequences(text: str, items: tuple[int, ...]) -> None:
    node = expression(text)
    assert isinstance(node, tree.Sequence)
    assert tuple(item.value for item in node.items if isinstance(item, tree.Literal)) == items


def test_parentheses_around_one_value_only_group() -> None:
    assert expression("(2)") == expression("2")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5_000", 5000),
        ("1e-6", 1e-6),
        (".5", 0.5),
        ("1.", 1.0),
        ("1_0.5", 10.5),
        ("007", 7),
        ("true", True),
        ("none", None),
        ('"a\\u00e9"', "aé"),
    ],
)
def test_literals(text: str, value: object) -> None:
    node = expression(text)
    assert isinstance(node, tree.Literal)
    assert node.value == value
    assert type(node.value) is type(value)


def test_sizes_have_no_spaces_and_capital_names() -> None:
    assert expression("3xHxW2") == tree.Size((3, "H", "W2"), expression("1").span)
    assert expression("1x28") == tree.Size((1, 28), expression("1").span)
    assert expression_mistakes("3xh") == ["`3xh` is not a number"]
    assert expression_mistakes("0x1F") == ["`0x1F` is not a number"]


@pytest.mark.parametrize("text", ["1__0", "1_", "1.2.3", "12abc", "1e", "1e5.", "3x", "3x3x"])
def test_what_begins_like_a_number_and_is_none(text: str) -> None:
    assert expression_mistakes(text) == [f"`{text}` is not a number"]


def test_a_body_of_one_statement_stands_on_one_line() -> None:
    outer, empty = body("a: { relu }", "{ }")
    assert isinstance(outer, tree.Group)
    assert len(outer.body) == 1
    assert empty == tree.Group(None, (), None, outer.span)


def test_newlines_and_comments_do_not_count_inside_brackets() -> None:
    assert body("conv 3, kernel=(3, # rows\n\n 5) # columns\n") == body("conv 3, kernel=(3, 5)")


@pytest.mark.parametrize(
    "text",
    [
        "network N {\n input 3\n relu\n}",
        "network N {\r\n input 3\r\n relu\r\n}\r\n",
        "\n\nnetwork N {\n\n\tinput\t3 # c\n\f relu\n\n}\n#",
    ],
)
def test_line_ends_tabs_and_blank_lines_say_nothing(text: str) -> None:
    assert read(text) == read("network N {\n input 3\n relu\n}\n")


def test_names_may_have_letters_of_any_script() -> None:
    (call,) = body("conv größe")
    assert isinstance(call, tree.Call)
    assert call.arguments[0].value == tree.Name("größe", call.span)


def test_equality_ignores_places() -> None:
    assert body("relu", "conv 3, 3") == body("", "relu  ", "  conv 3,3 # x")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["conv 3 3"], [(3, 10, "unexpected `3`")]),
        (["conv 3, 3,"], [(3, 13, "unexpected end of line")]),
        (["conv (3"], [(3, 8, "`(` is never closed")]),
        (["conv [3, (4, 5]"], [(3, 12, "`(` is never closed")]),
        (["conv 3)"], [(3, 9, "unexpected `)`")]),
        (['conv "same'], [(3, 8, "this string does not end on its line")]),
        (['conv "\\x"'], [(3, 8, "this string contains an escape or a control character that JSON does not allow")]),
        (["conv 'same'"], [(3, 8, "`'same'` means nothing here")]),
        (["conv(64)"], [(3, 3, "`conv` takes its arguments without parentheses")]),
        (["conv 3 ->"], [(3, 12, "unexpected end of line")]),
        (["= 3"], [(3, 3, "`=` means nothing here")]),
        (["width = 3"], [(3, 3, "unexpected `width`")]),
        (["conv kernel="], [(3, 15, "unexpected end of line")]),
        (["conv(64, kernel=max(3,", "4)"], [(3, 3, "`conv` takes its arguments without parentheses")]),
        (["a: b: relu"], [(3, 6, "unexpected `b`")]),
    ],
)
def test_each_mistake_is_reported_once_where_it_is(lines: list[str], expected: list[tuple[int, int, str]]) -> None:
    text = "network N {\n  input 3\n" + "".join(f"  {line}\n" for line in lines) + "  relu\n}\n"
    assert found(text) == expected


def test_a_mistake_costs_no_statement_before_or_after_it() -> None:
    document, mistakes = parse(
        Source("x", "network N {\n input 3\n relu\n )\n tanh\n}\nnetwork M {\n input 3\n}\n) \nlet a = 1\n")
    )
    first, second, third, fourth = document.definitions
    assert len(mistakes) == 2
    assert isinstance(first, tree.NetworkDefinition)
    assert [type(statement) for statement in first.body] == [tree.Input, tree.Call, tree.Broken, tree.Call]
    assert (type(second), type(third), type(fourth)) == (tree.NetworkDefinition, tree.Broken, tree.Let)


def test_what_is_outside_all_definitions_is_reported_once() -> None:
    assert found("input 3\nconv 3\nrelu\n") == [(1, 1, "unexpected `input`")]
    assert found("network N {\n input 3\n relu\n}\n relu\n}\n") == [(5, 2, "unexpected `relu`")]


def test_a_broken_statement_keeps_the_name_that_it_introduces() -> None:
    document, _ = parse(Source("x", "network N {\n let w = 3 3\n a: conv 3 3\n conv 3 3\n}\n"))
    (network,) = document.definitions
    assert isinstance(network, tree.NetworkDefinition)
    names = [
        statement.name.text if statement.name else None for statement in network.body if isinstance(statement, tree.Broken)
    ]
    assert names == ["w", "a", None]


def test_brackets_that_close_later_keep_their_lines_together() -> None:
    assert [line for line, _, _ in found("network N {\n conv 3, weight=[[1 2],\n [3, 4]]\n relu )\n}\n")] == [2, 4]


def test_what_is_never_closed_ends_with_its_line() -> None:
    assert [line for line, _, _ in found("network N {\n conv ((((3\n relu\n conv [3\n relu\n tanh )\n}\n")] == [2, 4, 6]


def test_the_end_of_the_file_inside_a_body() -> None:
    assert found("network N {\n a: {\n relu\n") == [(2, 5, "`{` is never closed")]


DEEP = {
    "sums": "+".join(["1"] * 100_000),
    "differences": "-".join(["1"] * 100_000),
    "signs": "-" * 100_000 + "1",
    "not": "not " * 100_000 + "true",
    "conditionals": " if true else ".join(["1"] * 100_000),
    "comparisons": " < ".join(["1"] * 100_000),
    "powers": "**".join(["1"] * 100_000),
    "indices": "a" + "[0]" * 100_000,
    "attributes": "a" + ".b" * 100_000,
    "around items": "max(0, 1 + " * 90 + "+".join(["1"] * 150) + ")" * 90,
    "inside items": "max(" * 90 + "+".join(["1"] * 150) + (" + 1" * 150 + ", 0)") * 90,
}


@pytest.mark.parametrize("name", DEEP)
def test_expressions_without_end_are_refused(name: str) -> None:
    assert expression_mistakes(DEEP[name]) == [f"more than {MAX_OPERATORS} operators in one expression"]
    assert len(found(f"network N {{\n conv {DEEP[name]}\n relu 3 3\n}}\n")) == 2


@pytest.mark.parametrize("brackets", ["()", "[]"])
def test_nesting_is_limited(brackets: str) -> None:
    opener, closer = brackets
    text = opener * MAX_NESTING + "1" + closer * MAX_NESTING
    assert expression_mistakes(text) == []
    assert expression_mistakes(opener + text + closer) == [f"nested more than {MAX_NESTING} levels deep"]
    assert expression_mistakes(opener * 100_000) == [f"nested more than {MAX_NESTING} levels deep"]


def test_nesting_of_bodies_is_limited() -> None:
    assert len(found("network N {\n" + "{\n" * 5000 + "}\n" * 5000 + "}\n")) == 1


def test_the_deepest_permitted_tree_can_be_compared_and_shown() -> None:
    text = "[" * MAX_NESTING + "-x" * 1 + " - x" * (MAX_OPERATORS - MAX_NESTING - 1) + "]" * MAX_NESTING
    assert expression(text) == expression(text)
    assert hash(expression(text)) == hash(expression(text))
    assert "Name(text='x')" in repr(expression(text))


def test_long_lists_are_no_deep_expressions() -> None:
    node = expression("[" + ", ".join(["-1"] * 10_000) + "]")
    assert isinstance(node, tree.Sequence)
    assert len(node.items) == 10_000


def test_digits_are_limited() -> None:
    assert expression_mistakes("1" * MAX_DIGITS) == []
    assert expression_mistakes("1" * (MAX_DIGITS + 1)) == [f"a number with {MAX_DIGITS + 1} digits is too long"]


def test_a_chain_of_comparisons_is_one_node() -> None:
    node = expression("0 < a <= b")
    assert isinstance(node, tree.Comparison)
    assert [symbol for symbol, _ in node.rest] == ["<", "<="]
