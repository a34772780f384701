"""Nodes of the syntax tree are values: they cannot be changed, and places do not count."""

from __future__ import annotations

import copy
import pickle  # noqa: TID251 # only what this test has pickled itself

import pytest

from cnnspec.source import Source, Span
from cnnspec.syntax.node import Node
from cnnspec.syntax.parse import parse
from cnnspec.syntax.tree import Literal, Name, Unary

HERE = Span(Source("a.cnn", "-x"), 1, 2)
THERE = Span(Source("b.cnn", "  -x"), 3, 4)


def test_places_do_not_count() -> None:
    assert Name("x", HERE) == Name("x", THERE)
    assert hash(Name("x", HERE)) == hash(Name("x", THERE))
    assert repr(Unary("-", Name("x", HERE), HERE)) == "Unary(operator='-', operand=Name(text='x'))"


@pytest.mark.parametrize("other", [Name("y", HERE), Literal("x", HERE), "x"])
def test_all_else_counts(other: object) -> None:
    assert Name("x", HERE) != other


def test_nodes_cannot_be_changed() -> None:
    name = Name("x", HERE)
    with pytest.raises(AttributeError, match="a Name cannot be changed"):
        name.text = "y"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="a Name cannot be changed"):
        del name.text
    with pytest.raises(AttributeError):
        name.colour = "red"  # type: ignore[attr-defined]
    assert name.text == "x"
    assert not hasattr(name, "__dict__")


def test_another_node_takes_the_place_of_a_changed_one() -> None:
    assert Name("x", HERE).replaced(text="y") == Name("y", HERE)
    assert Name("x", HERE).replaced(span=THERE).span == THERE
    with pytest.raises(TypeError, match="Name has text, span"):
        Name("x", HERE).replaced(colour="red")


def test_all_fields_are_given() -> None:
    with pytest.raises(TypeError, match="Unary takes operator, operand, span"):
        Unary("-", Name("x", HERE))  # type: ignore[call-arg]


@pytest.mark.parametrize("again", [copy.deepcopy, lambda node: pickle.loads(pickle.dumps(node))])
def test_nodes_can_be_copied(again: object) -> None:
    document, mistakes = parse(Source("n.cnn", "network N {\n    input 1x8x8\n    conv 4, kernel=3 -> 4x6x6\n}\n"))
    assert not mistakes
    other = again(document)  # type: ignore[operator]
    assert isinstance(other, Node)
    assert other == document
    assert other.source.text == document.source.text  # type: ignore[attr-defined]
