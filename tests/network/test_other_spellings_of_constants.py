"""Constants as Python writes them, which come as text from outside: the message says how the language writes them."""

from __future__ import annotations

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.source import Source

TEXT = "network N(on=true, size=3) {\n    input 1x8x8\n    conv 4, kernel=size, bias=on, in_channels=1\n}\n"


@pytest.mark.parametrize(
    ("given", "advised"),
    [
        ("on=True", "write `true`, in small letters and without quotes"),
        ("on=FALSE", "write `false`, in small letters and without quotes"),
        ('on="true"', "write `true`, without quotes"),
        ("on=maybe", None),
        ("size=None", None),
    ],
)
def test_they_are_advised_where_they_are_taken(given: str, advised: str | None) -> None:
    (found,) = check_source(Source("n.cnn", TEXT), Options(set=[given])).diagnostics
    assert found.code == "E0205"
    assert found.help == advised
