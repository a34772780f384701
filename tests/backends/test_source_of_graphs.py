"""Generated source of networks that branch: the same as the built model, in the words of the file, and short."""

from __future__ import annotations

import inspect
import re

import pytest
import torch
from checked_networks import KINDS, SPECS, example_chains, network, recorded
from generated_source import assert_equals_built, generated_class, remarks
from graph_texts import network_texts
from hypothesis import HealthCheck, assume, given, settings
from torch import nn

from cnnspec.backends.modules import OWN_MODULES
from cnnspec.backends.source_arguments import argument_name
from cnnspec.backends.source_skeletons import defaults
from cnnspec.backends.torch_source import generate
from cnnspec.compiler import Options, check_source
from cnnspec.layers.base import Layer
from cnnspec.network.network import Network
from cnnspec.source import Source
from cnnspec.values.call import Call


def spec(name: str, *values: str) -> Network:
    """Returns the network of a file in specs/, with `--set` values."""
    text = (SPECS / name).read_text(encoding="utf-8")
    result = check_source(Source(str(SPECS / name), text), Options(set=list(values)))
    assert result.ok, [diagnostic.message for diagnostic in result.diagnostics]
    return result.networks[-1]


def classes(source: str) -> list[str]:
    return re.findall(r"^class (\w+)", source, flags=re.MULTILINE)


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
)
@given(network_texts())
def test_any_graph(text: str) -> None:
    result = check_source(Source("random.cnn", text))
    assume(result.ok and len(result.networks[-1].nodes) < 150)
    source = generate(result.networks[-1])
    assert_equals_built(source, result.networks[-1])
    assert remarks(source) == "", source


def test_the_recorded_graph_is_the_built_model() -> None:
    source = generate(recorded("graph"))
    assert remarks(source) == ""
    assert_equals_built(source, recorded("graph"))


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("resnet.cnn", ["depth=18"], ["Basic", "Projection", "Basic2", "ResNet"]),
        ("resnet.cnn", ["depth=50"], ["Projection", "Bottleneck", "Bottleneck2", "ResNet"]),
        ("googlenet.cnn", [], ["BasicConv", "Inception", "GoogLeNet"]),
        ("densenet121.cnn", [], ["DenseLayer", "Transition", "DenseNet"]),
        ("unet.cnn", [], ["DoubleConv", "UNet"]),
    ],
)
def test_modules_that_differ_in_numbers_only_are_one_class(name: str, values: list[str], expected: list[str]) -> None:
    source = generate(spec(name, *values))
    assert classes(source) == expected
    assert remarks(source) == ""


def test_parameters_have_the_names_of_the_file_and_the_defaults_of_torch() -> None:
    source = generate(spec("resnet.cnn", "depth=50"))
    assert "def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:" in source
    assert "self.conv3 = nn.Conv2d(width, 4 * width, kernel_size=1, bias=False)" in source
    assert "            Bottleneck(256, 128, stride=2),  # 512x28x28\n" in source


def test_values_that_are_equal_by_chance_are_parameters_of_their_own() -> None:
    text = """
block Unit(padding, stride) {
    conv 4, kernel=3, padding=stride, stride=padding
}
block Part(stop) {
    slice stop - 1, 2 * stop
    residual { dropout 0.1 * stop }
}
network N {
    input 12x32x32
    Unit 1, 1
    Unit 2, 2
    conv 12, kernel=1
    Part 1
    conv 12, kernel=1
    Part 2
    conv 12, kernel=1
    Part 4
}
"""
    source = generate(network(text))
    assert "def __init__(self, in_channels: int, padding: int, stride: int = 1) -> None:" in source
    assert "stride=stride, padding=padding" in source
    assert remarks(source) == ""
    assert_equals_built(source, network(text))


def test_values_have_the_names_of_the_file() -> None:
    lines = [line.partition("  #")[0].strip() for line in generate(spec("unet.cnn")).splitlines()]
    assert lines[lines.index("enc3 = self.enc3(x)") + 1] == "x = self.maxpool4(enc3)"
    assert "x = torch.cat((enc3, x), dim=1)" in lines


def test_a_value_that_is_still_needed_keeps_its_name() -> None:
    """Labels that are usual names, and the names that the generator itself would take."""
    text = """
network N {
    x: input 4x6x6
    out: conv 4, kernel=1
    module: conv 4, kernel=1
    a-label-that-is-too-long-to-be-written-on-one-line-with-the-call-of-it: conv 4, kernel=1
    add module, out, x
    results: {
        from x
        one: conv 4, kernel=1
        two: conv 4, kernel=1
        three: relu
    }
    add results.one, results.two, module
}
"""
    source = generate(network(text))
    assert_equals_built(source, network(text))
    assert remarks(source) == ""


@pytest.mark.parametrize("length", [1, 8, 20, 21, 30, 45, 60, 64, 68])
def test_labels_of_any_length_in_graphs(length: int) -> None:
    label = "y" * length
    text = f"""
block Unit(c, {label}_size=1) {{
    {label}: conv c, kernel=1
    residual {{
        relu
        a-{label}: conv c, kernel={label}_size
    }} shortcut {{ {label}3: identity }}
    concat {{
        {label}4: identity
        {label}5: conv c, kernel=1
    }}
}}
network N {{
    {label}: input 4x6x6
    {label}6: input 4x6x6
    {label}7: add {label}, {label}6, {label}, {label}
    multiply {label}, {label}6
    {label}8: Unit 4
    Unit 4
    b{label}: Unit 5, {label}_size=1
    output {label}, {label}6, {label}8, {label}7, b{label}
}}
"""
    source = generate(network(text))
    assert remarks(source) == "", source
    assert_equals_built(source, network(text))


def test_a_block_may_be_called_as_anything_else() -> None:
    text = """
block Exception(Exception, nn=1) {
    residual { conv Exception, kernel=nn, padding=nn // 2 }
}
block DropPath(Tensor) {
    residual { drop_path Tensor }
    drop_path Tensor
}
network OrderedDict {
    input 4x6x6
    Exception 4
    Exception 4, 3
    DropPath 0.1
    DropPath 0.2
}
"""
    source = generate(network(text))
    assert classes(source) == ["DropPath", "Exception2", "DropPath2", "OrderedDictNetwork"]
    assert remarks(source) == ""
    assert_equals_built(source, network(text))


def test_factors_of_channels_are_parameters_where_forward_is_written() -> None:
    source = generate(spec("convnext_tiny.cnn"))
    assert "self.layer_scale = nn.Parameter(torch.full((in_channels, 1, 1), 1e-06))" in source
    assert "class LayerScale" not in source


def test_a_layer_of_a_sequence_is_used_again() -> None:
    text = """
network N {
    input 4x6x6
    tower: {
        conv1: conv 4, kernel=1
        conv 4, kernel=1
    }
    again: {
        relu
        reuse tower.conv1
        conv 4, kernel=1
    }
    reuse tower
}
"""
    source = generate(network(text))
    assert remarks(source) == ""
    assert_equals_built(source, network(text))


def test_merges_that_nobody_uses_are_left_out() -> None:
    text = "network N {\n input 4x6x6\n a: conv 4, 1\n b: batchnorm\n add a\n from a\n relu\n}\n"
    source = generate(network(text))
    assert " + " not in source
    assert "self.b(" in source
    assert remarks(source) == ""
    assert_equals_built(source, network(text))


def test_the_length_is_that_of_the_structure() -> None:
    body = "block Unit(c) {{\n residual {{\n conv c, 1\n relu\n }}\n}}\nnetwork N {{\n input 4x2x2\n repeat {} {{ Unit 4 }}\n}}"
    lengths = [len(generate(network(body.format(count))).splitlines()) for count in (100, 1000)]
    assert lengths[1] - lengths[0] == 900


# The names and defaults that stand in for torch's own ------------------------------------------------------------------


def constructor(call: Call) -> type[nn.Module]:
    own = not call.function.startswith("nn.")
    kind: type[nn.Module] = OWN_MODULES[call.function] if own else getattr(nn, call.function.removeprefix("nn."))
    return kind


def calls(kind: type[Layer]) -> list[Call]:
    return [node.layer.torch(node.input) for net in example_chains(kind) for node in net.layers]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_positional_arguments_have_their_names(kind: type[Layer]) -> None:
    for call in calls(kind):
        names = [name for name in inspect.signature(constructor(call)).parameters if name != "args"]
        given = [argument_name(call.function, position) for position in range(len(call.positional))]
        if call.function in ("Permute", "nn.Sequential"):
            continue  # any number of arguments without names
        assert given == names[: len(given)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)
def test_arguments_that_are_left_out_have_torchs_defaults(kind: type[Layer]) -> None:
    for call in calls(kind):
        parameters = inspect.signature(constructor(call)).parameters
        for name, default in defaults(kind).items():
            if name in parameters and name not in argument_names(call):
                assert parameters[name].default == default, f"{kind.keyword}: {name}"


def argument_names(call: Call) -> list[str]:
    return [argument_name(call.function, position) for position in range(len(call.positional))]


def test_other_names_and_steps_are_told_apart() -> None:
    net = recorded("graph")
    source = generate(net)
    for old, new in (
        ("x = torch.cat((x, tower), dim=1)", "x = torch.cat((tower, x), dim=1)"),
        ("return out * x", "return out + x"),
        ("return scores, mask", "return mask, scores"),
        ("self.scale = nn.Parameter(", "self.other = self.scale = nn.Parameter("),
    ):
        assert old in source
        with pytest.raises(AssertionError):
            assert_equals_built(source.replace(old, new), net)


def test_the_class_takes_several_inputs() -> None:
    model = generated_class(generate(recorded("graph")))().eval()
    scores, mask = model(torch.zeros(2, 3, 32, 32), right=torch.ones(2, 3, 32, 32))
    assert (scores.shape, mask.shape) == ((2, 5), (2, 1, 32, 32))
