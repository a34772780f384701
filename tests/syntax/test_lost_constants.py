"""A constant that could not be read is one mistake, also where it is used; so is a run of lines that mean nothing."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source

NETWORK = "network N {\n    input 3x8x8\n    conv w, kernel=3\n    conv 2 * w, kernel=3\n}\n"
RIGHT = NETWORK.replace(" w,", " 4,")


def mistakes(text: str) -> list[Diagnostic]:
    return [found for found in check_source(Source("n.cnn", text)).diagnostics if found.is_error]


@pytest.mark.parametrize(
    "line",
    [
        "leq w = 3",
        "LET w = 3",
        "const w = 3",
        "var w = 3",
        "w = 3",
        "w := 3",
        "w: 3",
        "w <- 3",
        "let w 3",
        "let w: 3",
        "$w = 3",
    ],
)
def test_a_constant_that_is_not_read_is_one_mistake(line: str) -> None:
    assert [found.span.begin.line for found in mistakes(f"{line}\n{NETWORK}")] == [1]
    assert [found.span.begin.line for found in mistakes(NETWORK.replace("8x8\n", f"8x8\n    {line}\n"))] == [3]


def test_a_name_that_is_nowhere_is_still_a_mistake() -> None:
    assert [found.code for found in mistakes(f"$v = 3\n{NETWORK}")] == ["E0103", "E0206"]
    assert [found.code for found in mistakes(NETWORK.replace("8x8\n", "8x8\n    leq v = 3\n"))] == ["E0201", "E0206"]


@pytest.mark.parametrize("line", ["leq w = 3", "const w = 3"])
def test_the_word_for_a_constant_has_a_fix(line: str) -> None:
    for text in (f"{line}\n{NETWORK}", NETWORK.replace("8x8\n", f"8x8\n    {line}\n")):
        (found,) = mistakes(text)
        ((edit,),) = (fix.edits for fix in found.fixes)
        assert mistakes(text[: edit.span.start] + edit.content + text[edit.span.end :]) == []


@pytest.mark.parametrize(
    ("junk", "count"),
    [
        ("$ run\n% by me\n; 2020\n", 1),
        ("@author me\n// and others\n/* of\nus */\n", 1),
        ("this is a file\nof mine\n", 1),
        ("$$$\nblock B {\n    relu\n}\n$$$\n", 2),
    ],
)
def test_neighbouring_lines_that_mean_nothing_are_one_mistake(junk: str, count: int) -> None:
    assert len(mistakes(junk + RIGHT)) == count


def test_a_network_whose_name_stands_below_is_read() -> None:
    text = NETWORK.replace("w,", "4,").replace("network N", "network\nN").replace("* w", "* 4")
    (found,) = mistakes(text)
    ((edit,),) = (fix.edits for fix in found.fixes)
    assert mistakes(text[: edit.span.start] + edit.content + text[edit.span.end :]) == []


@pytest.mark.parametrize(
    "rows",
    [
        "        [[[0, 1], [2, 3]]],\n        [[[1, 2], [3, 4]]],\n    ]\n",
        "    let c = (\n        1 if true\n    )\n        else 2\n",
        "    conv 8,  # eight\n        3\n",
    ],
)
def test_the_rows_of_a_broken_statement_are_one_mistake(rows: str) -> None:
    assert len(mistakes(RIGHT.replace("8x8\n", f"8x8\n{rows}"))) == 1


def test_neighbouring_values_that_stand_alone_are_two() -> None:
    assert len(mistakes(RIGHT.replace("8x8\n", "8x8\n    v = 3\n    5\n"))) == 2


def test_a_body_without_its_head_is_one_mistake() -> None:
    body = "    input 3x8x8\n\n    let d = 2 * width\n    tail: conv d, kernel=3\n}\n"
    assert [found.span.begin.line for found in mistakes(body)] == [1]
    assert [found.code for found in mistakes(f"let d = 2 * width\n{NETWORK.replace(' w,', ' d,')}")] == ["E0206"]


def test_a_statement_that_slipped_out_of_its_body_is_missed_there() -> None:
    block = "    conv 8, kernel=3\nblock B {\n    relu\n}\n"
    net = "network N {\n    input 3x8x8\n    B    -> 8x6x6\n}\n"
    assert [found.code for found in mistakes(block + net)] == ["E0101"]
    assert [found.code for found in mistakes(block.partition("\n")[2] + net)] == ["E0313"]


def test_tokens_behind_a_lost_layer_are_no_image() -> None:
    lines = ["input 8x4x4", "flatten start_axis=1", "permute 1, 1    -> 16, 8", "linear 4    -> 16, 4", "linear 5"]
    text = "\n".join(["network N {", *lines, "}", ""])
    assert [found.code for found in mistakes(text)] == ["E0324"]
    assert [found.code for found in mistakes(text.replace("1, 1    -> 16, 8", "1, 0    -> 16, 9"))] == ["E0313"]
    image = "network N {\ninput 8x4x4\ncnov 8, kernel=1    -> 8x4x4\nlinear 4\n}\n"
    assert [found.code for found in mistakes(image)] == ["E0201", "E0304"]
