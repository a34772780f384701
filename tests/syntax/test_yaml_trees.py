"""The same document in both notations, and in JSON, is the same tree."""

from __future__ import annotations

import json

import pytest

from cnnspec.source import Source
from cnnspec.syntax.parse import parse
from cnnspec.syntax.tree import Document
from cnnspec.syntax.yaml import parse_yaml

SAME = {
    "lenet": (
        """
        network LeNet(classes=10) {
            input 1x28x28
            conv out_channels=6, kernel=5, padding=2
            sigmoid
            avgpool 2
            flatten -> 1176
            linear classes
        }
        train {
            data fashion_mnist
            optimizer sgd, lr=0.9
            epochs 10
        }
        """,
        """
network: LeNet
params: {classes: 10}
input: 1x28x28
layers:
  - conv: {out_channels: 6, kernel: 5, padding: 2}
  - sigmoid
  - avgpool: 2
  - flatten: {expect: 1176}
  - linear: classes
train: {data: fashion_mnist, optimizer: {sgd: {lr: 0.9}}, epochs: 10}
""",
    ),
    "arguments": (
        """
        network N {
            a
            a 3
            a 3, 2
            a 3, padding=1
            a [3, 2]
            a (3, 5)
            a 3x5
            a kernel=[3, 5], stride=(1, 2)
            a padding=same, mode="same", x=none, y=true
            a in.channels * 2, min(a, b), c[1] if d else -1
            a 1_000, 1e-6, .5, -2
        }
        """,
        """
network: N
layers:
  - a
  - a: 3
  - a: [3, 2]
  - a: {padding: 1, args: 3}
  - a: [[3, 2]]
  - a: (3, 5)
  - a: 3x5
  - a: {kernel: [3, 5], stride: "(1, 2)"}
  - a: {padding: same, mode: '"same"', x: null, y: true}
  - a: ["in.channels * 2", "min(a, b)", "c[1] if d else -1"]
  - a: [1_000, 1e-6, .5, -2]
""",
    ),
    "nothing behind a word": (
        "network N {\n a\n a\n a\n a\n a\n a none\n a none\n}",
        "network: N\nlayers: [a, a: , a: null, a: {}, a: [], a: none, a: [null]]",
    ),
    "labels and groups": (
        """
        network N {
            conv1: conv 3
            conv: conv kernel=3 -> 16x5x5
            label: relu
            features: {
                relu
                { relu }
                { } -> c, H // 2, min(W, 2)
            } -> 16, 5, 5
            x-1: { }
        }
        """,
        """
network: N
layers:
  - {label: conv1, conv: 3}
  - label: conv
    conv: {kernel: 3, expect: 16x5x5}
  - {relu: , label: label}
  - label: features
    layers:
      - relu
      - - relu
      - {layers: [], expect: "c, H // 2, min(W, 2)"}
    expect: [16, 5, 5]
  - {label: x-1, layers: []}
""",
    ),
    "constants, inputs and parameters": (
        """
        let w = 64
        let v = w * 2
        network N(a, b=1, act=relu) {
            left: input 3xHxW
            right: input 3, size, size
            let x = in.channels
            let y = none
            conv x
            input 1x2
        }
        """,
        """
let: {w: 64, v: w * 2}
network: N
params: {a: , b: 1, act: relu}
input: {left: 3xHxW, right: [3, size, size]}
layers:
  - let: {x: in.channels, y: none}
  - conv: x
  - input: 1x2
""",
    ),
    "one labelled input in the body": (
        "network N {\n left: input 3, size, size\n}",
        "network: N\nlayers: [{label: left, input: '3, size, size'}]",
    ),
    "several networks": (
        "let a = 1\nnetwork A {\n relu\n}\nlet b = 2\nnetwork B {\n}\ntrain {\n batch 3\n}",
        """
- let: {a: 1}
- network: A
  layers: [relu]
- let: {b: 2}
- network: B
  layers: []
- train: {batch: 3}
""",
    ),
    "train": (
        r"""
        train {
            data csv, path="people.csv", target=-1
            data csv, "data/train", "/tmp/x y", "C:\\x", "(old)"
            augment flip
            augment crop, padding=4
            optimizer sgd, 0.1
            schedule cosine, 1, [2, 3]
            amp
            every n=3
            size 3x3
            loss (2 * base)
            name "sgd"
            root "2 * base"
            weights "v1.0.2"
            path ""
            deterministic true
        }
        """,
        r"""
train:
- data: {csv: {path: people.csv, target: -1}}
- data: {csv: ["data/train", /tmp/x y, 'C:\x', '"(old)"']}
- augment: [flip, {crop: {padding: 4}}]
  optimizer: {sgd: 0.1}
  schedule: {cosine: [1, [2, 3]]}
- amp
- every: {args: [], n: 3}
  size: 3x3
  loss: (2 * base)
  name: '"sgd"'
  root: 2 * base
  weights: v1.0.2
  path: ""
  deterministic: true
""",
    ),
    "nothing": ("", ""),
    "only constants": ("let a = 1", "let: {a: 1}"),
    "empty recipe": ("train {\n}", "train: {}"),
    "notations of a scalar": (
        "network N {\n a 1 + 2, 1 + 2, 1 + 2, b + c, b + c, b + c\n}",
        """
network: N
layers:
  - a:
      - 1 + 2
      - '1 + 2'
      - |
        1 + 2
      - "b +\\x20c"
      - b +
        c
      - >-
        b
        + c
""",
    ),
}


def read(name: str, text: str) -> Document:
    document, diagnostics = (parse if name.endswith(".cnn") else parse_yaml)(Source(name, text))
    assert [diagnostic.message for diagnostic in diagnostics] == []
    return document


@pytest.mark.parametrize(("cnn", "yaml"), SAME.values(), ids=SAME.keys())
def test_both_notations_give_the_same_tree(cnn: str, yaml: str) -> None:
    assert read("a.cnn", cnn) == read("a.yaml", yaml)


def test_trees_that_differ_are_told_apart() -> None:
    assert read("a.cnn", "network N {\n relu\n}") != read("a.yaml", "network: N\nlayers: [gelu]")


def test_the_order_of_keys_means_nothing_inside_a_network() -> None:
    forward = "network: N\nparams: {a: 1}\ninput: 1x2\nlayers: [relu]"
    assert read("a.yaml", forward) == read("a.yaml", "\n".join(reversed(forward.split("\n"))))


def test_json_is_the_same_notation() -> None:
    text = json.dumps(
        {
            "network": "LeNet",
            "params": {"classes": 10},
            "input": "1x28x28",
            "layers": [
                {"conv": {"out_channels": 6, "kernel": 5, "padding": 2}},
                "sigmoid",
                {"avgpool": 2},
                {"flatten": {"expect": 1176}},
                {"linear": "classes"},
            ],
            "train": {"data": "fashion_mnist", "optimizer": {"sgd": {"lr": 0.9}}, "epochs": 10},
        }
    )
    for name in ("a.json", "a.yaml", "a.yml"):
        assert read(name, text) == read("a.cnn", SAME["lenet"][0])


def test_quotation_marks_never_change_a_meaning() -> None:
    for text in ("classes", "64", "0.5", "true", "in.channels // 2", "3x3", "none", "min(a, b)"):
        plain = read("a.yaml", f"network: N\nlayers:\n- a:\n  - {text}")
        assert plain == read("a.yaml", f"network: N\nlayers:\n- a:\n  - '{text}'")
        assert plain == read("a.yaml", f'network: N\nlayers:\n- a:\n  - "{text}"')


def test_yaml_1_1_has_no_surprises() -> None:
    text = "network: N\nlayers: [a: [no, on, yes, y, 1_000, 1e3]]"
    assert read("a.yaml", text) == read("a.cnn", "network N {\n a no, on, yes, y, 1000, 1000.0\n}")
