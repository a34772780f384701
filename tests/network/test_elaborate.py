"""From a tree to a network: names of modules, scopes, labels, binding, and how the walk goes on after a mistake."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnnspec.backends.modules.graph import Graph
from cnnspec.backends.program import Program
from cnnspec.compiler import BadOption, NoSuchName, Options, Result, check_source
from cnnspec.network.network import Network
from cnnspec.network.reserved import MODULE_ATTRIBUTES
from cnnspec.source import Source


def check(*lines: str, **options: object) -> Result:
    """Returns what is found in a network with this body."""
    text = "network N {\n" + "\n".join(lines) + "\n}\n"
    return check_source(Source("n.cnn", text), Options(**options))  # type: ignore[arg-type]


def network(*lines: str, **options: object) -> Network:
    result = check(*lines, **options)
    assert [diagnostic.message for diagnostic in result.diagnostics if diagnostic.is_error] == []
    return result.networks[0]


def messages(*lines: str) -> list[str]:
    return [diagnostic.message for diagnostic in check(*lines).diagnostics]


def test_modules_are_numbered_by_position_and_labels_keep_it() -> None:
    found = network("input 3x8x8", "conv 4, 3", "stem: relu", "let a = 3", "conv 4, 3", "{", "relu", "tanh", "}", "flatten")
    assert [node.name for node in found.layers] == ["0", "stem", "2", "3", "4", "5"]


def test_a_labelled_sequence_opens_a_level() -> None:
    found = network("input 3x8x8", "relu", "features: {", "conv 4, 3", "last: {", "relu", "}", "}", "flatten", "head: linear 2")
    assert [node.name for node in found.layers] == ["0", "features.0", "features.last.0", "2", "head"]


def test_numbers_are_those_of_sequential() -> None:
    """Published weights of a `nn.Sequential` load, because layers without weights count too."""
    found = network("input 1x8x8", "conv 2, 3", "relu", "flatten", "linear 3")
    keys = {f"{node.name}.{weight}" for node in found.layers for weight in node.layer.weights(node.input)}
    assert keys == set(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 3)).state_dict())


def test_reserved_labels_are_those_of_torch() -> None:
    """Torch refuses a submodule whose name the module already has; in newer releases there may be more of them."""
    graph = Graph(Program("N", 1, 1, (), (0,)), {})
    attributes = {name for name in (*dir(nn.Sequential()), *dir(graph)) if not name.startswith("__")}
    assert set(MODULE_ATTRIBUTES) <= attributes | {"_compiled_call_impl", "_version", "T_destination", "training"}
    for name in ("forward", "train", "parameters", "append", "_modules", "training"):
        assert name in MODULE_ATTRIBUTES
    public = {name for name in attributes if not name.startswith("_")}
    assert public <= set(MODULE_ATTRIBUTES), torch.__version__
    assert {name for name in vars(graph) if name.startswith("_Graph")} <= set(MODULE_ATTRIBUTES)
    assert {name for name in vars(Graph) if name.startswith("_Graph")} <= set(MODULE_ATTRIBUTES)


@pytest.mark.parametrize("label", ["__init__", "__class__", "__nobody__"])
def test_names_that_python_keeps_for_itself_are_no_labels(label: str) -> None:
    found = check("input 3", f"{label}: relu").diagnostics
    assert [(diagnostic.code, diagnostic.message) for diagnostic in found] == [
        ("E0210", f"`{label}` cannot be a label: Python keeps names between double underscores for itself")
    ]


@pytest.mark.parametrize("label", ["__x", "x__", "_x_", "__"])
def test_other_underscores_are_free(label: str) -> None:
    assert [node.name for node in network("input 3", f"{label}: relu").layers] == [label]


def test_the_words_of_the_language_are_free_as_labels() -> None:
    assert messages("input 3", "block: relu", "add: relu", "network: relu", "linear: linear 3") == []


def test_labels_are_values() -> None:
    found = network(
        "input 1x9x9", "a: conv 5, 3", "b: { c: maxpool 2 }", "conv a.channels + b.c.width, kernel=a.height - 5", "flatten"
    )
    assert str(found.layers[2].output) == "8x2x2"


def test_unlabelled_groups_open_no_scope_for_labels_but_one_for_constants() -> None:
    assert messages("input 4", "{", "a: linear 3", "}", "relu", "linear a.features") == []
    assert messages("input 4", "{", "let a = 3", "}", "linear a") == ["unknown name `a`"]
    assert messages("input 4", "b: {", "a: linear 3", "}", "linear a.features") == ["`a` stands inside the sequence `b`"]


def test_input_is_what_entered_and_in_what_arrives() -> None:
    found = network("input 3x8x8", "conv in.channels * 2, 1", "conv in.channels + input.channels, 1", "flatten")
    assert [node.output.channels for node in found.layers[:2]] == [6, 9]


def test_arguments_by_position_by_name_and_under_torchs_names() -> None:
    first, second, third = network(
        "input 3x8x8", "conv 4, 3, 1, 1", "Conv2d out_channels=4, kernel_size=3, padding=1", "conv 4, padding=1, kernel=3"
    ).layers
    assert first.layer == second.layer.model_copy() == third.layer


def test_words_need_no_quotes_and_names_win_over_them() -> None:
    assert network("input 3x8x8", "conv 4, 3, padding=same").output.sizes == (4, 8, 8)
    assert network("input 3x8x8", "let same = 0", "conv 4, 3, padding=same").output.sizes == (4, 6, 6)


def test_one_field_may_collect_all_positions() -> None:
    for line in ("permute 1, 2, 0", "permute (1, 2, 0)", "permute axes=(1, 2, 0)"):
        assert network("input 3x4x5", line).output.sizes == (4, 5, 3)


def test_axes_under_torchs_name_count_the_batch() -> None:
    assert network("input 3x4x5", "softmax dim=1").layers[0].layer == network("input 3x4x5", "softmax 0").layers[0].layer
    assert network("input 3x4x5", "softmax dim=-1").layers[0].layer == network("input 3x4x5", "softmax axis=-1").layers[0].layer


def test_parameters_from_outside() -> None:
    text = "network N(classes=10, wide=classes * 2) {\n input 4\n linear wide\n linear classes\n}\n"
    source = Source("n.cnn", text)
    assert check_source(source).networks[0].output.sizes == (10,)
    (found,) = check_source(source, Options(set=["classes=3"])).networks
    assert [node.output.sizes for node in found.layers] == [(6,), (3,)]
    (found,) = check_source(source, Options(parameters={"wide": 5})).networks
    assert found.layers[0].output.sizes == (5,)
    with pytest.raises(NoSuchName, match="no parameter `class`"):
        check_source(source, Options(set=["class=3"]))
    with pytest.raises(NoSuchName, match="no network `M`"):
        check_source(source, Options(network="M"))
    for wrong in ("classes", "classes=3 3", "=3", "classes=1/0", "3=3"):
        with pytest.raises(BadOption):
            check_source(source, Options(set=[wrong]))


def test_another_input_from_outside() -> None:
    lines = ("input 3x8x8", "conv 4, 3 -> 4x6x6", "flatten -> 4 * in.channels // in.channels * 100", "linear 2 -> 2")
    found = network(*lines, input="3x12x12")
    assert found.input.sizes == (3, 12, 12)
    for wrong in ("3xHxW", "3x0x3", "x", "", "1x2x3x4x5", "3,3"):
        with pytest.raises(BadOption):
            check(*lines, input=wrong)


def test_skipped_assertions_are_counted() -> None:
    result = check("input 3x8x8", "conv 4, 3 -> 4x6x6", "flatten -> 144", input="3x9x9")
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["N0701"]
    assert result.diagnostics[0].message.startswith("2 assertions")


def test_each_network_has_its_own_names() -> None:
    text = "let w = 2\nnetwork A {\n input 4\n let a = 3\n linear a\n}\nnetwork B {\n input 4\n linear a\n}\n"
    result = check_source(Source("n.cnn", text))
    assert [diagnostic.message for diagnostic in result.diagnostics] == ["unknown name `a`"]
    assert [found.name for found in result.networks] == ["A"]


def test_a_network_with_a_mistake_elsewhere_is_none() -> None:
    """A constant at fault says nothing further where it is used, but no network with a hole comes out either."""
    result = check_source(Source("n.cnn", "let w = 1 // 0\nnetwork A {\n input 4\n linear w -> 3\n linear 2\n}\n"))
    assert [diagnostic.code for diagnostic in result.diagnostics] == ["E0207"]
    assert result.networks == ()


def test_deep_nesting_of_groups() -> None:
    depth = 95
    found = network("input 4", *["a: {"] * depth, "linear 3", *["}"] * depth)
    assert found.layers[0].name == ".".join(["a"] * depth + ["0"])


def test_the_deepest_expression_in_the_deepest_body() -> None:
    deep = "[" * 45 + "1" + " + 1" * 150 + "]" * 45 + "[0]" * 45
    assert messages("input 4", *["{"] * 50, f"linear {'max(' * 40}{'1 + ' * 100}1{', 0)' * 40}", *["}"] * 50) == []
    assert len(messages("input 4", f"linear {deep}")) <= 1
