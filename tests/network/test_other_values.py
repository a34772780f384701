"""Other values of an argument that is refused are only tried where the argument takes such values."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.layers.registry import lookup
from cnnspec.network.remedies.other_values import accepts
from cnnspec.source import Source
from cnnspec.values.shapes import Shape


@pytest.mark.parametrize("line", ["permute 0, 0, 0", "permute (1, 1, 1)", "reshape 5, 5, 5", "unflatten 0, (2, 2)"])
def test_what_takes_no_single_number_is_refused_in_words(line: str) -> None:
    result = check_source(Source("n.cnn", f"network N {{\n    input 3x8x8\n    {line}\n    flatten\n}}\n"))
    assert [found.span.begin.line for found in result.diagnostics] == [3]


def test_a_value_of_the_wrong_kind_is_not_accepted() -> None:
    found = lookup("permute")
    assert found is not None
    layer = found.kind(axes=(0, 0, 0))
    assert accepts(layer, Shape((3, 8, 8)), {"axes": (2, 0, 1)})
    assert not accepts(layer, Shape((3, 8, 8)), {"axes": 0})
