"""`cnnspec schema`: the schema is one, files that are right conform to it, files that are wrong do not."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import cnnspec
from jsonschema import Draft7Validator

from cnnspec.backends.schema import schema
from cnnspec.compiler import check_source, read_tree
from cnnspec.declarations.declaration import signature
from cnnspec.layers.index import SPELLINGS
from cnnspec.layers.registry import all_kinds
from cnnspec.source import Source
from cnnspec.syntax.print_yaml import print_json, print_yaml
from cnnspec.syntax.yaml_words import DEFINITIONS, EXAMPLES

ROOT = Path(__file__).parents[2]
SPECS = sorted((ROOT / "specs").glob("*.cnn"))
YAML_FILES = sorted((ROOT / "tests" / "specs").glob("*.yaml"))
NET = "network: N\ninput: 3x32x32\nlayers: "
RIGHT = [
    "{}",
    NET + "[]",
    NET + "[{conv: {out_channels: 8, kernel: 3}}]",
    NET + "[{Conv2d: {out_channels: 8, kernel_size: 3}}]",
    NET + "[{conv: [8, 3]}, {conv: [8, {kernel: 3x3}]}, {conv: {args: 8, kernel: [3, width]}}]",
    NET + "[relu, {relu: }, {relu: {}}, {label: 1, relu: }]",
    NET + "[{softmax: {dim: 1}}, {permute: [1, 2, 0]}, {reshape: 3072}]",
    "block: B\nparams: [act]\nlayers: [act, {act: 3}]",
    "network: N\nparams: {act: relu}\ninput: 3\nlayers: [act]",
    "- {block: B, layers: []}\n- {import: a.cnn}\n- {let: {a: 1}}\n- {train: {epochs: 3}}",
    "train: [{let: {e: 3}}, {epochs: (e), optimizer: adam}]",
    "train: {data: {csv: [people.csv, {target: -1}]}}",
]
WRONG = [
    "network: N",
    "netwrk: N\nlayers: []",
    "layers: []",
    "input: 3x32x32",
    "params: {a: 1}",
    "block: B",
    "block: B\ninput: 3\nlayers: []",
    "network: N\nblock: B\nlayers: []",
    "network: [N]\nlayers: []",
    "network: a b\nlayers: []",
    "blocks: {block: B}",
    "blocks: [{layers: []}]",
    "blocks: [{block: B, layers: [], train: {}}]",
    "import: {a: b}",
    "let: 3",
    "let: {a b: 3}",
    "network: N\nparams: 3\nlayers: []",
    "network: N\ninput: []\nlayers: []",
    "network: N\ninput: {}\nlayers: []",
    NET + "relu",
    NET + "{relu: {}}",
    NET + "[convv: {out_channels: 8, kernel: 3}]",
    NET + "[rleu]",
    NET + "[conv]",
    NET + "[conv: {out_channels: 8}]",
    NET + "[conv: {out_channels: 8, kernl: 3}]",
    NET + "[conv: {out_channels: 8, kernel: 0}]",
    NET + "[conv: {out_channels: 8, kernel: true}]",
    NET + "[conv: {out_channels: 8.5, kernel: 3}]",
    NET + "[conv: {out_channels: 8, kernel: 3, bias: 3}]",
    NET + "[conv: {out_channels: 8, kernel: {a: 3}}]",
    NET + "[conv: [8, {kernl: 3}]]",
    NET + "[conv: [8, 3, 1, 1, 1, 1, true, x, y, z, w]]",
    NET + "[conv: 8]",
    NET + "[dropout: 2]",
    NET + "[conv: {out_channels: 8, kernel: 3, relu: 3}]",
    NET + "[{relu: , gelu: }]",
    NET + "[{label: a}]",
    NET + "[{label: a b, relu: }]",
    NET + "[{label: [], relu: }]",
    NET + "[{expect: [], relu: }]",
    NET + "[[rleu]]",
    NET + "[{layers: relu}]",
    NET + "[{repeat: 3}]",
    NET + "[{repeat: 3, lyers: []}]",
    NET + "[{repeat: [], layers: []}]",
    NET + "[{repeat: 3, as: a b, layers: []}]",
    NET + "[{as: i, layers: []}]",
    NET + "[{for: c, layers: []}]",
    NET + "[{for: c, in: [1]}]",
    NET + "[{for: [], in: [1], layers: []}]",
    NET + "[{in: [1], layers: []}]",
    NET + "[{if: a}]",
    NET + "[{then: []}]",
    NET + "[{if: a, then: relu}]",
    NET + "[{if: a, then: [], else: {then: []}}]",
    NET + "[{if: a, then: [], else: {if: b}}]",
    NET + "[{residual: 3}]",
    NET + "[{shortcut: []}]",
    NET + "[{residual: [], shotcut: []}]",
    NET + "[{add: }]",
    NET + "[{add: {}}]",
    NET + "[{add: {branch: []}}]",
    NET + "[{add: {branches: [rleu]}}]",
    NET + "[{concat: []}]",
    NET + "[{add: a, concat: b}]",
    NET + "[{label: a, output: b}]",
    NET + "[{require: a < 3, expect: 3}]",
    NET + "[{label: a, let: {b: 3}}]",
    NET + "[{call: }]",
    NET + "[{call: {a: 1, b: 2}}]",
    NET + "[{Basic: 1, Wide: 2}]",
    NET + "[{train: {}}]",
    "train: 3",
    "train: {epohs: 3}",
    "train: {epochs: 0}",
    "train: {batch: true}",
    "train: {optimizer: sgdd}",
    "train: {optimizer: {sgd: {rl: 0.1}}}",
    "train: {optimizer: {sgd: {lr: -1}}}",
    "train: {optimizer: {sgd: , adam: }}",
    "train: {data: csv}",
]


@cache
def validator() -> Draft7Validator:
    return Draft7Validator(json.loads(json.dumps(schema())))


def data(text: str) -> Any:
    """Returns what another reader of YAML makes of a text."""
    return yaml.SafeLoader(text).get_single_data()


def test_the_printed_schema_is_the_one_in_the_documentation() -> None:
    done = cnnspec("schema")
    assert (done.code, done.err) == (0, "")
    written = ROOT / "docs" / "cnnspec.schema.json"
    assert done.out == written.read_text(encoding="utf-8"), f"write it anew: cnnspec schema > {written.relative_to(ROOT)}"


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(json.loads(cnnspec("schema").out))


def test_references_lead_somewhere_and_need_no_escapes() -> None:
    found = re.findall(r'"\$ref": "#/definitions/([^"]*)"', json.dumps(schema()))
    assert len(found) > 500
    assert set(found) <= set(schema()["definitions"])
    assert [name for name in set(found) if not re.fullmatch(r"[\w.-]+", name)] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_specs_conform_in_yaml_and_json(path: Path) -> None:
    document, mistakes = read_tree(Source(path.name, path.read_text(encoding="utf-8")))
    assert mistakes == []
    assert validator().is_valid(data(print_yaml(document)))
    assert validator().is_valid(json.loads(print_json(document)))


@pytest.mark.parametrize("path", YAML_FILES, ids=lambda path: path.name)
def test_yaml_files_conform(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert read_tree(Source(path.name, text))[1] == []
    assert validator().is_valid(data(text))


def test_there_is_a_file_with_every_word() -> None:
    text = (ROOT / "tests" / "specs" / "every_statement.yaml").read_text(encoding="utf-8")
    assert [word for word in EXAMPLES if f"{word}:" not in text] == []


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_conforms(text: str) -> None:
    assert read_tree(Source("a.yaml", text))[1] == []
    assert validator().is_valid(data(text))


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_does_not_conform(text: str) -> None:
    assert not check_source(Source("a.yaml", text)).ok
    assert not validator().is_valid(data(text))


def test_every_word_layer_and_argument_is_described() -> None:
    found = schema()["definitions"]
    mapping = found["statement"]["anyOf"][-1]["properties"]
    assert set(mapping) >= {*(set(EXAMPLES) - {"branches"}), *(kind.keyword for kind in all_kinds()), *SPELLINGS}
    assert set(found["mapping"]["properties"]) == set(DEFINITIONS)
    for kind in all_kinds():
        assert found[f"layer.{kind.keyword}"]["description"]
        for argument in signature(kind):
            described = found[f"layer.{kind.keyword}.{argument.name}"]
            assert described["description"] == argument.says
            assert described.get("default") == (None if argument.required else argument.default)
