from __future__ import annotations

import json

import pytest
from checked_networks import KINDS, chain, example_chains, lenet, network

from cnnspec.backends.layer_text import layer_text
from cnnspec.backends.numbers import memory, rounded, shape
from cnnspec.backends.summary import render
from cnnspec.backends.torch_module import build
from cnnspec.compiler import check_source
from cnnspec.network.network import Network
from cnnspec.source import Source

NESTED = """
network Nested {
    input 3x32x32
    features: {
        conv 16, kernel=3, padding=1, bias=false
        norm: batchnorm
        relu
        deep: {
            conv 32, kernel=3, stride=2, frozen=true
        }
    }
    global_avgpool
    flatten
    head: linear 10
}
"""


def columns(text: str) -> list[str]:
    """Returns the lines of the table in a text summary, without the title and the notes."""
    return text.split("\n\n")[1].splitlines()


def data(net: Network, **options: int) -> dict[str, object]:
    document: dict[str, object] = json.loads(render(net, "json", **options))
    return document


def test_json_has_the_documented_keys() -> None:
    document = json.loads(render(lenet(), "json"))
    keys = ("name", "input", "output", "parameters", "macs")
    assert {key: document[key] for key in keys} == {
        "name": "LeNet",
        "input": [1, 28, 28],
        "output": [10],
        "parameters": 61706,
        "macs": 416520,
    }
    first = document["layers"][0]
    assert {key: first[key] for key in ("name", "kind", "output", "parameters", "macs", "receptive_field")} == {
        "name": "0",
        "kind": "conv",
        "output": [6, 28, 28],
        "parameters": 156,
        "macs": 117600,
        "receptive_field": [5, 5],
    }
    assert document["weight_memory"] == 4 * 61706


def test_parameters_are_those_of_the_model() -> None:
    for net in (net for kind in KINDS for net in example_chains(kind)):
        assert json.loads(render(net, "json"))["parameters"] == sum(value.numel() for value in build(net).parameters())


def test_strides_in_json_are_numbers() -> None:
    document = json.loads(render(chain("1x8", "upsample 2", "maxpool 2"), "json"))
    assert [layer["stride"] for layer in document["layers"]] == [[0.5], [1]]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_folding_keeps_the_sums(depth: int) -> None:
    net = network(NESTED)
    document = json.loads(render(net, "json", depth=depth))
    assert sum(layer["parameters"] for layer in document["layers"]) == net.parameters
    assert sum(layer["macs"] for layer in document["layers"]) == net.macs
    assert [layer["name"] for layer in document["layers"]][-3:] == ["1", "2", "head"]


def test_a_folded_sequence_is_one_row() -> None:
    folded = json.loads(render(network(NESTED), "json", depth=1))["layers"][0]
    assert (folded["name"], folded["kind"], folded["layer"]) == ("features", "sequence", "4 layers")
    assert (folded["output"], folded["receptive_field"]) == ([32, 15, 15], [5, 5])
    assert folded["parameters"] == 16 * 27 + 32 + 32 * 16 * 9 + 32
    names = [layer["name"] for layer in json.loads(render(network(NESTED), "json", depth=2))["layers"]]
    assert names[:4] == ["features.0", "features.norm", "features.2", "features.deep"]


def test_a_batch_scales_costs_and_not_weights() -> None:
    one, many = (json.loads(render(lenet(), "json", batch=batch)) for batch in (None, 32))
    assert many["input"] == [32, *one["input"]]
    assert many["layers"][0]["output"] == [32, 6, 28, 28]
    assert many["macs"] == 32 * one["macs"] == sum(layer["macs"] for layer in many["layers"])
    assert many["activation_memory"] == 32 * one["activation_memory"]
    assert (many["parameters"], many["weight_memory"]) == (one["parameters"], one["weight_memory"])
    assert many["layers"][3]["receptive_field"] == one["layers"][3]["receptive_field"]
    assert "for a batch of 32" in render(lenet(), "text", batch=32)
    assert "for a batch of 32" in render(lenet(), "markdown", batch=32)


def test_text_is_ascii_and_aligned() -> None:
    text = render(network(NESTED))
    assert text.isascii()
    head, *body = columns(text)[1:]
    assert all(line.endswith(tuple("-0123456789")) for line in body)
    assert {len(line) for line in (head, *body)} == {len(head)}
    assert all(line == line.rstrip() for line in text.splitlines())


def test_the_name_of_the_file_ends_where_the_table_does() -> None:
    """A wide character fills two squares."""
    text = "network Net {\n    input 3x8x8\n    conv 8, kernel=3\n}\n"
    narrow, wide = (
        render(check_source(Source(name, text)).networks[0], "text").splitlines()[0] for name in ("nets.cnn", "网络.cnn")
    )
    assert wide.replace("网络", "nets") == narrow


def test_text_fits_100_columns() -> None:
    long = "conv 512, kernel=3x5, stride=1, padding=(1, 2), dilation=1, groups=1, bias=false, padding_mode=reflect"
    lines = render(chain("3x64x64", "features: {", long, "relu", "}", "flatten", "linear 1000")).splitlines()
    assert 90 < max(map(len, lines)) <= 100
    assert any("conv 512, kernel=3x5, stride=1, ..." in line for line in lines)


def test_long_names_widen_the_table_and_cut_no_number() -> None:
    label = "encoder_with_a_very_long_name_" * 3
    text = render(chain("3x64x64", f"{label}: conv 512, kernel=3, padding=1, bias=false"))
    assert label in text
    assert "13,824" in text
    assert "56,623,104" in text


def test_frozen_parameters_and_buffers_are_stated() -> None:
    text = render(network(NESTED))
    assert "4,640 of them frozen" in text
    assert "buffers" in text
    assert "frozen" not in render(lenet())
    assert "buffers" not in render(lenet())


def test_markdown_is_one_table() -> None:
    lines = render(network(NESTED), "markdown").splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in table} == {7}
    assert len({len(line) for line in table}) == 1
    assert table[1].endswith("--: |")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("conv 6, kernel=5, padding=2", "conv 6, kernel=5, padding=2"),
        ("conv 3 * 2, 2 + 3", "conv 6, 5"),
        ("conv out_channels=6, kernel_size=(5, 3)", "conv 6, kernel=5x3"),
        ("Conv2d 6, kernel=5, in_channels=3, bias=false", "conv 6, kernel=5, bias=false"),
        ("conv 1, 2, weight=[[1, 2], [3, 4]], bias_value=0.5", "conv 1, 2, weight=[2x2], bias_value=0.5"),
        ('conv 1, 3, padding="same", padding_mode=reflect', "conv 1, 3, padding=same, padding_mode=reflect"),
        ("permute 1, 2, 0", "permute 1, 2, 0"),
        ("zero_pad (1, -1, 0, 2)", "zero_pad (1, -1, 0, 2)"),
        ("upsample 2", "upsample 2"),
        ("dropout 1e-3", "dropout 0.001"),
        ("dropout p=0.1", "dropout p=0.1"),
        ("adaptive_avgpool (1, none)", "adaptive_avgpool (1, none)"),
        ("relu", "relu"),
    ],
)
def test_layers_are_shown_with_their_values(written: str, shown: str) -> None:
    assert layer_text(chain("3x16x16", written).layers[0]) == shown


def test_layers_of_yaml_read_as_those_of_a_spec() -> None:
    text = "network: A\ninput: 3x16x16\nlayers:\n  - conv: {kernel: 5, out_channels: 6}\n  - maxpool: 2\n"
    (net,) = check_source(Source("a.yaml", text)).networks
    assert [layer_text(node) for node in net.layers] == ["conv 6, kernel=5", "maxpool 2"]


def test_what_was_shown_can_be_compiled() -> None:
    for net in (net for kind in KINDS for net in example_chains(kind)):
        line = layer_text(net.layers[0])
        if "weight=[" not in line and "bias_value=[" not in line and "linear" not in line:
            again = chain(str(net.input), line)
            assert again.layers[0].layer == net.layers[0].layer


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (246824, "241.0 KiB"), (10**15, "909.5 TiB")]
)
def test_memory(size: int, text: str) -> None:
    assert memory(size) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (999, "999"), (1000, "1.00 k"), (416520, "417 k"), (4089184256, "4.09 G"), (999999, "1.00 M")]
)
def test_rounded(count: int, text: str) -> None:
    assert rounded(count) == text


def test_shape_without_axes() -> None:
    assert shape(()) == "-"


@pytest.mark.parametrize("options", [{"format": "html"}, {"depth": 0}, {"batch": 0}])
def test_options_that_make_no_sense(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"format|depth|batch"):
        render(lenet(), **options)  # type: ignore[arg-type]
