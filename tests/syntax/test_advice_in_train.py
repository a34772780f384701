"""What is said of `epochs=3` in `train`, as it would be written in Python."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.source import Source

NET = "network N {\n    input 1x8x8\n    flatten\n    linear 10\n}\n"


def helps(text: str) -> list[str | None]:
    return [item.help for item in check_source(Source("net.cnn", text)).diagnostics]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("epochs=3", "epochs 3"),
        ("epochs = 3  # times", "epochs 3"),
        ("optimizer=adam, lr=0.1", "optimizer adam, lr=0.1"),
    ],
)
def test_settings_have_no_sign_behind_them(line: str, meant: str) -> None:
    assert helps(f"{NET}train {{\n    data digits\n    {line}\n}}\n") == [
        f"a setting stands before its value, without `=`: `{meant}`"
    ]
    assert helps(f"{NET}train {{\n    data digits\n    {meant}\n}}\n") == []


def test_in_a_network_it_is_a_constant() -> None:
    text = f"train {{\n    data digits\n}}\n{NET.replace('flatten', 'width = 3')}"
    assert "a constant is introduced by `let`: `let width = ...`" in helps(text)
