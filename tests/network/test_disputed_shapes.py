"""Behind a wrong `-> shape` the walk goes on with what the author has in mind: one mistake, one message."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source

REST = "    relu -> {0}x{1}x{1}\n    maxpool 2 -> {0}x{2}x{2}\n    flatten\n    linear 10, in_features={0}*{2}*{2}\n}}\n"


@pytest.mark.parametrize("side", [24, 28], ids=["the expectation is wrong", "the layer is wrong"])
def test_one_message(side: int) -> None:
    text = "network N {\n    input 1x28x28\n    conv 6, 5 -> 6x28x28\n" + REST.format(6, side, side // 2)
    diagnostics = check_source(Source("n.cnn", text)).diagnostics
    assert [(diagnostic.code, diagnostic.span.begin.line) for diagnostic in diagnostics] == [("E0313", 3)]


def test_a_second_mistake_is_still_found() -> None:
    text = "network N {\n    input 1x28x28\n    conv 6, 5 -> 6x28x28\n" + REST.format(6, 24, 11)
    codes = [diagnostic.code for diagnostic in check_source(Source("n.cnn", text)).diagnostics]
    assert codes == ["E0313", "E0313"]


def test_a_bare_none_is_the_word_where_an_argument_has_that_word() -> None:
    text = "network N {\n    input 3x8x8\n    gelu approximate=none\n}\n"
    assert check_source(Source("n.cnn", text)).ok
