"""Every statement of the language as YAML writes it, against trees that are built by hand."""

from __future__ import annotations

import pytest

from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.yaml import parse_yaml

HERE = Span(Source("by hand", ""), 0, 0)


def name(text: str) -> tree.Name:
    return tree.Name(text, HERE)


def number(value: float | str | bool | None) -> tree.Literal:
    return tree.Literal(value, HERE)


def template(*parts: str | tree.Expression) -> tree.Template:
    return tree.Template(parts, HERE)


def sequence(kind: str, *items: tree.Expression) -> tree.Sequence:
    return tree.Sequence(kind, items, HERE)


def expect(*sizes: tree.Expression) -> tree.Expectation:
    return tree.Expectation(sizes, HERE)


def argument(value: tree.Expression, named: str | None = None) -> tree.Argument:
    return tree.Argument(None if named is None else name(named), value, HERE)


def call(word: str, *arguments: tree.Argument, label: tree.Label | None = None) -> tree.Call:
    return tree.Call(label, name(word), arguments, None, HERE)


def binary(left: tree.Expression, operator: str, right: tree.Expression) -> tree.Binary:
    return tree.Binary(operator, left, right, HERE)


def compare(left: tree.Expression, operator: str, right: tree.Expression) -> tree.Comparison:
    return tree.Comparison(left, ((operator, right),), HERE)


RELU = call("relu")
STRIDED = compare(name("stride"), "!=", number(1))
ROWS = sequence("list", sequence("list", number(1), number(16)), sequence("list", number(6), number(24)))
LIST = sequence("list", number(64), number(128))
SHAPE = expect(tree.Size((16, 5, 5), HERE))

STATEMENTS: dict[str, tuple[str, tree.Statement]] = {
    "repeat": ("{repeat: 3, layers: [relu]}", tree.Repeat(None, name("repeat"), number(3), None, (RELU,), None, HERE)),
    "repeat with everything": (
        "{expect: 16x5x5, layers: [relu], as: i, repeat: depth, label: layer1}",
        tree.Repeat(name("layer1"), name("repeat"), name("depth"), name("i"), (RELU,), SHAPE, HERE),
    ),
    "for": (
        "{for: c, in: '[64, 128]', layers: [relu]}",
        tree.For(None, name("for"), (name("c"),), LIST, None, (RELU,), None, HERE),
    ),
    "for over a YAML list": (
        "{for: c, in: [64, 128], as: i, layers: []}",
        tree.For(None, name("for"), (name("c"),), LIST, name("i"), (), None, HERE),
    ),
    "for over rows": (
        "{for: [t, c], in: [[1, 16], [6, 24]], layers: [relu]}",
        tree.For(None, name("for"), (name("t"), name("c")), ROWS, None, (RELU,), None, HERE),
    ),
    "for over tuples": (
        '{for: "t, c", in: ["(1, 16)"], label: a, expect: 16x5x5, layers: [relu]}',
        tree.For(
            name("a"),
            name("for"),
            (name("t"), name("c")),
            sequence("list", sequence("tuple", number(1), number(16))),
            None,
            (RELU,),
            SHAPE,
            HERE,
        ),
    ),
    "if": (
        "{if: stride != 1, then: [relu]}",
        tree.If(None, name("if"), (tree.Arm(STRIDED, (RELU,), HERE),), None, None, HERE),
    ),
    "if with an empty else": (
        "{else: [], label: a, expect: 16x5x5, then: [], if: b}",
        tree.If(name("a"), name("if"), (tree.Arm(name("b"), (), HERE),), (), SHAPE, HERE),
    ),
    "else if": (
        "{if: a, then: [], else: {if: b, then: [relu], else: {if: c, then: [], else: [relu]}}}",
        tree.If(
            None,
            name("if"),
            (tree.Arm(name("a"), (), HERE), tree.Arm(name("b"), (RELU,), HERE), tree.Arm(name("c"), (), HERE)),
            (RELU,),
            None,
            HERE,
        ),
    ),
    "an if within else is no else if": (
        "{if: a, then: [], else: [{if: b, then: []}]}",
        tree.If(
            None,
            name("if"),
            (tree.Arm(name("a"), (), HERE),),
            (tree.If(None, name("if"), (tree.Arm(name("b"), (), HERE),), None, None, HERE),),
            None,
            HERE,
        ),
    ),
    "residual": ("residual: [relu]", tree.Residual(None, name("residual"), (RELU,), None, None, HERE)),
    "residual with a shortcut": (
        "{residual: [relu], shortcut: [], label: a, expect: 16x5x5}",
        tree.Residual(name("a"), name("residual"), (RELU,), (), SHAPE, HERE),
    ),
    "branches": (
        "add: {branches: [relu, [relu, relu], []]}",
        tree.Merge(
            None,
            name("add"),
            (RELU, tree.Group(None, (RELU, RELU), None, HERE), tree.Group(None, (), None, HERE)),
            None,
            HERE,
        ),
    ),
    "branches with a label": (
        "{label: a, concat: {branches: []}, expect: 16x5x5}",
        tree.Merge(name("a"), name("concat"), (), SHAPE, HERE),
    ),
    "join": ("add: enc1", tree.Join(None, name("add"), (name("enc1"),), None, HERE)),
    "join of several": (
        "concat: [in, features.last]",
        tree.Join(None, name("concat"), (name("in"), tree.Attribute(name("features"), name("last"), HERE)), None, HERE),
    ),
    "join as one text": (
        "{label: a, multiply: 'in, gate', expect: 16x5x5}",
        tree.Join(name("a"), name("multiply"), (name("in"), name("gate")), SHAPE, HERE),
    ),
    "from": ("from: enc1", tree.From(None, name("from"), name("enc1"), None, HERE)),
    "from with everything": (
        "{label: a, from: enc1, expect: 16x5x5}",
        tree.From(name("a"), name("from"), name("enc1"), SHAPE, HERE),
    ),
    "reuse": ("reuse: enc", tree.Reuse(None, name("reuse"), name("enc"), None, HERE)),
    "reuse with everything": (
        "{reuse: enc, label: a, expect: 16x5x5}",
        tree.Reuse(name("a"), name("reuse"), name("enc"), SHAPE, HERE),
    ),
    "output": ("output: head", tree.Output(name("output"), (name("head"),), HERE)),
    "outputs": ("output: [a, b]", tree.Output(name("output"), (name("a"), name("b")), HERE)),
    "require": (
        "require: [parameters <= 5_000_000, 'macs <= 3.5']",
        tree.Require(
            name("require"),
            (compare(name("parameters"), "<=", number(5_000_000)), compare(name("macs"), "<=", number(3.5))),
            HERE,
        ),
    ),
    "a labelled input": (
        "{label: left, input: 3x64x64}",
        tree.Input(name("left"), (argument(tree.Size((3, 64, 64), HERE)),), HERE),
    ),
    "a label with a template": ("{label: 'enc{i}', relu: }", call("relu", label=template("enc", name("i")))),
    "a label with several": (
        "{label: '0-{i + 1}x{d[\"}\"]}-b', relu: }",
        call(
            "relu",
            label=template("0-", binary(name("i"), "+", number(1)), "x", tree.Index(name("d"), number("}"), HERE), "-b"),
        ),
    ),
    "a block": (
        "Basic: {channels: 64, stride: 2}",
        call("Basic", argument(number(64), "channels"), argument(number(2), "stride")),
    ),
    "a block by position": ("Basic: [64, 2]", call("Basic", argument(number(64)), argument(number(2)))),
    "arguments in any order": (
        "conv: [64, {kernel: 3, args: 1}, 2, {kernel: 5, expect: a}]",
        call(
            "conv",
            argument(number(64)),
            argument(number(3), "kernel"),
            argument(number(1), "args"),
            argument(number(2)),
            argument(number(5), "kernel"),
            argument(name("a"), "expect"),
        ),
    ),
    "a call of what has a reserved name": ("call: then", call("then")),
    "a call of it with arguments": (
        "{label: a, call: {layers: [3, {x: 1}]}}",
        call("layers", argument(number(3)), argument(number(1), "x"), label=name("a")),
    ),
}


@pytest.mark.parametrize(("text", "expected"), STATEMENTS.values(), ids=STATEMENTS.keys())
def test_statement(text: str, expected: tree.Statement) -> None:
    document, diagnostics = parse_yaml(Source("a.yaml", f"network: N\nlayers:\n  - {text}\n"))
    assert [found.message for found in diagnostics] == []
    assert document.definitions == (tree.NetworkDefinition(name("N"), (), (expected,), HERE),)


def test_statements_that_differ_are_told_apart() -> None:
    (found,) = parse_yaml(Source("a.yaml", "network: N\nlayers: [gelu]\n"))[0].definitions
    for _, expected in STATEMENTS.values():
        assert found != tree.NetworkDefinition(name("N"), (), (expected,), HERE)


BASIC = tree.BlockDefinition(
    name("Basic"),
    (tree.Parameter(name("channels"), None, HERE), tree.Parameter(name("stride"), number(1), HERE)),
    (RELU,),
    HERE,
)
PLAIN = tree.BlockDefinition(name("Plain"), (), (), HERE)
NETWORK = tree.NetworkDefinition(name("N"), (), (RELU,), HERE)
DOCUMENTS: dict[str, tuple[str, tuple[tree.Definition, ...]]] = {
    "import": ("import: blocks.cnn", (tree.Import(number("blocks.cnn"), HERE),)),
    "imports": (
        "import: [a/b.cnn, '3']",
        (tree.Import(number("a/b.cnn"), HERE), tree.Import(number("3"), HERE)),
    ),
    "block": ("block: Basic\nparams: {channels: , stride: 1}\nlayers: [relu]", (BASIC,)),
    "parameters as a list": ("block: Basic\nparams: [channels, {stride: 1}]\nlayers: [relu]", (BASIC,)),
    "blocks": (
        """
blocks:
- {block: Plain, layers: []}
- block: Basic
  params: [channels, {stride: 1}]
  layers: [relu]
network: N
layers: [relu]
""",
        (PLAIN, BASIC, NETWORK),
    ),
    "blocks stand before the network of their mapping": (
        "network: N\nlayers: [relu]\nlet: {a: 1}\nblocks: [{block: Plain, layers: []}]",
        (PLAIN, NETWORK, tree.Let(name("a"), number(1), HERE)),
    ),
    "a list of definitions": (
        """
- network: N
  layers: [relu]
- block: Plain
  layers: []
- let: {a: 1}
  import: b.cnn
- blocks: [{block: Plain, layers: []}]
- train: {}
""",
        (
            NETWORK,
            PLAIN,
            tree.Let(name("a"), number(1), HERE),
            tree.Import(number("b.cnn"), HERE),
            PLAIN,
            tree.TrainDefinition((), HERE),
        ),
    ),
    "two parameters of one name": (
        "network: N\nparams: [a, {a: 1}, a]\nlayers: []",
        (
            tree.NetworkDefinition(
                name("N"),
                (
                    tree.Parameter(name("a"), None, HERE),
                    tree.Parameter(name("a"), number(1), HERE),
                    tree.Parameter(name("a"), None, HERE),
                ),
                (),
                HERE,
            ),
        ),
    ),
    "inputs with templates": (
        "network: N\ninput: {'view{1}': 3x4, b: [3, {size: 4}]}\nlayers: []",
        (
            tree.NetworkDefinition(
                name("N"),
                (),
                (
                    tree.Input(template("view", number(1)), (argument(tree.Size((3, 4), HERE)),), HERE),
                    tree.Input(name("b"), (argument(number(3)), argument(number(4), "size")), HERE),
                ),
                HERE,
            ),
        ),
    ),
}


@pytest.mark.parametrize(("text", "expected"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_document(text: str, expected: tuple[tree.Definition, ...]) -> None:
    document, diagnostics = parse_yaml(Source("a.yaml", text))
    assert [found.message for found in diagnostics] == []
    assert document.definitions == expected


def test_a_hundred_levels_of_any_statement_can_be_read() -> None:
    for opening, closing in (
        ("{add: {branches: [", "]}}"),
        ("{residual: [", "]}"),
        ("{if: x, then: [", "]}"),
        ("{repeat: 2, layers: [", "]}"),
    ):
        text = f"network: N\nlayers: [{opening * 99}relu{closing * 99}]"
        assert parse_yaml(Source("a.yaml", text))[1] == []
