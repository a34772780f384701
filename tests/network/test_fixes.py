"""The fixes that shape mistakes offer: applied as they are, they leave a clean file, in each notation."""

from __future__ import annotations

import json

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
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
    (fix,) = mistake.fixes
    for edit in fix.edits:
        text = text[: edit.span.start] + edit.content + text[edit.span.end :]
    assert found(name, text) == ()


def test_no_line_is_inserted_where_it_would_not_be_one() -> None:
    assert [mistake.fixes for mistake in found("n.yaml", "network: N\ninput: 3x8x8\nlayers:\n  - linear: 10\n")] == [()]
    assert [mistake.fixes for mistake in found("n.cnn", "network N {\n  input 3x8x8\n  { linear 10 }\n}\n")] == [()]
