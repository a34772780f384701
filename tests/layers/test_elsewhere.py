"""Names of other frameworks lead to ours, and never hide one of ours."""

from __future__ import annotations

import pytest

from cnnspec.compiler import check_source
from cnnspec.layers.elsewhere import ARGUMENTS, LAYERS, our_argument, our_layer
from cnnspec.layers.registry import all_kinds, known_words, lookup
from cnnspec.source import Source


@pytest.mark.parametrize(
    ("word", "keyword"),
    [
        ("Dense", "linear"),
        ("Conv2DTranspose", "conv_transpose"),
        ("MaxPooling2D", "maxpool"),
        ("GlobalAveragePooling2D", "global_avgpool"),
        ("BatchNormalization", "batchnorm"),
        ("convolutional", "conv"),
        ("InnerProduct", "linear"),
        ("ZeroPadding1D", "zero_pad"),
        ("nonsense", None),
    ],
)
def test_layers(word: str, keyword: str | None) -> None:
    assert our_layer(word) == keyword


def test_tables_name_what_exists_and_hide_nothing() -> None:
    assert LAYERS.keys() <= set(known_words())
    assert not [name for names in LAYERS.values() for name in names.split() if name in known_words()]
    fields = {field for kind in all_kinds() for field in kind.model_fields}
    assert {field for candidates in ARGUMENTS.values() for field in candidates} <= fields


def test_arguments() -> None:
    conv, linear = lookup("conv"), lookup("linear")
    assert conv is not None
    assert linear is not None
    assert our_argument("num_output", conv.kind.model_fields) == "out_channels"
    assert our_argument("num_output", linear.kind.model_fields) == "out_features"
    assert our_argument("strides", linear.kind.model_fields) is None


def test_messages() -> None:
    text = "network N {\n    input 3x8x8\n    Dense 10\n    conv filters=3, kernel=3\n}\n"
    helps = [diagnostic.help for diagnostic in check_source(Source("n.cnn", text)).diagnostics]
    assert helps == ["it is called `linear` here", "it is called `out_channels` here"]
