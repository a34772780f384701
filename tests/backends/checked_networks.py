"""Networks from text, for the tests of the backends."""

from __future__ import annotations

from pathlib import Path

from cnnspec.compiler import check_source
from cnnspec.layers.base import Layer
from cnnspec.layers.registry import all_kinds
from cnnspec.network.network import Network
from cnnspec.source import Source

SPECS = Path(__file__).parents[2] / "specs"
GOLDEN = Path(__file__).parents[1] / "golden"
INPUTS = ("16", "400", "12x16", "8x12x12", "64x4x4", "8x9x9x9")


def network(text: str, name: str = "net.cnn") -> Network:
    """Returns the last network of a text, which must have no mistake."""
    result = check_source(Source(name, text))
    assert result.ok, [diagnostic.message for diagnostic in result.diagnostics]
    return result.networks[-1]


def chain(shape: str, *lines: str) -> Network:
    """Returns a network of these lines."""
    return network("\n".join(["network Chain {", f"input {shape}", *lines, "}"]))


def lenet() -> Network:
    return recorded("lenet")


def recorded(name: str) -> Network:
    """Returns the network of which tests/golden holds source and summaries."""
    folder = SPECS if name == "lenet" else GOLDEN
    return network((folder / f"{name}.cnn").read_text(encoding="utf-8"), f"{name}.cnn")


def example_chains(kind: type[Layer]) -> list[Network]:
    """Returns a network of one layer for each example of a kind and each input that takes it."""
    found: list[Network] = []
    for example in kind.examples:
        for shape in INPUTS:
            result = check_source(Source("net.cnn", f"network Chain {{\n input {shape}\n layer: {example}\n}}\n"))
            found += result.networks if result.ok else ()
    return found


KINDS = all_kinds()
