"""The fixes that shape mistakes offer: applied as they are, they leave a clean file, in each notation."""

from __future__ import annotations

import json

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.edits import apply_edits
from cnnspec.source import Source

UNFLATTENED = "network N {\n\tinput 3x8x8\n\tfc: linear 10\n}\n"
WRONG = "network N {\n    input 3x8x8\n    flatten\n    linear 10, in_features=3*8\n}\n"
WRONG_YAML = "network: N\ninput: 3x8x8\nlayers:\n  - flatten\n  - linear: {out_features: 10, in_features: 24}\n"
WRONG_JSON = json.dumps(
    {"network": "N", "input": "3x8x8", "layers": ["flatten", {"linear": {"out_features": 10, "in_features": 24}}]}, indent=1
)


def found(name: str, text: str) -> tuple[Diagnostic, ...]:
    return check_source(Source(name, text)).diagnostics


@pytest.mark.parametrize(
    ("name", "text"), [("n.cnn", UNFLATTENED), ("n.cnn", WRONG), ("n.yaml", WRONG_YAML), ("n.json", WRONG_JSON)]
)
def test_a_fix_leaves_a_clean_file(name: str, text: str) -> None:
    (mistake,) = found(name, text)
    for fix in mistake.fixes:
        assert found(name, apply_edits(text, fix.edits)) == ()


BRANCH = "    add {\n        linear 4\n        for n in [1] {\n            linear 4\n        }\n    }\n"
LINEARS = [
    ("n.cnn", "network N {\n    input 3x8x8\n    fc: linear 4\n}\n"),
    ("n.cnn", f"network N {{\n    input 3x8x8\n{BRANCH}}}\n"),
    (
        "n.cnn",
        "network N {\n    input 3x8x8\n    residual {\n        linear 192\n    } shortcut {\n        flatten\n    }\n}\n",
    ),
    ("n.cnn", "block B {\n    linear 4\n}\nnetwork N {\n    input 3x8x8\n    B\n    B\n}\n"),
    ("n.cnn", "network N {\n    input 3x8x8\n    repeat 2 {\n        linear 4\n    }\n}\n"),
    ("n.yaml", "network: N\ninput: 3x8x8\nlayers:\n  - linear: 10\n"),
    ("n.yaml", "network: N\ninput: 3x8x8\nlayers:\n  - {label: fc, linear: 10}\n"),
    ("n.yaml", "network: N\ninput: 3x8x8\nlayers: [relu, {linear: 10}]\n"),
    ("n.yaml", "network: N\ninput: 3x8x8\nlayers:\n  - add: {branches: [{linear: 4}, [flatten, {linear: 4}]]}\n"),
    (
        "n.yaml",
        "network: N\ninput: 3x8x8\nlayers:\n  - add:\n      branches:\n        - linear: 4\n        - [flatten, linear: 4]\n",
    ),
    ("n.json", '{"network": "N", "input": "3x8x8", "layers": ["relu", {"linear": 10}]}'),
    ("n.json", '{"network": "N", "input": "3x8x8", "layers": [\n  "relu",\n  {"linear": 10}\n]}'),
    ("n.json", '{"network": "N", "input": "3x8x8", "layers": [{"add": {"branches": [{"linear": 4}, {"linear": 4}]}}]}'),
]


def errors(name: str, text: str) -> list[Diagnostic]:
    return [mistake for mistake in found(name, text) if mistake.is_error]


@pytest.mark.parametrize(("name", "text"), LINEARS)
def test_a_missing_flatten_is_inserted_where_it_belongs(name: str, text: str) -> None:
    """Also into branches, which it would otherwise be one more of; and into blocks, for all their calls."""
    while mistakes := errors(name, text):
        assert {mistake.code for mistake in mistakes} == {"E0304"}
        (fix,) = mistakes[0].fixes
        for edit in fix.edits:
            text = text[: edit.span.start] + edit.content + text[edit.span.end :]


@pytest.mark.parametrize("line", ["{ linear 10 }", "if true { linear 10 }", "add { linear 4 }"])
def test_no_line_is_inserted_where_it_would_not_be_one(line: str) -> None:
    mistakes = [
        mistake for mistake in found("n.cnn", f"network N {{\n  input 3x8x8\n  {line}\n}}\n") if mistake.code == "E0304"
    ]
    assert [mistake.fixes for mistake in mistakes] == [()]
