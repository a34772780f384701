"""A misspelt key is one mistake: what stands behind it is read, and nothing is said to be missing because of it."""

from __future__ import annotations

import pytest

from cnnspec.compiler import Result, check_source
from cnnspec.source import Source

RIGHT = """blocks:
  - block: Unit
    params: [channels]
    layers: [{conv: [channels, 3]}]
let: {width: 4}
network: N
params: {classes: 10}
input: 3x32x32
layers:
  - {for: c, in: [8, 16], as: i, layers: [{Unit: c}, relu]}
  - {repeat: 2, layers: [{Unit: width}, relu]}
  - {if: classes > 5, then: [flatten], else: [global_avgpool]}
  - {residual: [relu], shortcut: [sigmoid], expect: 2304}
  - {label: head, linear: classes}
train: {epochs: 3}
"""


def check(text: str) -> Result:
    return check_source(Source("net.yaml", text))


def test_it_is_right_as_it_stands() -> None:
    assert [item for item in check(RIGHT).diagnostics if item.is_error] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("blocks:", "bloks:"),
        ("block:", "blokc:"),
        ("params: [", "param: ["),
        ("params: {", "parms: {"),
        ("let:", "lett:"),
        ("network:", "netwrok:"),
        ("input:", "inptu:"),
        ("layers:\n", "layer:\n"),
        ("for:", "fro:"),
        ("layers: [{Unit: c", "layer: [{Unit: c"),
        ("layers: [{Unit: width", "layres: [{Unit: width"),
        ("repeat:", "repaet:"),
        ("label:", "lable:"),
        ("then:", "than:"),
        ("else:", "esle:"),
        ("shortcut:", "shrotcut:"),
        ("expect:", "expcet:"),
        ("train:", "trian:"),
    ],
)
def test_one_slip_is_one_mistake(right: str, wrong: str) -> None:
    assert RIGHT.count(right) == 1
    (found,) = (item for item in check(RIGHT.replace(right, wrong)).diagnostics if item.is_error)
    assert (found.code, found.span.text) == ("E0113", wrong.partition(":")[0])
    assert found.help == f"did you mean `{right.partition(':')[0]}`?"


def test_what_stands_behind_it_is_read() -> None:
    text = RIGHT.replace("layers:\n", "layer:\n").replace("linear: classes", "linear: clases").replace("epochs: 3", "epcohs: 3")
    text = text.replace("train:", "trian:")
    assert [item.code for item in check(text).diagnostics if item.is_error] == ["E0113", "E0206", "E0113", "E0401"]


def test_a_key_that_stands_there_too_counts() -> None:
    found = check("network: N\ninput: 3\nlayer: [rleu]\nlayers: [relu]\n").diagnostics
    assert [(item.code, item.span.text) for item in found] == [("E0113", "layer")]
