"""The canonical layout of `.cnn` text; that it reads back as the same tree is a property test of its own."""

from __future__ import annotations

import pytest

from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse, parse_expression
from cnnspec.syntax.print import print_document, print_expression


def printed(text: str) -> str:
    """Returns the canonical text for a text without mistakes."""
    document, mistakes = parse(Source("test.cnn", text))
    assert not mistakes
    return print_document(document)


def printed_expression(text: str) -> str:
    node, mistakes = parse_expression(Source("test", text), 0, len(text))
    assert not mistakes
    assert node is not None
    return print_expression(node)


def test_definitions_are_apart_and_constants_together() -> None:
    constants, imports = "let a=1\nlet b = [ 1,2, ]\n", 'import "x.cnn"\nimport "y.cnn"\n'
    definitions = "block B(){ }\nnetwork N(a,b=2,){\n  input 3\n}\ntrain {\n epochs 3\n}"
    assert printed(constants + imports + definitions) == (
        'let a = 1\nlet b = [1, 2]\n\nimport "x.cnn"\nimport "y.cnn"\n\nblock B { }\n\n'
        "network N(a, b=2) {\n    input 3\n}\n\ntrain {\n    epochs 3\n}\n"
    )


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("if a {\n relu\n }", "if a { relu }"),
        (
            "if a {\n relu\n } else if b { tanh\n } else {\n }".replace("tanh\n", "tanh"),
            "if a { relu } else if b { tanh } else { }",
        ),
        ("if a {\n relu\n gelu\n } else {\n tanh\n }", "if a {\n    relu\n    gelu\n} else {\n    tanh\n}"),
        ("if a {\n relu\n gelu\n } else {\n }", "if a {\n    relu\n    gelu\n} else { }"),
        ("if a { } else {\n relu\n gelu\n }", "if a { } else {\n    relu\n    gelu\n}"),
        ("add {\n { }\n relu\n }", "add {\n    { }\n    relu\n}"),
        ("repeat 3 { if a { relu } }", "repeat 3 {\n    if a { relu }\n}"),
        ("a: { conv 3 } -> 3x3", "a: { conv 3 } -> 3x3"),
        ("{\n relu\n gelu\n }", "{\n    relu\n    gelu\n}"),
        (
            "enc{ i }_x: for a , b in [ (1,2) ] as i{\n conv a,kernel=b\n }",
            "enc{i}_x: for a, b in [(1, 2)] as i { conv a, kernel=b }",
        ),
        (f"if {'a' * 80} {{ {'b' * 12} }}", f"if {'a' * 80} {{ {'b' * 12} }}".replace("{ b", "{\n    b").replace(" }", "\n}")),
        (f"if {'a' * 70} {{ {'b' * 12} }}", f"if {'a' * 70} {{ {'b' * 12} }}"),
        ("residual { conv 3 } shortcut { }", "residual { conv 3 } shortcut { }"),
        ("require parameters<=5_000_000,macs<=300e6", "require parameters <= 5_000_000, macs <= 300e6"),
        ("concat in , enc{4-i}", "concat in, enc{4 - i}"),
    ],
)
def test_statements(text: str, layout: str) -> None:
    lines = "".join(f"    {line}\n" for line in layout.splitlines())
    assert printed(f"network N {{\n{text}\n}}\n") == f"network N {{\n{lines}}}\n"


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("((a+b))*c", "(a + b) * c"),
        ("a+(b*c)", "a + b * c"),
        ("a-(b-c)", "a - (b - c)"),
        ("(-2)**2", "(-2) ** 2"),
        ("-(2**2)", "-2 ** 2"),
        ("2**(3**2)", "2 ** 3 ** 2"),
        ("(2**3)**2", "(2 ** 3) ** 2"),
        ("2**-1", "2 ** -1"),
        ("not (a and b)", "not (a and b)"),
        ("not (a == b)", "not a == b"),
        ("(a<b)<c", "(a < b) < c"),
        ("(a if b else c) if d else e", "(a if b else c) if d else e"),
        ("a if b else (c if d else e)", "a if b else c if d else e"),
        ("(1 , )", "(1,)"),
        ("(-x).channels", "(-x).channels"),
        ("(3).channels", "(3).channels"),
        ('"\\u00e9\\n"', '"\\u00e9\\n"'),
        ('"\\u00e9"', '"é"'),
        ("5_000", "5_000"),
        ("007", "7"),
        ("- 5_000", "-5000"),
        (".5", ".5"),
        ("1e-6", "1e-6"),
    ],
)
def test_expressions(text: str, layout: str) -> None:
    assert printed_expression(text) == layout


def test_a_number_without_a_text_of_its_own_is_written_anyhow() -> None:
    elsewhere = parse_expression(Source("x", "1__0"), 0, 1)[0]
    assert elsewhere is not None
    assert [print_expression(tree.Literal(value, elsewhere.span)) for value in (1e-6, 5_000_000, 10)] == [
        "1e-06",
        "5000000",
        "10",
    ]


def test_what_could_not_be_read_is_not_printed() -> None:
    document, mistakes = parse(Source("x", "network N {\n conv 3 3\n}\n"))
    assert mistakes
    with pytest.raises(ValueError, match="could not be read"):
        print_document(document)
