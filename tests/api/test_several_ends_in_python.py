"""Networks of several inputs and outputs, merges, and limits in the Python interface."""

from __future__ import annotations

import pytest

import cnnspec

TWINS = """network Twins {
    left: input 1x8x8
    right: input 1x8x8
    from left
    encoder: conv 2, kernel=3
    from right
    reuse encoder
    joined: concat encoder, in
    from joined
    flatten
    head: linear 3
    output joined, head
}
"""


def test_shapes() -> None:
    net = cnnspec.loads(TWINS)
    assert net.input == ((1, 8, 8), (1, 8, 8))
    assert net.output == ((4, 6, 6), (3,))
    assert repr(net).startswith("<cnnspec.Network Twins: left 1x8x8, right 1x8x8 -> 4x6x6, 3, ")


def test_nodes_are_layers() -> None:
    nodes = cnnspec.loads(TWINS).nodes
    assert [(node.name, node.kind, node.parameters, node.macs) for node in nodes[:2]] == [
        ("encoder", "conv", 20, 648),
        ("encoder", "conv", 0, 648),
    ]
    assert [node.kind for node in nodes] == ["conv", "conv", "flatten", "linear"]
    assert cnnspec.loads(TWINS).parameters == 20 + 3 * 144 + 3


@pytest.mark.parametrize("given", [{"left": "1x9x9", "right": (1, 9, 9)}, {"right": [1, 9, 9], "left": "1x9x9"}])
def test_inputs_by_name(given: dict[str, object]) -> None:
    assert cnnspec.loads(TWINS, input=given).input == ((1, 9, 9), (1, 9, 9))  # type: ignore[arg-type]


def test_inputs_that_are_none() -> None:
    with pytest.raises(cnnspec.UsageError, match=r"has no input `up` \(it has: left, right\)"):
        cnnspec.loads(TWINS, input={"up": "1x9x9"})
    with pytest.raises(TypeError, match="input takes a shape such as '3x64x64'"):
        cnnspec.loads(TWINS, input={"left": 3})  # type: ignore[dict-item]
    with pytest.raises(cnnspec.UsageError, match=r'input=\{"left": "3xx"\}: write a shape'):
        cnnspec.loads(TWINS, input={"left": "3xx"})


def test_limits() -> None:
    text = "network N {\n input 4\n repeat 100 {\n linear 4\n }\n}"
    assert len(cnnspec.loads(text).nodes) == 100
    with pytest.raises(cnnspec.SpecError, match="99"):
        cnnspec.loads(text, max_layers=99)


def test_files_that_are_only_imported() -> None:
    with pytest.raises(cnnspec.SpecError, match="there is no network in this file"):
        cnnspec.loads("block Head {\n    flatten\n}\n")
