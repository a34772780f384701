"""A brace that is lost, or one too many, is one mistake where it is; what stands around it is read as it is meant."""

from __future__ import annotations

import pytest

from cnnspec.source import Source
from cnnspec.syntax.parse import parse

TEXT = """block Wide(channels) {
    if in.channels != channels { conv channels, kernel=1 }
    residual {
        conv channels, kernel=3, padding=1
    } shortcut {
        identity
    }
}

network N(depth=2) {
    input 3x8x8
    features: {
        repeat depth as i {
            conv{i + 1}: conv 4, kernel=3
        }
    }                       -> 4x4x4
    concat {
        { }
        {
            relu
        }
    }
    linear 3
}

train {
    epochs 3
}
"""
LOST = [  # (line, what is written, what is left of it, the line at fault, which may be that of the brace without a partner)
    (1, "block Wide(channels) {", "block Wide(channels)", 1),
    (2, "{ conv channels, kernel=1 }", "conv channels, kernel=1 }", 2),
    (2, "{ conv channels, kernel=1 }", "{ conv channels, kernel=1", 2),
    (3, "residual {", "residual", 3),
    (5, "} shortcut {", "shortcut {", 3),
    (5, "} shortcut {", "} shortcut", 5),
    (5, "} shortcut {", "} shrotcut {", 5),
    (7, "    }", "", 5),
    (8, "}", "", 1),
    (10, "network", "netwrok", 10),
    (10, "network N(depth=2) {", "network N(depth=2)", 10),
    (12, "features: {", "features:", 12),
    (13, "repeat depth as i {", "repeat depth as i", 13),
    (13, "        repeat depth as i {", "", 15),
    (14, "{i + 1}", "i + 1}", 14),
    (14, "conv{i + 1}", "conv{i + 1", 14),
    (15, "        }", "", 13),
    (16, "}  ", "   ", 12),
    (16, "    }                       -> 4x4x4", "", 12),
    (17, "concat {", "concat", 17),
    (18, "{ }", "{", 18),
    (18, "{ }", "}", 18),
    (19, "        {", "", 21),
    (21, "        }", "", 19),
    (22, "    }", "", 17),
    (23, "linear 3", "linear 3}", 23),
    (24, "}", "", 10),
    (26, "train {", "train", 26),
    (26, "train {", "tarin {", 26),
    (28, "}", "", 26),
]


def lines(text: str) -> list[int]:
    """Returns the lines of the mistakes of notation in a text."""
    return sorted(found.span.begin.line for found in parse(Source("lost.cnn", text))[1])


def changed(number: int, written: str, left: str) -> str:
    texts = TEXT.split("\n")
    assert texts[number - 1].count(written) == 1
    texts[number - 1] = texts[number - 1].replace(written, left)
    return "\n".join(texts)


@pytest.mark.parametrize(("number", "written", "left", "at_fault"), LOST)
def test_a_lost_brace_is_one_mistake(number: int, written: str, left: str, at_fault: int) -> None:
    assert lines(TEXT) == []
    assert lines(changed(number, written, left)) == [at_fault]


@pytest.mark.parametrize(("number", "written", "left", "at_fault"), LOST)
@pytest.mark.parametrize("other", [4, 11, 23, 27])
def test_other_mistakes_are_still_found(number: int, written: str, left: str, at_fault: int, other: int) -> None:
    if other == number:
        return
    texts = changed(number, written, left).split("\n")
    texts[other - 1] += ", 3 4"
    assert lines("\n".join(texts)) == sorted([at_fault, other])


def test_indentation_means_nothing_where_braces_match() -> None:
    crooked = "\n".join(" " * (number * 7 % 5) + line.strip() for number, line in enumerate(TEXT.split("\n")))
    assert lines(crooked) == []
    assert parse(Source("a.cnn", crooked))[0] == parse(Source("b.cnn", TEXT))[0]


def test_a_bracket_that_is_never_closed_ends_where_a_definition_begins() -> None:
    assert lines("let sizes = [1,\n    2,\n" + TEXT.replace("linear 3", "linear 3 3")) == [1, 25]
    assert lines("let sizes = [1,\ntrain if 1 > 2 else block,\n]\n" + TEXT) == []
