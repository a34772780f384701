"""Names of other frameworks lead to ours, and never hide one of ours."""

from __future__ import annotations

import re

import pytest

from cnnspec.compiler import check_source
from cnnspec.layers.elsewhere import ARGUMENTS, LAYERS, our_argument, our_layer
from cnnspec.layers.elsewhere_differs import ARGUMENTS as ADVICE_ON_ARGUMENTS
from cnnspec.layers.elsewhere_differs import LAYERS as ADVICE_ON_LAYERS
from cnnspec.layers.registry import all_kinds, known_words, lookup
from cnnspec.recipe.optimizer import Sgd
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
        ("Conv2D", "conv"),
        ("Conv1DTranspose", "conv_transpose"),
        ("AveragePooling3D", "avgpool"),
        ("GlobalMaxPool2D", "global_maxpool"),
        ("UpSampling2D", "upsample"),
        ("Cropping2D", "crop"),
        ("SpatialDropout2D", "channel_dropout"),
        ("LayerNormalization", "layernorm"),
        ("Resizing", "upsample"),
        ("connected", "linear"),
        ("reorg", "pixel_unshuffle"),
        ("FrozenBatchNorm2d", "batchnorm"),
        ("nonsense", None),
    ],
)
def test_layers(word: str, keyword: str | None) -> None:
    assert our_layer(word) == keyword


def test_tables_name_what_exists_and_hide_nothing() -> None:
    assert LAYERS.keys() <= set(known_words())
    assert not [name for names in LAYERS.values() for name in names.split() if name in known_words()]
    fields = {field for kind in all_kinds() for field in kind.model_fields} | set(Sgd.model_fields)
    assert {field for candidates in ARGUMENTS.values() for field in candidates} <= fields


def test_arguments() -> None:
    conv, linear = lookup("conv"), lookup("linear")
    assert conv is not None
    assert linear is not None
    assert our_argument("num_output", conv.kind.model_fields) == "out_channels"
    assert our_argument("num_output", linear.kind.model_fields) == "out_features"
    assert our_argument("strides", linear.kind.model_fields) is None


# What Keras and Darknet offer that builds convolutional networks: each leads somewhere.
KERAS = """
    Input InputLayer Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose SeparableConv1D SeparableConv2D
    DepthwiseConv1D DepthwiseConv2D Dense Activation Embedding LSTM GRU MultiHeadAttention Sequential
    MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D GlobalMaxPooling1D
    GlobalMaxPooling2D GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D BatchNormalization
    LayerNormalization GroupNormalization Dropout SpatialDropout1D SpatialDropout2D AlphaDropout Flatten Reshape Permute
    Cropping1D Cropping2D Cropping3D ZeroPadding1D ZeroPadding2D ZeroPadding3D UpSampling1D UpSampling2D UpSampling3D
    Resizing Add Multiply Concatenate Average Maximum Minimum Subtract Dot ReLU
    LeakyReLU PReLU ELU Softmax ThresholdedReLU Identity
""".split()
DARKNET = (
    "convolutional connected maxpool avgpool route upsample yolo region detection dropout softmax crop reorg cost net".split()
)
OTHERS = (
    "Concat Detect Segment conv3x3 conv1x1 ConvBNReLU StochasticDepth DropPath LayerNorm2d SelectAdaptivePool2d Swish".split()
)


ADVICE = "write `|it is |a depthwise|an activation|values are|only layers|statements|the |what |`from`"


@pytest.mark.parametrize("word", [*KERAS, *DARKNET, *OTHERS])
def test_what_others_have_leads_somewhere(word: str) -> None:
    """Each is accepted, or its help names what is written here; no help is the mere list of layers, or a block to define."""
    text = f"network N {{\n    input 3x8x8\n    {word} 3\n    flatten\n}}\n"
    found = [mistake for mistake in check_source(Source("n.cnn", text)).diagnostics if mistake.code == "E0201"]
    assert len(found) == (lookup(word) is None)
    for mistake in found:
        assert mistake.help is not None
        if mistake.help != f"did you mean `{word.lower()}`?":
            assert re.match(ADVICE, mistake.help), mistake.help


def test_advice_names_what_exists() -> None:
    """Every word of advice in code marks is a layer, an argument, a word of the language or of `train`."""
    fields = {field for kind in all_kinds() for field in kind.model_fields}
    others = {
        "in.channels",
        "channels",
        "block",
        "train",
        "input",
        "from",
        "concat",
        "add",
        "multiply",
        "output",
        "cross_entropy",
    }
    others |= {"init", "weight_decay", "loss", "--precision", "seed"}
    said = " ".join((*ADVICE_ON_LAYERS.values(), *ADVICE_ON_ARGUMENTS.values()))
    assert set(re.findall(r"`([^`]+)`", said)) <= {*known_words(), *fields, *others}
    assert not [name for name in ADVICE_ON_LAYERS if lookup(name) is not None]


def helps(*lines: str) -> list[str]:
    """Returns what each mistake advises, without the whole statement that stands before it where there is one."""
    text = "\n".join(("network N {", "input 3x8x8", *lines, "}"))
    found = [mistake.help for mistake in check_source(Source("n.cnn", text)).diagnostics if mistake.is_error]
    return [re.sub(r"^write `[^`]*`(?: and, on a line of its own, `\w+`)?; ", "", str(text)) for text in found]


def test_arguments_that_differ() -> None:
    assert helps('conv 3, kernel=3, activation="relu"') == [
        "an activation is a layer of its own: write `relu` as the next statement"
    ]
    assert helps("conv 3, kernel=3, activation=swish") == [
        "an activation is a layer of its own: write `silu` as the next statement"
    ]
    assert helps('linear 3, activation="linear"') == ["leave it out: there is no activation where none is written"]
    assert helps('conv 3, kernel=3, padding="SAME"') == ["write `same`, in small letters"]
    assert helps("conv filters=3, kernel=3") == ["it is called `out_channels` here"]
    assert helps("maxpool pool_size=2") == ["it is called `kernel` here"]
    assert helps("conv 3, kernel=3, use_bias=false") == ["it is called `bias` here"]
    assert helps("dropout rate=0.5") == ["it is called `p` here"]
    assert helps("conv 3, 3, pad=1") == ["it is called `padding` here; in Darknet, 1 means half the kernel: write that number"]


@pytest.mark.parametrize("word", ["Attention", "Average"])
def test_a_block_that_is_nearly_called_so_comes_first(word: str) -> None:
    text = f"block {word}s {{\n    relu\n}}\nnetwork N {{\n    input 3x8x8\n    {word}s\n    {word}\n}}\n"
    (mistake,) = check_source(Source("n.cnn", text)).diagnostics
    assert mistake.help == f"did you mean `{word}s`?"


def test_messages() -> None:
    text = "network N {\n    input 3x8x8\n    Dense 10\n    conv filters=3, kernel=3\n}\n"
    helps = [diagnostic.help for diagnostic in check_source(Source("n.cnn", text)).diagnostics]
    assert helps == ["it is called `linear` here", "it is called `out_channels` here"]


def test_a_misspelt_argument_of_pytorch() -> None:
    assert helps("conv 3, kernel_szie=3") == ["it is called `kernel` here"]
    assert helps("conv 3, kernal=3") == ["did you mean `kernel`?"]
