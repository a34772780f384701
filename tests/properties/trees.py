"""Strategies for syntax trees: every node that a parser can build, in every place where it can stand."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cnnspec.source import Source, Span
from cnnspec.syntax import tree

HERE = Span(Source("strategy", ""), 0, 0)
WORDS = ("conv", "relu", "Basic", "act", "größe", "x1", "_", "in_channels")  # can be called
TAKEN_IN_YAML = ("args", "expect", "label", "layers", "then", "branches", "blocks", "params", "call", "null", "yes", "on")
VALUES = ("in", "input", *WORDS, *TAKEN_IN_YAML)


def named(texts: tuple[str, ...]) -> st.SearchStrategy[tree.Name]:
    return st.sampled_from(texts).map(lambda text: tree.Name(text, HERE))


def several(strategy: st.SearchStrategy[Any], at_least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=at_least, max_size=3).map(tuple)


callees, names = named((*WORDS, *TAKEN_IN_YAML)), named(VALUES)
functions = named(("min", "max", "round_to"))
TEXTS = ("data/train", "people.csv", "/tmp/x y", "C:\\x", "(old)", "3x3", "sgd", "null", "~", "010", "- a", "a: b", "# x")
floats = st.floats(allow_nan=False, allow_infinity=False)
constants = st.one_of(st.integers(), floats, st.booleans(), st.none(), st.text(max_size=8), st.sampled_from(TEXTS))
literals = st.builds(tree.Literal, constants, st.just(HERE))
lengths = st.integers(0, 999)
sizes = st.builds(
    lambda first, rest: tree.Size((first, *rest), HERE),
    lengths,
    st.lists(lengths | st.sampled_from(("H", "W", "S_1", "X")), min_size=1, max_size=3),
)


def templates(inner: st.SearchStrategy[Any], begins: tuple[str, ...], goes_on: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Returns templates: text or none, then places for values with text between them or none."""
    return st.builds(
        lambda first, pairs: tree.Template(tuple(part for pair in ((first,), *pairs) for part in pair if part != ""), HERE),
        st.sampled_from(("", *begins)),
        st.lists(st.tuples(inner, st.sampled_from(("", *goes_on))), min_size=1, max_size=2),
    )


def _compound(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    here = st.just(HERE)
    comparisons = st.sampled_from(("<", "<=", "==", "!=", ">", ">="))
    return st.one_of(
        templates(inner, ("enc", "a_1"), ("b", "2", "_")),
        st.builds(tree.Attribute, inner, names | templates(inner, ("enc",), ("b",)), here),
        st.builds(tree.Index, inner, inner, here),
        st.builds(tree.Apply, functions, several(inner), here),
        st.builds(tree.Unary, st.sampled_from(("-", "+", "not")), inner, here).filter(_is_no_number),
        st.builds(tree.Binary, st.sampled_from(("+", "-", "*", "/", "//", "%", "**", "and", "or")), inner, inner, here),
        st.builds(tree.Comparison, inner, several(st.tuples(comparisons, inner), 1), here),
        st.builds(tree.Conditional, inner, inner, inner, here),
        st.builds(tree.Sequence, st.sampled_from(("tuple", "list")), several(inner), here),
    )


def _is_no_number(unary: tree.Unary) -> bool:
    """Returns whether a parser can build this: `-1` is a literal."""
    is_number = isinstance(unary.operand, tree.Literal) and type(unary.operand.value) in (int, float)
    return unary.operator != "-" or not is_number


_EXPRESSIONS = st.recursive(literals | sizes | names, _compound, max_leaves=6)


@st.composite
def _expression(draw: st.DrawFn) -> Any:
    """Returns an expression; a function, because a strategy that is written out here prints as a page of text."""
    return draw(_EXPRESSIONS)


expressions: st.SearchStrategy[Any] = _expression()
labels = named(("conv1", "0", "x-1", "if", "label", "null", "true", "encä")) | templates(
    expressions, ("enc", "0-", "stage"), ("-conv", "b", "2")
)
maybe_label = st.none() | labels
expectations = st.none() | st.builds(tree.Expectation, several(expressions, 1), st.just(HERE))
arguments = several(st.builds(tree.Argument, st.none() | named((*WORDS, *TAKEN_IN_YAML)), expressions, st.just(HERE)))
lets = st.builds(tree.Let, named((*WORDS, *TAKEN_IN_YAML)), expressions, st.just(HERE))
merges = named(("add", "concat", "multiply"))


def word(text: str) -> st.SearchStrategy[tree.Name]:
    return st.just(tree.Name(text, HERE))


simple_statements = st.one_of(
    st.builds(tree.Call, maybe_label, callees, arguments, expectations, st.just(HERE)),
    st.builds(tree.Input, maybe_label, arguments.filter(bool), st.just(HERE)),
    lets,
    st.builds(tree.Join, maybe_label, merges, several(expressions, 1), expectations, st.just(HERE)),
    st.builds(tree.From, maybe_label, word("from"), expressions, expectations, st.just(HERE)),
    st.builds(tree.Reuse, maybe_label, word("reuse"), expressions, expectations, st.just(HERE)),
    st.builds(tree.Output, word("output"), several(expressions, 1), st.just(HERE)),
    st.builds(tree.Require, word("require"), several(expressions, 1), st.just(HERE)),
)


def _with_bodies(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    here, body, counters = st.just(HERE), several(inner), st.none() | names
    arms = several(st.builds(tree.Arm, expressions, body, here), 1)
    targets = several(names, 1)
    return st.one_of(
        st.builds(tree.Group, maybe_label, body, expectations, here),
        st.builds(tree.Merge, maybe_label, merges, body, expectations, here),
        st.builds(tree.Residual, maybe_label, word("residual"), body, st.none() | body, expectations, here),
        st.builds(tree.Repeat, maybe_label, word("repeat"), expressions, counters, body, expectations, here),
        st.builds(tree.For, maybe_label, word("for"), targets, expressions, counters, body, expectations, here),
        st.builds(tree.If, maybe_label, word("if"), arms, st.none() | body, expectations, here),
    )


_STATEMENTS = st.recursive(simple_statements, _with_bodies, max_leaves=6)


@st.composite
def _statement(draw: st.DrawFn) -> Any:
    return draw(_STATEMENTS)


statements: st.SearchStrategy[Any] = _statement()
parameters = several(st.builds(tree.Parameter, named((*WORDS, *TAKEN_IN_YAML)), st.none() | expressions, st.just(HERE)))
settings = st.builds(tree.Call, st.none(), callees, arguments, st.none(), st.just(HERE))
definitions = st.one_of(
    st.builds(tree.NetworkDefinition, named(("Net", "LeNet")), parameters, several(statements), st.just(HERE)),
    st.builds(tree.BlockDefinition, named(("Basic", "Wide")), parameters, several(statements), st.just(HERE)),
    st.builds(tree.TrainDefinition, several(settings), st.just(HERE)),
    st.builds(tree.Import, st.builds(tree.Literal, st.text(max_size=8), st.just(HERE)), st.just(HERE)),
    lets,
)
documents = st.builds(tree.Document, st.lists(definitions, max_size=5).map(tuple), st.just(HERE.source))
