"""Names of blocks and networks, which begin with a capital letter; many scripts have none."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source

BLOCK = "block {name} {{\n    relu\n}}\nnetwork Net {{\n    input 3\n    {name}\n}}\n"
NETWORK = "network {name} {{\n    input 3\n    relu\n}}\n"


@pytest.mark.parametrize(
    ("text", "name", "advised"),
    [
        (NETWORK, "small", "Small"),
        (NETWORK, "épais", "Épais"),
        (NETWORK, "网络", "N网络"),
        (BLOCK, "ブロック", "Bブロック"),
        (BLOCK, "_part", "Part"),
    ],
)
def test_what_is_advised_is_a_name(text: str, name: str, advised: str) -> None:
    first = check_source(Source("n.cnn", text.format(name=name))).diagnostics[0]
    assert (first.code, first.help) == ("E0211", f"write `{advised}`")
    assert check_source(Source("n.cnn", text.format(name=advised))).ok


def test_a_name_of_marks_only_gets_no_advice() -> None:
    (found,) = check_source(Source("n.cnn", NETWORK.format(name="__"))).diagnostics
    assert (found.code, found.help) == ("E0211", None)
