"""Networks without end: refused at once, by what is known before loops are unrolled, or by counting what adds no layer."""

from __future__ import annotations

import time

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source

UNIT = "block Unit(channels) {\n    conv channels, kernel=3\n}\n"


def found(text: str, max_layers: int = 250_000) -> list[Diagnostic]:
    return list(check_source(Source("n.cnn", text), Options(max_layers=max_layers)).diagnostics)


def network(body: str, before: str = "") -> str:
    return f"{before}network N {{\n    input 3x32x32\n    {body}\n    relu\n}}\n"


@pytest.mark.parametrize(
    "body",
    [
        "repeat 1_000_000_000 { relu }",
        "repeat 1_000_000_000 { }",
        "repeat 1_000_000_000 { let a = 3 }",
        "repeat 10 ** 9 as i { x{i}: relu }",
        "repeat 100_000 { repeat 100_000 { relu } }",
        "repeat 1000 { repeat 1000 { repeat 1000 { Unit 8 } } }",
        "for i in range(100_000) { for j in range(100_000) { relu } }",
        "repeat 1_000_000_000 { if in.channels == 3 { relu } }",
        "repeat in.channels * 10 ** 9 { relu }",
        "repeat in.channels * 10 ** 9 { }",
        "add { repeat 1_000_000_000 { relu } }",
        "residual { repeat 1_000_000_000 { relu } }",
        "deep: repeat 1_000_000_000 { inner: { relu } }",
    ],
)
def test_a_network_without_end_is_refused_at_once(body: str) -> None:
    """The limit is known before the loop runs: it takes less than a second, not the age of the universe."""
    before = time.perf_counter()
    diagnostics = found(network(body, UNIT))
    assert time.perf_counter() - before < 1
    assert [diagnostic.code for diagnostic in diagnostics] == ["E0221"]


def test_rounds_that_do_nothing_are_counted_where_nobody_knows_how_many_there_will_be() -> None:
    body = "repeat 10 { repeat 10 * in.channels { repeat in.width * 10 ** 6 { let a = 3 } } }"
    (diagnostic,) = found(network(body), max_layers=1000)
    assert diagnostic.message == "this makes at least 1,001 layers; the limit is 1,000"


def test_blocks_that_do_nothing_too_often_are_refused() -> None:
    """A block is elaborated once for each combination of arguments, of which there may be many without a single layer."""
    blocks = [f"block B{i}(n) {{\n    B{i + 1} 2 * n\n    B{i + 1} 2 * n + 1\n}}\n" for i in range(40)]
    last = "block B40(n) {\n    let m = n\n}\n"
    (diagnostic,) = found(network("B0 1", "".join(blocks) + last), max_layers=1000)
    assert diagnostic.code == "E0221"


def test_the_limit_can_be_moved() -> None:
    text = network("repeat 19 { relu }")
    assert found(text) == []
    (diagnostic,) = found(text, max_layers=18)
    assert diagnostic.message == "this makes at least 19 layers; the limit is 18"
    (diagnostic,) = found(text, max_layers=19)
    assert (diagnostic.message, diagnostic.span.begin.line) == ("this makes at least 20 layers; the limit is 19", 4)
    assert found(text, max_layers=20) == []
