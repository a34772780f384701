"""Networks of sizes that are not known, in tables, JSON, budgets, comparisons and written shapes."""

from __future__ import annotations

import json

import pytest

from cnnspec.backends.canonical import canonical, with_shapes
from cnnspec.backends.comparison import render_comparison
from cnnspec.backends.summary import PLAIN, render
from cnnspec.backends.summary_columns import COLUMNS
from cnnspec.compiler import Options, check_source
from cnnspec.network.analyses.analysis import receptive_fields
from cnnspec.network.budgets import receptive_field
from cnnspec.network.network import Network
from cnnspec.source import Source

GATED = """
network Gated {
    input 3xHxW
    x: conv 4, kernel=3, stride=4
    gate: {
        global_avgpool
        conv 4, kernel=1
    }
    from x
    multiply gate
    upsample 4
}
"""
RESIZED = """
network Resized {
    input 3xHxW
    conv 4, kernel=3
    upsample size=14
    conv 4, kernel=3
}
"""
POOLED = """
network Pooled {
    input 3xHxW
    conv 4, kernel=3, stride=2
    relu
    global_avgpool
    flatten
    linear 2
}
"""
REPEATED = """
block Twice(c) {
    conv c, kernel=3, padding=1
    relu
}

network Repeated {
    input 3xHxW
    repeat 2 {
        Twice 4
    }
}
"""
SCALED = "network Scaled {\n    input 3xHxW\n    upsample 0.3\n    global_avgpool\n}\n"


def network(text: str) -> Network:
    result = check_source(Source("net.cnn", text))
    assert result.ok, [diagnostic.message for diagnostic in result.diagnostics]
    return result.last


@pytest.mark.parametrize("text", [GATED, RESIZED, POOLED, REPEATED, SCALED])
@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_every_form_and_order_of_a_summary(text: str, form: str) -> None:
    net = network(text)
    for sort in (None, *COLUMNS):
        shown = render(net, form, None, 8, "float32", PLAIN._replace(columns=("all",), sort=sort))
        assert net.name in shown
        if form == "json":
            assert {layer["name"] for layer in json.loads(shown)["layers"]} == {node.name for node in net.layers}


def test_no_field_where_it_has_no_formula() -> None:
    assert [field.size for field in receptive_fields(network(RESIZED))] == [(3, 3), (), ()]


def test_of_symbolic_fields_the_one_that_is_smallest_in_the_end() -> None:
    text = "network Halves {\n    input 3xHxH\n    conv 2, kernel=1\n    adaptive_avgpool (1, 2)\n}\n"
    (_, halves) = receptive_fields(network(text))
    assert receptive_field(network(text)) == halves.size[1] != halves.size[0]


def test_a_network_is_compared_with_itself() -> None:
    net = network(POOLED)
    document = json.loads(render_comparison(("a", net), ("b", net), "json"))
    assert str(document).count("floor((H-1)/2)") > 1


@pytest.mark.parametrize(
    ("budget", "facts"),
    [
        ("activation_memory <= 10", ("12*H*W", "is alive at `1`")),
        ("macs <= 5", ("`0` 108*", "(100 %)")),
    ],
)
def test_a_budget_that_no_size_meets(budget: str, facts: tuple[str, ...]) -> None:
    text = POOLED.replace("    linear 2\n", f"    linear 2\n    require {budget}\n")
    (diagnostic,) = check_source(Source("net.cnn", text)).diagnostics
    assert diagnostic.code == "E0225"
    told = " ".join((diagnostic.message, *diagnostic.notes))
    assert all(fact in told for fact in facts), told


@pytest.mark.parametrize("text", [GATED, RESIZED, POOLED, REPEATED, SCALED])
def test_written_shapes_are_right_where_they_can_be_written(text: str) -> None:
    shaped = canonical(with_shapes(Source("net.cnn", text)))
    assert check_source(Source("net.cnn", shaped)).diagnostics == check_source(Source("net.cnn", text)).diagnostics == ()


def test_blocks_do_not_know_the_symbols_of_a_network() -> None:
    shaped = canonical(with_shapes(Source("net.cnn", REPEATED)))
    assert "kernel=3, padding=1\n" in shaped
    assert shaped.count("-> 4, H, W") == 1  # behind the call


def test_given_sizes_are_written_in_blocks_too() -> None:
    shaped = canonical(with_shapes(Source("net.cnn", REPEATED.replace("3xHxW", "3x8x8"))))
    assert shaped.count("-> 4x8x8") == 3


def test_a_concrete_network_has_its_fields() -> None:
    net = check_source(Source("net.cnn", RESIZED), Options(input="3x28x28")).last
    assert all(field.size for field in receptive_fields(net))
