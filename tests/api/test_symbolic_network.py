"""A network of sizes that are not known, in Python: formulas for integers, and which inputs it takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

import cnnspec

TEXT = """
network Net {
    input 3xHxW
    skip: conv 4, kernel=3, padding=1
    maxpool 4
    conv 4, kernel=3, padding=1
    upsample 4
    concat skip
}
"""


def test_shapes_are_formulas() -> None:
    net: Any = cnnspec.loads(TEXT)
    assert list(map(str, net.output)) == ["8", "4*floor(H/4)", "4*floor(W/4)"]
    assert str(net.input[1]) == "H"
    assert net.parameters == 112 + 148
    sizes = {"H": 32, "W": 48}
    given = cnnspec.loads(TEXT, input="3x32x48")
    assert net.macs.at(sizes) == given.macs
    for node, one in zip(net.nodes, given.nodes, strict=True):
        assert tuple(size if isinstance(size, int) else size.at(sizes) for size in node.output) == one.output
    with pytest.raises(ArithmeticError, match="floor"):
        assert net.output[1] > 32


def test_the_built_network_takes_any_valid_size() -> None:
    model = cnnspec.loads(TEXT).build()
    assert model(torch.zeros(1, 3, 8, 12)).shape == (1, 8, 8, 12)
    with pytest.raises(RuntimeError):
        model(torch.zeros(1, 3, 8, 13))


@pytest.mark.parametrize("given", [None, "3x64x64"])
def test_valid_inputs(given: str | None) -> None:
    valid = cnnspec.loads(TEXT, input=given).valid_inputs
    assert json.loads(json.dumps(valid)) == valid
    assert valid["text"] == "H divisible by 4, W divisible by 4"
    assert valid["exact"] is True
    assert valid["shapes"] == [[3, "H", "W"]]
    assert valid["smallest"] == {"H": 4, "W": 4}
    (alternative,) = valid["alternatives"]
    assert alternative["sizes"]["H"] == {"below": [], "start": 4, "period": 4, "residues": [0]}
