"""Summaries of networks that branch, reuse layers, and have several ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from graph_networks import Graph

from cnnspec.backends.numbers import ends
from cnnspec.backends.summary import render
from cnnspec.backends.summary_rows import summarise
from cnnspec.network.network import BlockCall, Network


def residual() -> Network:
    """Returns a stem, two blocks of two convolutions with a shortcut, and a head."""
    graph = Graph((3, 16, 16))
    value = graph.layer(0, "conv", "stem", out_channels=4, kernel=3, padding=1)
    for number in range(2):
        path = f"body.{number}"
        main = graph.layer(value, "conv", f"{path}.conv1", out_channels=4, kernel=3, padding=1, frozen=number == 1)
        main = graph.layer(graph.layer(main, "relu", f"{path}.1"), "conv", f"{path}.conv2", out_channels=4, kernel=1)
        value = graph.merge("add", value, main, level=("body", str(number)))
    value = graph.layer(graph.layer(value, "flatten", "2"), "linear", "head", out_features=5)
    return graph.network(value, blocks={("body", "0"): BlockCall("Basic", ()), ("body", "1"): BlockCall("Basic", ())})


def siamese() -> Network:
    """Returns two inputs through the same layers, joined; and two outputs."""
    graph = Graph((1, 8, 8), (1, 8, 8), names=("left", "right"))
    ends = []
    for side in (0, 1):
        if side == 0:
            first = graph.layer(side, "conv", "enc.0", out_channels=2, kernel=3)
            second = graph.layer(first, "relu", "enc.1")
        else:
            again = graph.again(side, first)
            second = graph.again(again, second)
        ends.append(second)
    both = graph.layer(graph.merge("concat", *ends, label="both"), "flatten", "2")
    return graph.network(
        graph.layer(both, "linear", "a", out_features=10), graph.layer(both, "linear", "b", out_features=5), name="Twins"
    )


def document(network: Network, **options: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(network, "json", **options))
    return found


def test_merges_have_rows_in_tables() -> None:
    lines = [line.split("  ") for line in render(residual()).splitlines()]
    rows = {cells[0]: [cell.strip() for cell in cells[1:] if cell.strip()] for cells in lines}
    assert rows["body.0.add"] == ["add 2 values", "4x16x16", "5x5", "-", "-"]
    markdown = render(residual(), "markdown")
    assert "| body.1.add   | `add 2 values` " in markdown


def test_merges_are_no_layers() -> None:
    net = residual()
    found = document(net)
    assert [layer["name"] for layer in found["layers"]] == [node.name for node in net.layers]
    assert summarise(net).layers == 9
    # the input, what `body` was given, and in its second block: what that was given, and what a layer takes and gives
    assert found["activation_memory"] == 4 * (768 + 1024 + 1024 + 2 * 1024)


def test_folding_keeps_the_sums_and_names_the_blocks() -> None:
    net = residual()
    for depth in (1, 2, 3):
        layers = document(net, depth=depth)["layers"]
        assert sum(layer["parameters"] for layer in layers) == net.parameters
        assert sum(layer["macs"] for layer in layers) == net.macs
    by_block = document(net, depth=2)["layers"]
    assert [(row["name"], row["layer"]) for row in by_block[1:3]] == [
        ("body.0", "Basic, 3 layers"),
        ("body.1", "Basic, 3 layers"),
    ]
    assert [row["layer"] for row in document(net, depth=1)["layers"]][1] == "6 layers"
    assert by_block[2]["output"] == [4, 16, 16]
    assert by_block[2]["receptive_field"] == [7, 7]
    assert document(net, depth=2)["frozen_parameters"] == 4 * 4 * 9 + 4


def test_reused_layers_cost_again_and_count_once() -> None:
    net = siamese()
    assert net.parameters == 20 + (144 * 10 + 10) + (144 * 5 + 5)
    found = document(net)
    names = [(layer["name"], layer["parameters"], layer["macs"], layer.get("reused", False)) for layer in found["layers"]]
    assert names[:4] == [("enc.0", 20, 648, False), ("enc.1", 0, 0, False), ("enc.0", 0, 648, True), ("enc.1", 0, 0, True)]
    assert summarise(net).layers == 5
    assert "conv 2, 3 (reused)" in render(net)
    assert "`conv 2, 3` (reused)" in render(net, "markdown")


def test_folded_reuse_is_a_row_of_its_own() -> None:
    rows = summarise(siamese(), depth=1).rows
    assert [(row.name, row.layer, row.reused) for row in rows[:3]] == [
        ("enc", "2 layers", False),
        ("enc", "2 layers", True),
        ("both", "concat 2 + 2", False),
    ]


def test_layers_used_twice_in_a_row_have_two_rows() -> None:
    graph = Graph((4,))
    first = graph.layer(0, "relu", "act")
    graph.again(graph.again(first, first), first, application=2)
    assert [row.reused for row in summarise(graph.network()).rows] == [False, True, True]
    assert len(summarise(graph.network()).rows) == 3


def test_several_ends() -> None:
    net = siamese()
    assert ends(net) == "left 1x8x8, right 1x8x8 -> 10, 5"
    assert render(net).startswith("Twins: left 1x8x8, right 1x8x8 -> 10, 5")
    assert render(net, batch=2).startswith("Twins: left 2x1x8x8, right 2x1x8x8 -> 2x10, 2x5")
    assert render(net, "markdown").startswith("### Twins: left 1x8x8, right 1x8x8 -> 10, 5\n")
    found = document(net)
    assert (found["input"], found["output"]) == ([[1, 8, 8], [1, 8, 8]], [[10], [5]])
    one = document(residual())
    assert (one["input"], one["output"]) == ([3, 16, 16], [5])
    assert ends(residual()) == "3x16x16 -> 5"


@pytest.mark.parametrize("depth", [None, 1, 2])
def test_tables_stay_aligned(depth: int | None) -> None:
    for net in (residual(), siamese()):
        table = render(net, depth=depth).split("\n\n")[1].splitlines()
        assert {len(line) for line in table[1:]} == {len(table[1])}
