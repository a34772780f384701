"""Whatever tree is printed as YAML or JSON: reading the text gives an equal tree, and other readers see the same data."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import HERE, documents, lets, several
from trees import settings as train_settings

from cnnspec.source import Source
from cnnspec.syntax import tree
from cnnspec.syntax.print_yaml import print_json, print_yaml
from cnnspec.syntax.yaml import parse_yaml


def read(text: str, name: str) -> tree.Document:
    document, diagnostics = parse_yaml(Source(name, text))
    assert [found.message for found in diagnostics] == []
    return document


def same(one: tree.Document, other: tree.Document) -> bool:
    """Returns whether two trees are equal and so are the types of their values, unlike `1 == 1.0 == True`."""
    return one == other and repr(one) == repr(other)


def as_texts(data: Any) -> Any:
    """Returns data with all its values as texts, as PyYAML's simplest loader gives them."""
    if isinstance(data, dict):
        return {key: as_texts(value) for key, value in data.items()}
    if isinstance(data, list):
        return [as_texts(item) for item in data]
    return data if isinstance(data, str) else json.dumps(data)


@given(documents)
@settings(max_examples=150)
def test_yaml_is_read_back_as_the_same_tree(document: tree.Document) -> None:
    assert same(read(print_yaml(document), "a.yaml"), document)


@given(documents)
@settings(max_examples=100)
def test_json_is_read_back_as_the_same_tree(document: tree.Document) -> None:
    text = print_json(document)
    assert same(read(text, "a.json"), document)
    assert same(read(text, "a.yaml"), document)


@given(documents)
@settings(max_examples=50)
def test_other_readers_see_the_same_data_in_both(document: tree.Document) -> None:
    assert yaml.BaseLoader(print_yaml(document)).get_single_data() == as_texts(json.loads(print_json(document)))


@given(st.lists(several(train_settings | lets), min_size=1, max_size=2))
def test_constants_among_settings_keep_their_places(recipes: list[tuple[Any, ...]]) -> None:
    document = tree.Document(tuple(tree.TrainDefinition(recipe, HERE) for recipe in recipes), HERE.source)
    assert same(read(print_yaml(document), "a.yaml"), document)


def test_a_text_that_says_something_else_is_told_apart() -> None:
    one = read("let: {a: 1}", "a.yaml")
    for other in ("let: {a: 2}", "let: {a: 1.0}", "let: {a: true}"):
        assert not same(one, read(other, "a.yaml"))
    assert same(one, read("let: {'a': \"1\"}", "a.yaml"))
    assert as_texts({"a": [1, True, "x"]}) == {"a": ["1", "true", "x"]} != as_texts({"a": [1, True, "y"]})
