"""Every statement of the `.cnn` notation, with the exact tree that it becomes and the place that it has."""

from __future__ import annotations

from typing import Any

import pytest

from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.depth import MAX_NESTING
from cnnspec.syntax.parse import parse, parse_expression

HERE = Span(Source("expected", ""), 0, 0)


def read(text: str) -> tuple[tree.Definition, ...]:
    """Returns the definitions of a text without mistakes."""
    document, mistakes = parse(Source("test.cnn", text))
    assert [str(mistake.message) for mistake in mistakes] == []
    return document.definitions


def body(text: str) -> tree.Body:
    """Returns the statements of a network without mistakes."""
    (network,) = read(f"network N {{\n{text}\n}}\n")
    assert isinstance(network, tree.NetworkDefinition)
    return network.body


def statement(text: str) -> Any:
    (found,) = body(text)
    return found


def e(text: str) -> tree.Expression:
    """Returns the tree of an expression."""
    node, mistakes = parse_expression(Source("test", text), 0, len(text))
    assert not mistakes
    assert node is not None
    return node


def name(text: str) -> tree.Name:
    return tree.Name(text, HERE)


def template(*parts: str | tree.Expression) -> tree.Template:
    return tree.Template(parts, HERE)


def call(word: str, *arguments: str, label: tree.Label | None = None) -> tree.Call:
    positional = tuple(tree.Argument(None, e(argument), HERE) for argument in arguments)
    return tree.Call(label, name(word), positional, None, HERE)


def expectation(*sizes: str) -> tree.Expectation:
    return tree.Expectation(tuple(e(size) for size in sizes), HERE)


RELU, GELU = call("relu"), call("gelu")

STATEMENTS = {
    "repeat 3 {\n relu\n gelu\n}": tree.Repeat(None, name("repeat"), e("3"), None, (RELU, GELU), None, HERE),
    "a: repeat n - 1 as i { relu } -> c, 4": tree.Repeat(
        name("a"), name("repeat"), e("n - 1"), name("i"), (RELU,), expectation("c", "4"), HERE
    ),
    "repeat as as as { }": tree.Repeat(None, name("repeat"), e("as"), name("as"), (), None, HERE),
    "for c in [64, 128] { conv c }": tree.For(
        None, name("for"), (name("c"),), e("[64, 128]"), None, (call("conv", "c"),), None, HERE
    ),
    "a{n}: for t, c, n in x as i {\n relu\n} -> 3x4": tree.For(
        template("a", e("n")),
        name("for"),
        (name("t"), name("c"), name("n")),
        e("x"),
        name("i"),
        (RELU,),
        expectation("3x4"),
        HERE,
    ),
    "for in in in { }": tree.For(None, name("for"), (name("in"),), e("in"), None, (), None, HERE),
    "if stride != 1 { relu }": tree.If(None, name("if"), (tree.Arm(e("stride != 1"), (RELU,), HERE),), None, None, HERE),
    "if a { relu } else { gelu }": tree.If(None, name("if"), (tree.Arm(e("a"), (RELU,), HERE),), (GELU,), None, HERE),
    "x: if a {\n relu\n} else if b if c else d { } else if d { gelu } else {\n} -> 3": tree.If(
        name("x"),
        name("if"),
        (tree.Arm(e("a"), (RELU,), HERE), tree.Arm(e("b if c else d"), (), HERE), tree.Arm(e("d"), (GELU,), HERE)),
        (),
        expectation("3"),
        HERE,
    ),
    "residual { relu }": tree.Residual(None, name("residual"), (RELU,), None, None, HERE),
    "r: residual {\n relu\n} shortcut {\n gelu\n} -> 3": tree.Residual(
        name("r"), name("residual"), (RELU,), (GELU,), expectation("3"), HERE
    ),
    "residual { } shortcut { }": tree.Residual(None, name("residual"), (), (), None, HERE),
    "add {\n { }\n { relu }\n}": tree.Merge(
        None, name("add"), (tree.Group(None, (), None, HERE), tree.Group(None, (RELU,), None, HERE)), None, HERE
    ),
    "m: concat { relu } -> 3": tree.Merge(name("m"), name("concat"), (RELU,), expectation("3"), HERE),
    "multiply { }": tree.Merge(None, name("multiply"), (), None, HERE),
    "add a": tree.Join(None, name("add"), (e("a"),), None, HERE),
    "concat in, enc{4 - i}, a.b -> 3": tree.Join(
        None, name("concat"), (e("in"), template("enc", e("4 - i")), e("a.b")), expectation("3"), HERE
    ),
    "m: multiply input": tree.Join(name("m"), name("multiply"), (e("input"),), None, HERE),
    "add (a)": tree.Join(None, name("add"), (e("a"),), None, HERE),
    "from enc{i}": tree.From(None, name("from"), template("enc", e("i")), None, HERE),
    "a: from b.c -> 3": tree.From(name("a"), name("from"), e("b.c"), expectation("3"), HERE),
    "reuse enc": tree.Reuse(None, name("reuse"), e("enc"), None, HERE),
    "a-1: reuse enc -> 3": tree.Reuse(name("a-1"), name("reuse"), e("enc"), expectation("3"), HERE),
    "output a, head{1}, b.c": tree.Output(name("output"), (e("a"), template("head", e("1")), e("b.c")), HERE),
    "require parameters <= 5_000_000, macs <= 300e6": tree.Require(
        name("require"), (e("parameters <= 5000000"), e("macs <= 300e6")), HERE
    ),
    "left: input 3xHxW": tree.Input(name("left"), (tree.Argument(None, e("3xHxW"), HERE),), HERE),
    "let w = enc{i}.channels": tree.Let(name("w"), tree.Attribute(template("enc", e("i")), name("channels"), HERE), HERE),
    "add down.enc{3 - i}.last": tree.Join(
        None,
        name("add"),
        (tree.Attribute(tree.Attribute(name("down"), template("enc", e("3 - i")), HERE), name("last"), HERE),),
        None,
        HERE,
    ),
    "{ { } }": tree.Group(None, (tree.Group(None, (), None, HERE),), None, HERE),
    "a: { relu } -> 3": tree.Group(name("a"), (RELU,), expectation("3"), HERE),
    "Basic 64": call("Basic", "64"),
    "stage{i}-conv{j + 1}: relu": call("relu", label=template("stage", e("i"), "-conv", e("j + 1"))),
    "0{i}{j}x : relu": call("relu", label=template("0", e("i"), e("j"), "x")),
    'a{"}:"}b: relu': call("relu", label=template("a", e('"}:"'), "b")),
    "{i}: relu": call("relu", label=template(e("i"))),
    "{i}-{j}x : { relu }": tree.Group(template(e("i"), "-", e("j"), "x"), (call("relu"),), None, HERE),
    '{"}:"}: relu': call("relu", label=template(e('"}:"'))),
    "{relu}": tree.Group(None, (call("relu"),), None, HERE),
    "add {relu}": tree.Merge(None, name("add"), (call("relu"),), None, HERE),
    "add {i}_1": tree.Join(None, name("add"), (template(e("i"), "_1"),), None, HERE),
    "add {i}, {j}": tree.Join(None, name("add"), (template(e("i")), template(e("j"))), None, HERE),
    "from {i}": tree.From(None, name("from"), template(e("i")), None, HERE),
    "add a.{i}": tree.Join(None, name("add"), (tree.Attribute(name("a"), template(e("i")), HERE),), None, HERE),
    "a{b{c{d}}}: relu": call("relu", label=template("a", template("b", template("c", e("d"))))),
    "relu enc{ i }_2[0]": call("relu", "enc{i}_2[0]"),
    "relu enc{i}-1": call("relu", "enc{i} - 1"),
    "relu (enc{i}, # first\n b)": call("relu", "(enc{i}, b)"),
}


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_becomes_this_tree(text: str) -> None:
    found = statement(text)
    assert found == STATEMENTS[text]
    assert type(found) is type(STATEMENTS[text])


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_reaches_from_its_label_to_its_end(text: str) -> None:
    found = statement(text)
    assert found.span.text == text
    if hasattr(found, "word"):
        assert found.word.span.text == found.word.text


def test_every_statement_is_shown() -> None:
    shown = {type(found) for found in STATEMENTS.values()}
    assert shown == set(tree.Statement.__args__) - {tree.Broken}


def test_parts_of_a_statement_have_their_places() -> None:
    text = "x: if a {\n relu\n} else if b { } else { } -> 3, 4"
    found = statement(text)
    assert [arm.span.text for arm in found.arms] == ["if a {\n relu\n}", "if b { }"]
    assert (found.label.span.text, found.expect.span.text) == ("x", "3, 4")
    found = statement("a{i}-b: for t, c in [1] as j { relu }")
    assert [target.span.text for target in found.targets] == ["t", "c"]
    assert (found.counter.span.text, found.items.span.text, found.label.span.text) == ("j", "[1]", "a{i}-b")
    assert [part.span.text for part in found.label.parts if not isinstance(part, str)] == ["i"]
    assert statement("concat enc{4 - i}x.b").operands[0].span.text == "enc{4 - i}x.b"


DEFINITIONS = {
    "block B { relu }": tree.BlockDefinition(name("B"), (), (RELU,), HERE),
    "block B() {\n}": tree.BlockDefinition(name("B"), (), (), HERE),
    "block B(a, b=1, act=relu,) { act }": tree.BlockDefinition(
        name("B"),
        (
            tree.Parameter(name("a"), None, HERE),
            tree.Parameter(name("b"), e("1"), HERE),
            tree.Parameter(name("act"), e("relu"), HERE),
        ),
        (call("act"),),
        HERE,
    ),
    "block B (a) { }": tree.BlockDefinition(name("B"), (tree.Parameter(name("a"), None, HERE),), (), HERE),
    'import "x/y.cnn"': tree.Import(tree.Literal("x/y.cnn", HERE), HERE),
    "let w = [1, 2]": tree.Let(name("w"), e("[1, 2]"), HERE),
    "network N{\n relu\n}": tree.NetworkDefinition(name("N"), (), (RELU,), HERE),
    "train { epochs 3 }": tree.TrainDefinition((call("epochs", "3"),), HERE),
}


@pytest.mark.parametrize("text", DEFINITIONS)
def test_a_definition_becomes_this_tree(text: str) -> None:
    assert read(text) == (DEFINITIONS[text],)


def test_the_place_of_a_definition_is_its_head() -> None:
    heads = ["block B(a, b=1,)", "block C", "network N()", "train", 'import "x"', "let a = 3"]
    text = "".join(f"{head} {{ }}\n" if "let" not in head and "import" not in head else f"{head}\n" for head in heads)
    assert [definition.span.text for definition in read(text)] == heads


WORDS = "block repeat for if else residual shortcut add concat multiply from reuse output require import in as elif".split()


@pytest.mark.parametrize("word", [*WORDS, "let", "input", "network", "train"])
def test_words_of_the_language_are_free_as_labels(word: str) -> None:
    assert statement(f"{word}: relu") == call("relu", label=name(word))
    assert statement(f"{word}{{i}}: relu") == call("relu", label=template(word, e("i")))


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("if", "else")])
def test_words_of_the_language_are_free_as_values_and_names_of_arguments(word: str) -> None:
    assert statement(f"relu {word}, {word}={word}.channels") == tree.Call(
        None,
        name("relu"),
        (tree.Argument(None, name(word), HERE), tree.Argument(name(word), e(f"{word}.channels"), HERE)),
        None,
        HERE,
    )
    assert statement(f"let {word} = 3") == tree.Let(name(word), e("3"), HERE)


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("block", "import")])
def test_each_line_of_train_is_a_setting(word: str) -> None:
    (train, network) = read(f"train {{\n {word} 3, {word}=4\n {word}\n}}\nnetwork N {{\n add {{ }}\n}}")
    assert isinstance(train, tree.TrainDefinition)
    assert [type(setting) for setting in train.settings] == [tree.Call, tree.Call]
    assert isinstance(network, tree.NetworkDefinition)
    assert isinstance(network.body[0], tree.Merge)


def test_a_long_chain_of_conditions_is_no_deep_tree() -> None:
    arms = "if x == 0 { relu }" + "".join(f" else if x == {number} {{ relu }}" for number in range(1, 1000))
    found = statement(f"{arms} else {{ gelu }}")
    assert len(found.arms) == 1000
    assert found == statement(f"{arms} else {{ gelu }}")
    assert repr(found).count("Arm(") == 1000


@pytest.mark.parametrize("head", ["repeat 2", "for a in b", "if a", "residual", "add", "a:", "", "x{i}: concat"])
def test_nesting_of_all_bodies_is_limited(head: str) -> None:
    deepest = MAX_NESTING - 1  # the braces of the network itself
    assert len(body(f"{head} {{\n" * deepest + "}\n" * deepest)) == 1
    mistakes = parse(Source("x", "network N {\n" + f"{head} {{\n" * 5000 + "}\n" * 5000 + "relu 3 3\n}\n"))[1]
    assert [mistake.message for mistake in mistakes] == [f"nested more than {MAX_NESTING} levels deep", "unexpected `3`"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("a{" * 200 + "1" + "}" * 200, f"nested more than {MAX_NESTING} levels deep"), ("a" + "{1}" * 500, None)],
)
def test_templates_are_no_way_around_the_limits(text: str, message: str | None) -> None:
    mistakes = parse(Source("x", f"network N {{\n from {text}\n {text}: relu\n}}\n"))[1]
    assert [mistake.message for mistake in mistakes] == ([] if message is None else [message] * 2)
