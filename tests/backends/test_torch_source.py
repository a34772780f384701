from __future__ import annotations

import re
import subprocess
import sys

import pytest
import torch
from checked_networks import GOLDEN, KINDS, chain, example_chains, lenet, network, recorded
from generated_source import assert_equals_built, generated_class, remarks
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnspec.backends.source_copies import copies
from cnnspec.backends.torch_source import class_name, generate
from cnnspec.compiler import Options, check_source
from cnnspec.layers.base import Layer
from cnnspec.source import Source

NESTED = """
network Nested(classes=7) {
    input 3x20x20
    features: {
        conv 8, kernel=3x5, padding=(1, 2), bias=false
        block-1: {
            norm: batchnorm
            relu
        }
        sub: {
            conv1: conv 16, kernel=3, padding=1, stride=2, groups=2, padding_mode="reflect"
            gamma: layer_scale 0.5
        }
        layer_scale
    }
    class: dropout 0.3
    avgpool 2
    __hidden: flatten
    classifier: {
        linear classes
    }
}
"""


def test_networks_of_labels_numbers_and_sequences() -> None:
    net = network(NESTED)
    source = generate(net)
    assert remarks(source) == ""
    assert_equals_built(source, net)


@pytest.mark.parametrize("name", ["lenet", "nested"])
def test_the_recorded_source_is_the_built_model(name: str) -> None:
    source = (GOLDEN / f"{name}.py").read_text(encoding="utf-8")
    assert remarks(source) == ""
    assert_equals_built(source, recorded(name))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_every_layer_kind(kind: type[Layer]) -> None:
    chains = example_chains(kind)
    assert chains, f"no input takes an example of {kind.keyword}"
    for net in chains:
        assert_equals_built(generate(net), net)


def test_the_source_of_all_layer_kinds_is_formatted() -> None:
    for net in (net for kind in KINDS for net in example_chains(kind)[:1]):
        source = generate(net)
        assert remarks(source) == "", source


@pytest.mark.parametrize("length", range(1, 60, 3))
def test_labels_of_any_length(length: int) -> None:
    label = "x" * length
    layer = "conv 4, 3, padding=1, groups=2, bias=false, weight=[[1, 2, 3], [1, 2, 3], [-1, 0.5, 0.25]], frozen=true"
    net = chain("4x8x8", f"{label}: {layer}", "inside: {", f"{label}: {{", layer, "layer_scale", "}", "}")
    source = generate(net)
    assert remarks(source) == "", source
    assert_equals_built(source, net)


NAMES = st.sampled_from(
    ["", "", "", "conv1: ", "norm: ", "a-b: ", "if: ", "__x: ", "x" * 20 + ": ", "_: ", "self: ", "match: "]
)
LAYERS = st.sampled_from(
    [
        "conv 4, kernel=3, padding=1, stride=1, bias=false",
        "conv 4, kernel=(1, 3), padding=(0, 1), groups=2, dilation=1, padding_mode=replicate",
        'conv 4, 3, padding="same", weight=[[0, 0.1, 0.2], [1e-7, -1, 3.3333333], [0.123456789012345, 1e20, 7]], frozen=true',
        "conv 4, 1, bias_value=[0.25, 1, 2, 3], weight=-0.5",
        "batchnorm eps=1e-3, momentum=none",
        "relu",
        "identity",
        "layer_scale 0.1",
        "drop_path 0.2",
        "dropout 0.5",
        "maxpool 3, stride=1, padding=1",
        "zero_pad (1, -1, 0, 0)",
        "layernorm axis=channels",
        "permute 0, 2, 1",
    ]
)


@st.composite
def bodies(draw: st.DrawFn, depth: int = 0) -> list[str]:
    """Draws the lines of a body that keeps 4x8x8, with names as they may be: numbers, labels, nested sequences."""
    lines: list[str] = []
    labels: set[str] = set()
    for _ in range(draw(st.integers(1, 4))):
        label = draw(NAMES)
        if label in labels:
            label = ""
        labels.add(label)
        if depth < 3 and label and draw(st.booleans()):
            lines += [f"{label}{{", *draw(bodies(depth + 1)), "}"]
        else:
            lines.append(label + draw(LAYERS))
            lines += ["conv 4, 1"] if "permute" in lines[-1] else []
    return lines


@settings(max_examples=60)
@given(bodies())
def test_any_nesting_of_names(lines: list[str]) -> None:
    net = chain("4x8x8", *lines)
    source = generate(net)
    assert_equals_built(source, net)
    assert remarks(source) == "", source


@pytest.mark.parametrize(
    "name", ["Linear", "Sequential", "OrderedDict", "LayerScale", "None", "Exception", "Any", "Tensor", "Nn"]
)
def test_names_that_are_taken(name: str) -> None:
    net = network(f"network {name} {{\n input 3x8x8\n a: {{\n b: layer_scale\n flatten\n}}\n linear 3\n}}\n")
    source = generate(net)
    assert remarks(source) == ""
    assert generated_class(source).__name__ in (name, f"{name}Network")
    assert_equals_built(source, net)


def test_class_names() -> None:
    assert class_name("LeNet", {"nn"}) == "LeNet"
    assert class_name("nn", {"nn", "nnNetwork"}) == "nnNetworkNetwork"
    assert class_name("True", set()) == "TrueNetwork"


def test_imports_are_those_that_are_used() -> None:
    assert "\n\nfrom torch import nn\n\n\nclass Chain" in generate(chain("3x8x8", "conv 4, 3"))
    assert "\n\nimport torch\nfrom torch import nn\n\n\n" in generate(chain("1x8x8", "conv 1, 2, weight=[[1, 2], [3, 4]]"))


def test_nothing_of_cnnspec_is_imported() -> None:
    for net in (net for kind in KINDS for net in example_chains(kind)[:1]):
        modules = re.findall(r"^(?:from|import) (\w+)", generate(net), flags=re.MULTILINE)
        assert set(modules) <= {"torch", "collections", "typing", "math"}


def test_the_header_tells_how_to_generate_it_again() -> None:
    first = 'network A(classes=10, act="a b") {\n let size = 8\n input 3, size, size\n flatten\n linear classes\n}\n'
    text = first + "network B {\n input 3\n linear 1\n}\n"
    result = check_source(Source("some folder/my net.cnn", text), Options(set=["classes=100"], network="A"))
    header = generate(result.networks[0]).split("\n\n")[0]
    assert "from my net.cnn." in header
    assert "some folder" not in header
    command = " ".join(line.removeprefix("#").strip() for line in header.splitlines()[1:])
    assert command == "cnnspec generate 'my net.cnn' --network A --input 3x8x8 --set classes=100 --set 'act=\"a b\"'"


@pytest.mark.parametrize(
    ("name", "text", "is_one_of_several"),
    [
        ("n.cnn", "network A {\ninput 3\nnetwork: linear 2\n}\n", False),
        ("n.cnn", "network A {\ninput 3\nrelu\n}\n\n  network B { input 3 }\n", True),
        ("n.yaml", "network: A\ninput: 3\nlayers: [relu]\n", False),
        ("n.yaml", "- {network: A, input: 3, layers: [relu]}\n- network: B\n  input: 3\n  layers: [tanh]\n", True),
        (
            "n.json",
            '[{"network": "A", "input": "3", "layers": ["relu"]}, {"network" : "B", "input": "3", "layers": ["tanh"]}]',
            True,
        ),
    ],
)
def test_the_header_names_one_of_several_networks(name: str, text: str, is_one_of_several: bool) -> None:
    (net,) = check_source(Source(name, text), Options(network="A")).networks
    assert ("--network A" in generate(net)) is is_one_of_several


def test_a_file_name_cannot_leave_the_comment() -> None:
    net = network("network A {\n input 3\n linear 3\n}\n", name="x\nimport os\r.cnn")
    assert "import os\n" not in generate(net)
    assert_equals_built(generate(net), net)


def test_the_same_text_every_time() -> None:
    assert generate(network(NESTED)) == generate(network(NESTED))


def test_length_grows_with_the_network_only() -> None:
    size = [len(generate(chain("4x8x8", *["conv 4, kernel=3, padding=1"] * count)).splitlines()) for count in (100, 1000)]
    assert size[1] - size[0] == 900


def test_torch_is_not_imported() -> None:
    code = (
        "import sys; from checked_networks import lenet; from cnnspec.backends.summary import render;"
        "from cnnspec.backends.torch_source import generate; render(lenet()); generate(lenet()); {};"
        "sys.exit('torch' in sys.modules)"
    )
    for extra, imported in (("None", 0), ("import torch", 1)):
        command = [sys.executable, "-c", code.replace("{}", extra)]
        run = subprocess.run(command, cwd=__file__.rpartition("/")[0], check=False, capture_output=True, text=True)
        assert run.returncode == imported, run.stderr


# The comparisons above can fail ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nn.Sigmoid(),  # 120", "nn.Tanh(),  # 120"),
        ("nn.Linear(120, 84)", "nn.Linear(120, 84, bias=False)"),
        ("nn.AvgPool2d(2),  # 16x5x5", "nn.MaxPool2d(2),  # 16x5x5"),
        ("            nn.Flatten(),  # 400\n", "            nn.Identity(),\n            nn.Flatten(),\n"),
    ],
)
def test_another_network_is_told_apart(old: str, new: str) -> None:
    source = generate(lenet())
    assert old in source
    with pytest.raises(AssertionError):
        assert_equals_built(source.replace(old, new), lenet())


def test_other_fixed_numbers_and_frozen_layers_are_told_apart() -> None:
    net = chain("1x8x8", "conv 1, kernel=2, weight=[[1, 2], [3, 4]], frozen=true")
    source = generate(net)
    for old, new in (("3.0", "5.0"), ("requires_grad_(False)", "requires_grad_(True)")):
        with pytest.raises(AssertionError):
            assert_equals_built(source.replace(old, new), net)


def test_only_training_differs_is_told_apart() -> None:
    net = chain("8", "dropout 0.5")
    with pytest.raises(AssertionError, match="training=True"):
        assert_equals_built(generate(net).replace("nn.Dropout(", "nn.Identity("), net)


@pytest.mark.parametrize(
    "change",
    [("kernel_size=5, padding", "kernel_size=5,  padding"), ("from torch import nn", "import os\nfrom torch import nn")],
)
def test_remarks_of_ruff_are_seen(change: tuple[str, str]) -> None:
    assert remarks(generate(lenet()).replace(*change)) != ""


def test_the_class_runs_with_a_batch() -> None:
    assert generated_class(generate(lenet()))()(torch.zeros(3, 1, 28, 28)).shape == (3, 10)


def test_a_module_that_does_not_exist_is_refused() -> None:
    assert list(copies(["Slice", "DropPath"])) == ["DropPath", "Slice"]
    with pytest.raises(LookupError, match="NoSuchModule"):
        copies(["Slice", "NoSuchModule"])
