"""Every span of a YAML file's tree points at the text that it came from."""

from __future__ import annotations

import pytest

from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.yaml import parse_yaml


def body(text: str) -> tree.Body:
    document, diagnostics = parse_yaml(Source("a.yaml", text))
    assert [diagnostic.message for diagnostic in diagnostics] == []
    network = document.definitions[0]
    assert isinstance(network, tree.NetworkDefinition)
    return network.body


def call(item: str, prefix: str = "") -> tree.Call:
    statement = body(f"{prefix}network: N\nlayers:\n  - {item}\n  - relu\n")[0]
    assert isinstance(statement, tree.Call)
    return statement


def test_a_statement_with_everything() -> None:
    found = call("{label: c1, conv: {kernel: 3 * in.channels, 'stride': \"2\", bias: [1, x]}, expect: 'c, H // 2'}")
    assert found.span.text.startswith("{label: c1")
    assert found.span.text.endswith("'c, H // 2'}")
    assert found.label is not None
    assert found.label.span.text == "c1"
    assert found.word.span.text == "conv"
    assert [argument.span.text for argument in found.arguments] == [
        "kernel: 3 * in.channels",
        "'stride': \"2\"",
        "bias: [1, x]",
    ]
    kernel, stride, bias = (argument.value for argument in found.arguments)
    assert kernel.span.text == "3 * in.channels"
    assert isinstance(kernel, tree.Binary)
    assert kernel.right.span.text == "in.channels"
    assert kernel.right.span.begin == (3, 36)
    assert stride.span.text == "2"
    assert found.arguments[1].name is not None
    assert found.arguments[1].name.span.text == "stride"
    assert isinstance(bias, tree.Sequence)
    assert [item.span.text for item in bias.items] == ["1", "x"]
    assert found.expect is not None
    assert found.expect.span.text == "c, H // 2"
    assert [size.span.text for size in found.expect.sizes] == ["c", "H // 2"]


@pytest.mark.parametrize("item", ["a: 1 + bcd", "a: '1 + bcd'", 'a: "1 + bcd"', "a: [1 + bcd]"])
def test_characters_map_one_to_one(item: str) -> None:
    value = call(item).arguments[0].value
    assert isinstance(value, tree.Binary)
    assert value.span.text == "1 + bcd"
    assert value.right.span.text == "bcd"


@pytest.mark.parametrize("written", ['"1 +\\x20bcd"', "'1\n     + bcd'", "|\n      1 + bcd", "1 +\n      bcd"])
def test_text_that_does_not_map_is_marked_as_a_whole(written: str) -> None:
    value = call(f"a: {written}").arguments[0].value
    assert isinstance(value, tree.Binary)
    assert value.span.text.rstrip() == written
    assert value.right.span == value.span


@pytest.mark.parametrize("prefix", ["\ufeff", "# \U0001f600 é\n", "# a\r\n", "\ufeff# \U0001f600\r\n\r\n"])
def test_columns_count_code_points(prefix: str) -> None:
    found = call("{label: é, conv: bcd}".replace("é", "e"), prefix)
    assert found.arguments[0].value.span.text == "bcd"
    assert found.arguments[0].value.span.begin.column == 22


def test_definitions_are_marked_at_their_head() -> None:
    text = "let: {w: 1}\nnetwork: N\nparams: {a: 1, b: }\nlayers: [[relu], {layers: []}]\ntrain: {batch: 2}\n"
    document, _ = parse_yaml(Source("a.yaml", text))
    let, network, train = document.definitions
    assert let.span.text == "w: 1"
    assert isinstance(network, tree.NetworkDefinition)
    assert network.span.text == "network: N"
    assert [parameter.span.text for parameter in network.parameters] == ["a: 1", "b"]
    assert [statement.span.text for statement in network.body] == ["[relu]", "{layers: []}"]
    assert train.span.text == "train"
    assert isinstance(train, tree.TrainDefinition)
    assert train.settings[0].span.text == "batch: 2"


def test_block_collections_end_with_their_last_child() -> None:
    found = body("network: N\nlayers:\n  - conv:\n      kernel: 3\n\n  # comment\n  - relu\n")
    assert [statement.span.text for statement in found] == ["conv:\n      kernel: 3", "relu"]
