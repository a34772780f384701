"""What is said about `train` in YAML and JSON is said in that notation, and can be written as it stands."""

from __future__ import annotations

import re

import pytest

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.source import Source
from cnnspec.syntax.parse import parse
from cnnspec.syntax.print_yaml import print_json, print_yaml

FLAT = "input 1x8x8\nflatten\nlinear 10"


def found(body: str, lines: str, name: str) -> Diagnostic:
    text = f"network N {{\n{body}\n}}\ntrain {{\n{lines}\n}}\n"
    if not name.endswith(".cnn"):
        document, mistakes = parse(Source("", text))
        assert mistakes == []
        text = (print_json if name.endswith(".json") else print_yaml)(document)
    first, *_ = check_source(Source(name, text)).diagnostics
    return first


@pytest.mark.parametrize(
    ("body", "lines", "cnn", "yaml", "json"),
    [
        (FLAT, "data digits\nloss bce", "`loss bce_with_logits`", "`loss: bce_with_logits`", '`"loss": "bce_with_logits"`'),
        (FLAT.replace("10", "9"), "data digits", "`linear 10`", "`linear: 10`", '`{"linear": 10}`'),
        (FLAT.replace("8x8", "9x9"), "data digits", "`input 1x8x8`", "`input: 1x8x8`", '`"input": "1x8x8"`'),
        (FLAT.replace("8x8", "9x9"), "data digits", "`resize=9`", "`resize: 9`", '`"resize": 9`'),
        (FLAT, "data digits\ninit uniform, 1, -1", "`a=-1, b=1`", "`a: -1, b: 1`", '`"a": -1, "b": 1`'),
        (FLAT, "data digits\noptimizer sgd, nesterov=true", "`momentum=0.9`", "`momentum: 0.9`", '`"momentum": 0.9`'),
        (
            FLAT,
            "data digits\nlearning_rate 0.1",
            "`optimizer adam, lr=0.1`",
            "`optimizer: {adam: {lr: 0.1}}`",
            '`"optimizer": {"adam": {"lr": 0.1}}`',
        ),
        (FLAT, "data digits\nloss dice", "`weight=`", "`weight:`", '`"weight":`'),
    ],
)
def test_help_is_in_the_notation_of_the_file(body: str, lines: str, cnn: str, yaml: str, json: str) -> None:
    for name, words in (("n.cnn", cnn), ("n.yaml", yaml), ("n.json", json)):
        help_text = found(body, lines, name).help
        assert help_text is not None
        assert words in help_text, name


def test_messages_are_too() -> None:
    lines = "data digits\nepochs 10\nearly_stopping 20"
    assert found(FLAT, lines, "n.yaml").message == "`early_stopping: 20` never ends a run of 10 epochs"


def test_what_is_advised_can_be_written() -> None:
    """The help of each mistake, written in the place of the line, leaves no finding."""
    body = "network: N\ninput: 1x8x8\nlayers: [flatten, {{linear: 10}}]\ntrain:\n  data: digits\n  {line}\n"
    for line in ("learning_rate: 0.1", "schedule: warmup", "loss: bce"):
        (mistake,) = check_source(Source("n.yaml", body.format(line=line))).diagnostics
        advised = re.search(r"write `([^`]+)`", mistake.help or "")
        assert advised is not None
        after = check_source(Source("n.yaml", body.format(line=advised[1])))
        assert [found.code for found in after.diagnostics] == [], advised[1]


def test_other_findings_stay_as_they_are() -> None:
    text = "network: N\ninput: 1x8x8\nlayers: [{conv: {out_channels: 8, kernel: 9}}]\n"
    (mistake,) = check_source(Source("n.yaml", text)).diagnostics
    assert mistake.code == "E0305"
    assert "padding: 1" in (mistake.help or "")
