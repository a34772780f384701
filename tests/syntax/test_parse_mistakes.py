"""What is said about each mistake in the statements that hold others, and that reading goes on behind it, bodies included."""

from __future__ import annotations

import pytest

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse


def mistakes(text: str) -> list[Diagnostic]:
    return parse(Source("test.cnn", text))[1]


def said(text: str, *, at_top: bool = False) -> tuple[str, str | None]:
    """Returns message and help of the only mistake in some lines, before another one that has to be found as well."""
    lines = f"{text}\nlet after = 3 4\n" if at_top else f"network N {{\n{text}\nrelu 3 4\n}}\n"
    first, *others = mistakes(lines)
    assert [(other.message, other.span.text) for other in others] == [("unexpected `4`", "4")]
    return first.message, first.help


FOR = "`for` takes names, then `in` and the items: `for c in [64, 128] {`"
ELSE = "`else` stands behind the `}` of an `if`: `} else {`"
ELIF = "`elif` is written `else if`, behind the `}` of an `if`: `} else if condition {`"
SHORTCUT = "`shortcut` stands behind the `}` of a `residual`: `} shortcut {`"
SIDE_BY_SIDE = "definitions stand side by side, not inside each other: is a `}` missing before this one?"
COLON = "an argument is named with `=`: `kernel=3`; a label stands before the layer: `conv1: conv 6, kernel=5`"
ONE_LINE = "only a body of one statement may stand on one line: begin the first statement on a line of its own"
BODIES = "`add`, `concat`, `multiply`, `residual`, `repeat`, `for` and `if` have bodies, a layer has none"


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("repeat 3\n relu", "unexpected end of line", "the `{` stands on this line"),
        ("residual", "unexpected end of line", "the `{` stands on this line"),
        ("if a{ relu }", "unexpected end of line", "the `{` of a body has a blank before it"),
        ("repeat {\n relu\n}", "unexpected `{`", "say how often: `repeat 3 {`"),
        ("if {\n relu\n}", "unexpected `{`", "say on what it depends: `if stride != 1 {`"),
        ("repeat 3 i {\n relu\n}", "unexpected `i`", "the counter stands behind `as`: `repeat 3 as i {`"),
        ("repeat 3 as {\n relu\n}", "unexpected `{`", "name the counter: `repeat 3 as i {`"),
        ("for c in x as {\n relu\n}", "unexpected `{`", "name the counter: `repeat 3 as i {`"),
        ("for c in x i {\n relu\n}", "unexpected `i`", "the counter stands behind `as`: `repeat 3 as i {`"),
        ("repeat i in range(3) {\n relu\n}", "unexpected `in`", FOR),
        ("for c [1, 2] {\n relu\n}", "unexpected `[`", FOR),
        ("for {\n relu\n}", "unexpected `{`", FOR),
        ("for c in {\n relu\n}", "unexpected `{`", FOR),
        ("for i in range(3):\n relu", "unexpected `:`", "a body stands in braces, without a colon: `for ... {`"),
        ("if a:\n relu", "unexpected `:`", "a body stands in braces, without a colon: `if ... {`"),
        ("else:\n relu", "unexpected end of line", "a body stands in braces, without a colon: `} else {`"),
        ("else {\n relu\n}", "unexpected `else`", ELSE),
        ("else if a {\n relu\n}", "unexpected `else`", ELSE),
        ("repeat 3 { relu } else { relu }", "unexpected `else`", ELSE),
        ("elif a {\n relu\n}", "unexpected `elif`", ELIF),
        ("shortcut {\n relu\n}", "unexpected `shortcut`", SHORTCUT),
        ("add { relu } shortcut { relu }", "unexpected `shortcut`", SHORTCUT),
        ("if a = 3 {\n relu\n}", "unexpected `a`", "two values are compared by `==`"),
        ("add(a, b)", "`add` takes its arguments without parentheses", "drop the parentheses: `add a, b`"),
        ("from(a)", "`from` takes its arguments without parentheses", "drop the parentheses: `from a`"),
        ("add", "unexpected end of line", "name what is merged, `add skip`, or open a body, `add {`"),
        ("add a b", "unexpected `b`", "values are separated by commas"),
        ("from a, b", "unexpected `,`", "only one value can go on; `add a, b` and `concat a, b` merge several"),
        ("a + b", "unexpected `+`", "values are merged by `add a, b`"),
        ("a * b", "unexpected `*`", "values are merged by `multiply a, b`"),
        ("a - b", "unexpected `-`", "a statement begins with a layer, and is no value itself"),
        ("block B {\n relu\n}", "unexpected `block`", SIDE_BY_SIDE),
        (' import "x"', "unexpected `import`", SIDE_BY_SIDE),
        ("Repaet 3 {\n relu\n}", "unexpected `{`", "did you mean `repeat`?"),
        ("features {\n relu\n}", "unexpected `{`", "a label ends with a colon: `features: {`"),
        ("while a {\n relu\n}", "unexpected `{`", BODIES),
        ("conv 3: relu", "unexpected `:`", COLON),
        ("enc{i} conv 3", "unexpected `conv`", "a label ends with a colon: `enc{i}: conv 64`"),
        ("enc{}: conv 3", "unexpected `}`", "a value stands between the braces: `enc{i}`"),
        ("add enc{i", "`{` is never closed", "write the missing `}`"),
        ("enc{i: relu", "`{` is never closed", "write the missing `}`"),
        ("a: b: relu", "unexpected `b`", "a statement has one label"),
        ("a: let b = 3", "unexpected `let`", "`let` takes no label"),
        ("for i in x { relu", "unexpected end of line", ONE_LINE),
    ],
)  # fmt: skip
def test_mistakes_in_bodies(text: str, message: str, advice: str) -> None:
    lines = text.replace("block", " block")  # at the beginning of a line it would end the network
    assert said(lines) == (message, advice)


@pytest.mark.parametrize(
    ("text", "message", "advice"),
    [
        ("import blocks", "unexpected `blocks`", 'the file is named in double quotes: `import "blocks.cnn"`'),
        ("import 3", "unexpected `3`", 'the file is named in double quotes: `import "blocks.cnn"`'),
        ('import "a", "b"', "unexpected `,`", None),
        ("Block B {\n relu\n}", "unexpected `Block`", "did you mean `block`?"),
        ("repeat 3 {\n relu\n}", "unexpected `repeat`", "layers stand in the body of a network: `network Name { ... }`"),
        ("enc{i}: relu", "unexpected `enc`", "layers stand in the body of a network: `network Name { ... }`"),
        ("block {\n relu\n}", "unexpected `{`", None),
        ("block B(3) {\n relu\n}", "unexpected `3`", None),
        ("block B\n\nlet a = 3", "unexpected end of line", "the `{` stands on this line"),
    ],
)
def test_mistakes_outside_bodies(text: str, message: str, advice: str | None) -> None:
    assert said(text, at_top=True) == (message, advice)


@pytest.mark.parametrize(
    ("text", "corrected"),
    [
        ("if a {\n relu\n}\nelse {\n gelu\n}", "if a {\n relu\n} else {\n gelu\n}"),
        ("if a {\n relu\n}\n\n  else if b {\n gelu\n}", "if a {\n relu\n} else if b {\n gelu\n}"),
        ("if a {\n relu\n} elif b {\n gelu\n}", "if a {\n relu\n} else if b {\n gelu\n}"),
        ("if a {\n relu\n}\nelif b {\n gelu\n}", "if a {\n relu\n} else if b {\n gelu\n}"),
        ("residual {\n relu\n}\nshortcut {\n gelu\n}", "residual {\n relu\n} shortcut {\n gelu\n}"),
        ("repeat 3 as i\n{\n relu\n}", "repeat 3 as i {\n relu\n}"),
        ("if a { relu } else\n{\n gelu\n}", "if a { relu } else {\n gelu\n}"),
        ("x:\n{\n relu\n}", "x: {\n relu\n}"),
    ],
)
def test_what_stands_on_a_line_of_its_own_is_joined_by_a_safe_fix(text: str, corrected: str) -> None:
    before, after = (f"network N {{\n{lines}\nrelu\n}}\n" for lines in (text, corrected))
    document, (mistake,) = parse(Source("test.cnn", before))
    (fix,) = mistake.fixes
    (edit,) = fix.edits
    assert (mistake.code, fix.applicability) == ("E0109", "safe")
    assert before[: edit.span.start] + edit.content + before[edit.span.end :] == after
    assert (document, []) == parse(Source("test.cnn", after))  # so that nothing else is found because of it


@pytest.mark.parametrize(
    "text", ["if a {\n relu\n} # then\nelse {\n}", "if a {\n relu\n}\n# then\nelse {\n}", "if a # then\n{\n}"]
)
def test_no_fix_where_a_comment_is_in_the_way(text: str) -> None:
    (mistake,) = mistakes(f"network N {{\n{text}\n}}\n")
    assert (mistake.code, mistake.fixes) == ("E0109", ())


def test_a_label_called_else_is_no_branch() -> None:
    assert mistakes("network N {\n if a {\n  relu\n }\n else: relu\n shortcut: relu\n elif{i}: relu\n}\n") == []


def network(text: str) -> tuple[tree.Body, list[int]]:
    """Returns the statements of a network, and the lines with mistakes."""
    document, found = parse(Source("test.cnn", f"network N {{\n{text}\n}}\n"))
    (definition,) = document.definitions
    assert isinstance(definition, tree.NetworkDefinition)
    return definition.body, [mistake.span.begin.line for mistake in found]


def test_what_stands_before_a_mistake_on_its_line_is_kept() -> None:
    body, lines = network("a: { relu } relu\nif b {\n relu\n} -> 3 4\nfor c in d { relu } else { relu }")
    assert [type(statement) for statement in body] == [tree.Group, tree.Broken, tree.Broken, tree.For, tree.Broken]
    assert lines == [2, 5, 6]


def test_bodies_without_a_head_are_read_but_belong_to_nothing() -> None:
    body, lines = network(
        "repeat {\n relu 3 3\n if {\n  relu 3 3\n } else {\n  relu 3 3\n }\n relu\n} else {\n relu 3 3\n}\nrelu"
    )
    assert [type(statement) for statement in body] == [tree.Broken, tree.Broken, tree.Call]
    assert lines == [2, 3, 4, 5, 7, 11]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a: repeat {\n relu\n}", ["a"]),
        ("a: conv 3 3", ["a"]),
        ("for t, c in range(3):", ["t", "c"]),
        ("a: for c in range(3):", ["a", "c"]),
        ("let w = 3 3", ["w"]),
        ("a{i}: conv 3 3", [None]),
        ("a: add {\n relu\n} 3", ["a", None]),
        ("a: {\n relu\n", ["a", None]),
    ],
)
def test_names_that_broken_statements_introduce(text: str, names: list[str | None]) -> None:
    body, lines = network(text)
    assert lines
    found = [getattr(statement, "name", None) or getattr(statement, "label", None) for statement in body]
    assert [name and name.text for name in found] == names


def test_a_missing_brace_ends_at_the_next_definition() -> None:
    document, found = parse(Source("x", "network N {\n relu\n a: {\n  relu\nblock B {\n relu 3 3\n}\nnetwork M {\n relu\n}\n"))
    assert [(mistake.message, mistake.span.begin.line) for mistake in found] == [
        ("`{` is never closed", 3),
        ("unexpected `3`", 6),
    ]
    assert [type(definition) for definition in document.definitions] == [
        tree.NetworkDefinition,
        tree.BlockDefinition,
        tree.NetworkDefinition,
    ]


def test_what_is_never_closed_is_kept() -> None:
    document, found = parse(Source("x", "let w = 3\nnetwork N {\n input 3\n relu\n"))
    assert [mistake.message for mistake in found] == ["`{` is never closed"]
    constant, definition = document.definitions
    assert isinstance(constant, tree.Let)
    assert isinstance(definition, tree.NetworkDefinition)
    assert [type(statement) for statement in definition.body] == [tree.Input, tree.Call, tree.Broken]


@pytest.mark.parametrize(
    "text", ['{\n "a": 3,\n "b": [3,\n 4]\n}\n', "class A {\n int b;\n}\n", "def f(a):\n    return {a: 3}\n"]
)
def test_another_language_is_one_mistake(text: str) -> None:
    assert len(mistakes(text)) == 1
