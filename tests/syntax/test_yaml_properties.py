"""No text makes the reader of YAML and JSON fail: it returns a tree and diagnostics that point into the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from cnnspec.source import Source
from cnnspec.syntax.tree import Document
from cnnspec.syntax.yaml import parse_yaml
from cnnspec.syntax.yaml_builder import Abandoned, Builder, Mistakes
from cnnspec.syntax.yaml_events import read_events
from cnnspec.syntax.yaml_nodes import Listing, Mapping, Node, Scalar

VALID = """\
# a comment
import: [blocks.cnn]
let: {w: 64, "v": 'w * 2'}
blocks: [{block: Basic, params: [act, {stride: 1}], layers: [{residual: [act], shortcut: []}]}]
network: LeNet
params: {classes: 10, act: }
input: [3, size, size]
layers:
  - conv: {out_channels: 6, kernel: "(5, 5)", padding: 2}
  - {label: c1, conv: [w, 3x3], expect: "c, H // 2, W // 2"}
  - sigmoid
  - label: features
    layers:
      - - relu
        - avgpool: 2
  - let:
      x: |
        1 + 2

  # a comment
  - {repeat: 2, as: i, layers: [{label: "enc{i}", Basic: relu}]}
  - for: [t, c]
    in: [[1, 16], '(2, w)']
    layers: [{if: t == 1, then: [], else: {if: t > 2, then: [relu], else: [conv: c]}}]
  - add: {branches: [relu, [], [relu, gelu]]}
  - concat: [in, "enc{1 - 1}"]
  - {label: again, reuse: c1, expect: c}
  - from: again
  - call: then
  - linear: classes
  - output: [again, c1]
  - require: parameters <= 5_000_000
train: {data: {csv: {path: "people.csv", target: -1}}, optimizer: {sgd: {lr: 0.9}}, augment: [flip, {crop: 3}]}
"""
KEY_WORDS = ("network", "layers", "params", "input", "train", "let", "label", "expect", "args", "conv", "if", "then", "else")
MORE_WORDS = (
    "repeat",
    "for",
    "in",
    "as",
    "residual",
    "shortcut",
    "add",
    "branches",
    "output",
    "call",
    "block",
    "blocks",
    "import",
)
VALUE_WORDS = ("relu", "x", "64", "010", "1x28x28", "(3, 5)", "in.channels", "a + b", "null", "~", "true", "'a'", '"b"')
MARKS = (": ", ":", "- ", "\n", "\n  ", "\n    ", ", ", "{", "}", "[", "]", "#", "&a ", "*a", "!t ", "<<", "---\n", "? ")
ODDITIES = ("|\n", ">-\n", "\t", "\r\n", '"\\u0041"', "\x85", "\u2028")
WORDS = (*KEY_WORDS, *MORE_WORDS, *VALUE_WORDS, *MARKS, *ODDITIES)
NAMES = st.sampled_from(["a.yaml", "a.yml", "a.json"])
KEYS = st.sampled_from(KEY_WORDS + MORE_WORDS) | st.text(max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)


def check(name: str, text: str) -> None:
    source = Source(name, text)
    document, diagnostics = parse_yaml(source)
    assert isinstance(document, Document)
    for found in diagnostics:
        assert found.code.startswith("E01")
        assert found.message
        assert "\n" not in found.message + (found.help or "") + found.label
        for span in (found.span, *(label.span for label in found.labels)):
            assert span.source is source
            assert 0 <= span.start <= span.end <= len(text)


@given(NAMES, st.text())
@example("a.json", '{"a": "\\ud800"}')
@example("a.yaml", "\ufeff")
@example("a.yaml", "\ud800")
@example("a.yaml", 'a: "\\UFFFFFFFF"')
def test_random_text(name: str, text: str) -> None:
    check(name, text)


@given(NAMES, st.binary())
def test_random_bytes(name: str, data: bytes) -> None:
    check(name, data.decode("utf-8", errors="replace"))
    check(name, data.decode("latin-1"))


@given(NAMES, st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_random_words_of_the_notation(name: str, text: str) -> None:
    check(name, text)


@given(st.integers(0, len(VALID)), st.integers(0, len(VALID)), st.sampled_from(WORDS) | st.text(max_size=3))
def test_valid_text_with_a_change(start: int, end: int, inserted: str) -> None:
    check("a.yaml", VALID[:start] + inserted + VALID[min(max(start, end), start + 20) :])


def test_the_valid_text_is_valid() -> None:
    assert parse_yaml(Source("a.yaml", VALID))[1] == []


@pytest.mark.parametrize("length", range(0, len(VALID), 3))
def test_truncated_text(length: int) -> None:
    check("a.yaml", VALID[:length])


@given(VALUES)
def test_json_of_any_values(value: Any) -> None:
    for text in (json.dumps(value), json.dumps(value, indent="\t", ensure_ascii=False)):
        check("a.json", text)
        check("a.yaml", text)


@given(VALUES.filter(lambda value: not isinstance(value, float)))
def test_whatever_python_writes_as_json_is_json(value: Any) -> None:
    text = json.dumps(value)
    if "NaN" in text or "Infinity" in text:
        return
    _, diagnostics = parse_yaml(Source("a.json", text))
    assert not [found for found in diagnostics if found.code == "E0110"]


def plain(node: Node | None) -> Any:
    if isinstance(node, Scalar):
        return (node.text, node.quoted, node.span.start, node.span.end)
    if isinstance(node, Listing):
        return (node.span.start, node.span.end, [plain(item) for item in node.items])
    if isinstance(node, Mapping):
        return (node.span.start, node.span.end, [(plain(entry.key), plain(entry.value)) for entry in node.entries])
    return None if node is None else (node.span.start, node.span.end)


def nodes(text: str, loader: Any) -> tuple[Any, list[tuple[str, str]]]:
    mistakes = Mistakes()
    source = Source("a.yaml", text)
    builder = Builder(source, mistakes)
    try:
        read_events(source, builder, mistakes, loader)
    except Abandoned:
        return None, []
    return plain(builder.root), [(found.code, found.message) for found in mistakes.diagnostics]


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without its C loader")
@pytest.mark.parametrize(
    "text", [VALID, "\ufeff" + VALID, VALID.replace("\n", "\r\n"), "# \U0001f600\n" + VALID, "", "[" * 400]
)
def test_both_loaders_of_pyyaml_give_the_same_nodes(text: str) -> None:
    assert nodes(text, yaml.SafeLoader) == nodes(text, yaml.CSafeLoader)


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_the_slower_loader_never_fails_either(text: str) -> None:
    _, found = nodes(text, yaml.SafeLoader)
    assert all(code.startswith("E011") for code, _ in found)


@pytest.mark.parametrize(
    "text", ['a: "\\UFFFFFFFF"', 'a: "\\ud800"', "%YAML 1." + "1" * 5000 + "\n---\na", "a:\n\t- b", "a: [b", "a: b: c"]
)
def test_mistakes_that_only_the_slower_loader_reports_its_own_way(text: str) -> None:
    _, found = nodes(text, yaml.SafeLoader)
    assert [code for code, _ in found] == ["E0110"]


def test_ten_thousand_layers_are_read_whole() -> None:
    text = "network: N\nlayers:\n" + "  - conv: {out_channels: 64, kernel: 3, padding: in.channels // 2}\n  - relu\n" * 5000
    document, diagnostics = parse_yaml(Source("a.yaml", text))
    assert diagnostics == []
    assert len(document.definitions[0].body) == 10_000  # type: ignore[union-attr]
