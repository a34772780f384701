"""An input with symbolic sizes: those of the input that is given from outside, or symbols all the way."""

from __future__ import annotations

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.outside import again
from cnnspec.source import Source

TEXT = """
network S {
    input 3xHxW
    conv 8, 3, padding=1     -> 8xHxW
    maxpool 2                -> 8, H // 2, W // 2
    conv H // 4, 1
}
"""


def messages(text: str, given: str | None) -> list[str]:
    return [diagnostic.message for diagnostic in check_source(Source("s.cnn", text), Options(input=given)).diagnostics]


def test_sizes_are_those_of_the_given_input() -> None:
    result = check_source(Source("s.cnn", TEXT), Options(input="3x64x48"))
    assert result.diagnostics == ()
    assert result.networks[0].output.sizes == (16, 32, 24)


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        (TEXT, None, "`out_channels` of `conv` is `floor(H/4)`, which depends on H"),
        (TEXT, "64x48", "the given input 64x48 has another number of axes than the declared one (3)"),
        (TEXT.replace("W", "H"), "3x64x48", "the given input 3x64x48 has two sizes for `H`"),
    ],
)
def test_one_message_where_they_are_not_known(text: str, given: str | None, message: str) -> None:
    assert messages(text, given) == [message]


def test_a_constant_is_no_symbol() -> None:
    assert messages("let H = 20\nlet W = 24\n" + TEXT, None) == []


@pytest.mark.parametrize("keyword", ["layernorm", "rmsnorm"])
def test_norms_along_a_symbolic_axis_have_no_fixed_weights_unless_they_are_stated(keyword: str) -> None:
    text = f"network N {{\n    input 3xHxW\n    {keyword}\n}}\n"
    (mistake,) = check_source(Source("n.cnn", text)).diagnostics
    assert (mistake.code, mistake.message) == ("E0332", f"`{keyword}` needs a fixed number of features, but W arrive")
    stated = check_source(Source("n.cnn", text.replace(keyword, f"{keyword} normalized_shape=8")))
    assert stated.diagnostics == ()
    assert stated.networks[0].parameters == (16 if keyword == "layernorm" else 8)


def test_an_input_from_outside_has_numbers() -> None:
    with pytest.raises(UsageError, match=r"--input 3xHx5: an input from outside has numbers; write a shape such as `3x64x64`"):
        check_source(Source("s.cnn", TEXT), Options(input="3xHx5"))


@pytest.mark.parametrize(
    "inputs",
    ["    input 3xHxW\n", "    input 3x8x8\n", "    left: input 3xHxW\n    right: input 3x8x8\n    concat left\n"],
)
def test_the_same_network_once_more(inputs: str) -> None:
    source = Source("n.cnn", f"network N {{\n{inputs}    relu\n}}\n")
    network = check_source(source).last
    assert check_source(source, again(network)).last.nodes == network.nodes


def test_the_other_way_of_meeting_is_tried_behind_a_mistake() -> None:
    text = """
network N {
    input 2xW
    v: relu
    conv_transpose 2, 4, stride=2, output_padding=1
    add {
        avgpool 4, stride=3, ceil_mode=true
        reflection_pad 1
    }
    add v
}
"""
    (mistake,) = check_source(Source("s.cnn", text)).diagnostics
    assert mistake.code == "E0331"
