"""The source of every network in specs/ computes what the built model computes, bit for bit, on inputs of modest size."""

from __future__ import annotations

from pathlib import Path

import pytest
from checked_networks import SPECS
from generated_source import assert_equals_built

import cnnspec
from cnnspec.backends.torch_source import generate
from cnnspec.compiler import Options, check_source
from cnnspec.network.network import Network
from cnnspec.source import Source

NAMES = [(file, net.name) for file in sorted(SPECS.glob("*.cnn")) for net in cnnspec.check(file).networks]
SIDE = 64
MOST_MACS = 6_000_000_000  # what a test can wait for; nothing smaller is a valid input of the others


def modest(file: Path, name: str) -> Network:
    """Returns a network for images of 64x64 where it takes them, otherwise for the input that it declares."""
    source = Source(str(file), file.read_text(encoding="utf-8"))
    declared = next(net for net in check_source(source, Options(network=name)).networks if net.name == name)
    if len(declared.inputs) > 1 or declared.input.rank != 3 or declared.input.sizes[1] < SIDE:
        return declared
    size = f"{declared.input.channels}x{SIDE}x{SIDE}"
    result = check_source(source, Options(network=name, input=size))
    return result.networks[-1] if result.ok else declared


@pytest.mark.parametrize(("file", "name"), NAMES, ids=[f"{file.stem}:{name}" for file, name in NAMES])
def test_generated_source_is_the_built_model(file: Path, name: str) -> None:
    net = modest(file, name)
    if net.macs > MOST_MACS:
        pytest.skip("too much to compute; its shapes are compared without")
    assert_equals_built(generate(net), net)


def test_most_networks_are_compared() -> None:
    compared = [modest(file, name).macs <= MOST_MACS for file, name in NAMES]
    assert sum(compared) >= len(compared) - 1
