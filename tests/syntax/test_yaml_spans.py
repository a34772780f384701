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


def statement(item: str) -> tree.Statement:
    return body(f"network: N\nlayers:\n  - {item}\n  - relu\n")[0]


def test_loops_and_choices() -> None:
    loop = statement("{label: a, for: 't, c', in: [x, (1)], as: i, layers: [gelu], expect: 3x3}")
    assert isinstance(loop, tree.For)
    assert loop.span.text == "{label: a, for: 't, c', in: [x, (1)], as: i, layers: [gelu], expect: 3x3}"
    assert loop.word.span.text == "for"
    assert [target.span.text for target in loop.targets] == ["t", "c"]
    assert loop.items.span.text == "[x, (1)]"
    assert loop.counter is not None
    assert loop.counter.span.text == "i"
    assert loop.body[0].span.text == "gelu"
    choice = statement("{if: a > 1, then: [gelu], else: {if: b, then: []}}")
    assert isinstance(choice, tree.If)
    assert [arm.span.text for arm in choice.arms] == ["if: a > 1, then: [gelu]", "if: b, then: []"]
    assert [arm.condition.span.text for arm in choice.arms] == ["a > 1", "b"]


def test_branches_and_references() -> None:
    join = statement("concat: [in, 'enc{4 - i}.last']")
    assert isinstance(join, tree.Join)
    assert [operand.span.text for operand in join.operands] == ["in", "enc{4 - i}.last"]
    several = statement("output: a, b.c")
    assert isinstance(several, tree.Output)
    assert [value.span.text for value in several.values] == ["a", "b.c"]
    merge = statement("{add: {branches: [gelu, []]}}")
    assert isinstance(merge, tree.Merge)
    assert [branch.span.text for branch in merge.branches] == ["gelu", "[]"]


def test_a_label_with_a_template() -> None:
    found = call("{label: 'enc{i + 1}-b', relu: }")
    assert isinstance(found.label, tree.Template)
    assert found.label.span.text == "enc{i + 1}-b"
    (place,) = (part for part in found.label.parts if not isinstance(part, str))
    assert place.span.text == "i + 1"


def test_definitions() -> None:
    text = "import: [a.cnn, 'b.cnn']\nblocks:\n- {block: B, params: [x, {y: 1}], layers: []}\n"
    document, _ = parse_yaml(Source("a.yaml", text))
    first, second, block = document.definitions
    assert isinstance(first, tree.Import)
    assert isinstance(second, tree.Import)
    assert isinstance(block, tree.BlockDefinition)
    assert [first.path.span.text, second.path.span.text] == ["a.cnn", "b.cnn"]
    assert block.span.text == "block: B"
    assert [parameter.span.text for parameter in block.parameters] == ["x", "y: 1"]
