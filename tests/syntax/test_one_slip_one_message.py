"""One mistake is one message with what to write; where a safe fix says that, its text is read without mistakes."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source
from cnnspec.syntax.parse import parse

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.cnn"))
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|\w+|->|[^\w\s]')


def only(text: str) -> Diagnostic:
    (mistake,) = parse(Source("slip.cnn", text))[1]
    return mistake


def fixed(text: str) -> str:
    """Returns a text after the safe fix of its only mistake."""
    (fix,) = only(text).fixes
    assert fix.applicability == "safe"
    for edit in reversed(fix.edits):
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    return text


def network(line: str) -> str:
    return f"network N {{\n    input 3x8x8\n    {line}\n    relu\n}}\n"


@pytest.mark.parametrize(
    ("line", "corrected"),
    [
        ("conv 8， kernel=3", "conv 8, kernel=3"),
        ("conv 8, kernel=（3, 3)", "conv 8, kernel=(3, 3)"),
        ("conv 8, padding=“same”", 'conv 8, padding="same"'),
        ("conv 8, padding='same'", 'conv 8, padding="same"'),
        ("conv 8, kernel=3×3", "conv 8, kernel=3x3"),
        ("conv 8, padding=−1", "conv 8, padding=-1"),
        ("relu → 3x8x8", "relu -> 3x8x8"),
        ("conv\u00a08", "conv 8"),
        ("re\u200blu", "relu"),
        ("if a && b { relu }", "if a and b { relu }"),
        ("if !a { relu }", "if not a { relu }"),
        ("conv 8, kernel=\n        3", "conv 8, kernel= 3"),
        ("conv 8,\n  kernel=3,\n  padding=1", "conv 8, kernel=3, padding=1"),
        ("relu ->\n 3x8x8", "relu -> 3x8x8"),
        ("add { relu\n        gelu\n    }", "add {\n        relu\n        gelu\n    }"),
        ("x: repeat 3 { a: conv 3\n        gelu\n    }", "x: repeat 3 {\n        a: conv 3\n        gelu\n    }"),
    ],
)
def test_a_slip_has_a_safe_fix(line: str, corrected: str) -> None:
    assert fixed(network(line)) == network(corrected)
    assert parse(Source("fixed.cnn", network(corrected)))[1] == []


@pytest.mark.parametrize(
    ("text", "span", "advice"),
    [
        (network("}"), "}", "this `}` closes nothing: delete it, or write the line that opens its body"),
        (network("relu") + "}\n", "}", "this `}` closes nothing: delete it, or write the line that opens its body"),
        (network("// no"), "//", "a comment begins with `#`"),
        ("// no\n" + network("relu"), "//", "a comment begins with `#`"),
        (network("add a, axis=1"), "axis", "values are merged along the channels, whatever their number"),
        (network("{ {\n relu\n }"), "{", "write the missing `}`"),
        (network("conv 8, kernel=(3 }, 3)"), "}", ""),
        (network("conv 8, kernel=[3 {, 3]"), "{", ""),
        (network("linear { 6"), "{", ""),
        ("network N:\n    input 3\n    relu\n\n    relu\n", ":", "a body stands in braces, without a colon"),
        ("class Net(Module):\n    def f(self):\n        return 3\n", "class", "layers stand in the body of a network"),
        (network("conv 8,  # eight\n        3"), "\n", ""),
    ],
)
def test_a_slip_is_one_mistake(text: str, span: str, advice: str) -> None:
    mistakes = parse(Source("slip.cnn", text))[1]
    assert mistakes[0].span.text == span
    assert (mistakes[0].help or "").startswith(advice)
    assert len(mistakes) == 1


def test_a_body_beside_its_brace_is_read_whole() -> None:
    beside, below = (parse(Source("a", f"network N {{{gap}input 3x8x8\n    relu\n}}\n")) for gap in (" ", "\n    "))
    assert (beside[0], len(beside[1]), below[1]) == (below[0], 1, [])


def mutations(text: str, choices: random.Random) -> str:
    """Returns a text with one token lost, repeated, exchanged for another of the text, or with a brace too many."""
    found = [match for match in TOKEN.finditer(text) if not match[0].startswith("#")]
    place, other = choices.choice(found), choices.choice(found)[0]
    into = choices.choice(["", f"{place[0]} {place[0]}", other, f"{{ {place[0]}", f"}} {place[0]}"])
    return text[: place.start()] + into + text[place.end() :]


def test_most_mutations_of_specs_are_one_mistake() -> None:
    choices = random.Random(20)
    texts = [path.read_text(encoding="utf-8") for path in SPECS]
    counts = [len(parse(Source("m.cnn", mutations(choices.choice(texts), choices)))[1]) for _ in range(600)]
    broken = [count for count in counts if count]
    assert len(broken) > 300
    assert sum(count == 1 for count in broken) > 0.93 * len(broken)
    assert max(broken) < 8


def test_ten_mistakes_far_from_each_other_are_ten() -> None:
    lines = [
        "conv 3 3",
        "conv(3)",
        "relu;",
        "add",
        "repeat {\n relu\n}",
        "x = 3",
        "conv 3x",
        'conv "3',
        "relu ->",
        "if !a { relu }",
    ]
    text = "".join(network(line) for line in lines)
    found = parse(Source("ten.cnn", text))[1]
    assert len(found) == len(lines)
