"""What other frameworks have and cnnspec says in another way: for advice, in words that hold in both notations."""

from __future__ import annotations

from collections.abc import Collection

from cnnspec.layers.elsewhere import our_layer, plain_name
from cnnspec.layers.registry import lookup

_RECURRENT = "only layers of convolutional networks are built in: there is nothing to take its place"
_MERGES = "values are joined by `add`, `multiply` and `concat`"
_HEAD = "the boxes are decoded behind the network: end with the `conv` before it, and name several of them in `output`"
_SEQUENCE = "statements run one after the other: write its layers in their order, in a labelled group where a name is needed"
_DEPTHWISE = "a depthwise convolution is a `conv` here, with `in.channels` as its `out_channels` and its `groups`"

LAYERS = {
    "activation": "an activation is a layer of its own: write its name, such as `relu`, as the statement",
    "depthwiseconv": _DEPTHWISE,
    "depthwise": _DEPTHWISE,
    "separableconv": f"{_DEPTHWISE}; a `conv` with a `kernel` of 1 behind it makes it separable",
    "layernorm2d": "it is a `layernorm` here, whose `axis` is `channels`",
    "route": "`from` goes on from an earlier value, `concat` joins several: give these layers labels",
    "inputlayer": "it is called `input` here, and says the shape of one sample without the batch: 3x32x32",
    "net": "what is set for training stands in `train`, the shape of the images behind `input`",
    "cost": "the loss is a line of `train`",
    "softmaxwithloss": "the loss is a line of `train`: `loss` with `cross_entropy`, which contains the softmax",
    **dict.fromkeys(("yolo", "region", "detect", "detection", "segment"), _HEAD),
    **dict.fromkeys(("average", "maximum", "minimum", "subtract", "dot"), _MERGES),
    **dict.fromkeys(("sequential", "modulelist"), _SEQUENCE),
    **dict.fromkeys(("lstm", "gru", "simplernn", "rnn", "embedding", "attention", "multiheadattention"), _RECURRENT),
    **dict.fromkeys(("conv3x3", "conv1x1"), "it is a `conv` here; the `kernel`, and for 3x3 a `padding` of 1, are arguments"),
    **dict.fromkeys(
        ("convbnrelu", "convnormact", "convbnact", "convnormactivation", "cbr", "cbs", "conv2dnormactivation"),
        "it is a `conv` without bias, a `batchnorm` and a `relu` here, each a statement, perhaps in a `block`",
    ),
}

_OWN_LAYER = "an activation is a layer of its own: write it as the next statement"
_INITIAL = "leave it out: `init` in `train` says how weights begin"
_PENALTY = "leave it out: `weight_decay` of the optimizer, in `train`, is that penalty"
_FIRST = "leave it out: channels always come first, and the batch is never mentioned"
_SAMPLE = "leave it out: the shape of one sample is said once, by `input`"

ARGUMENTS = {
    "activation": _OWN_LAYER,
    "nonlinearity": _OWN_LAYER,
    "act": _OWN_LAYER,
    "batch_normalize": "write `batchnorm` as the next statement, and here `bias` as false",
    "name": "give the layer a label: that names the module, and the value that comes out",
    "data_format": _FIRST,
    "axis": _FIRST,
    "input_shape": _SAMPLE,
    "batch_input_shape": _SAMPLE,
    "input_dim": _SAMPLE,
    "keep_prob": "it is called `p` here, and is the share that is dropped: 1 minus this",
    "trainable": "it is called `frozen` here, and means the opposite",
    "max_value": "a rectifier that ends at 6 is the layer `relu6`; any other end is said by `hardtanh`",
    "depth_multiplier": "leave it out: `out_channels` says how many channels come out of all groups",
    "dtype": "leave it out: `--precision` says in which numbers a network is trained",
    "seed": "leave it out: `seed` is a line of `train`",
    "pad": "it is called `padding` here; in Darknet, 1 means half the kernel: write that number",
    **dict.fromkeys(("bias_initializer", "weight_filler", "bias_filler"), _INITIAL),
    **dict.fromkeys(("kernel_regularizer", "bias_regularizer", "activity_regularizer"), _PENALTY),
}
_NEEDED = {"trainable": "frozen", "keep_prob": "p", "pad": "padding", "depth_multiplier": "groups"}


def layer_advice(word: str) -> str | None:
    """Returns how a layer that other frameworks call `word` is said here, None where one word says it, or nothing is known."""
    return LAYERS.get(word.lower()) or LAYERS.get(plain_name(word))


def argument_advice(name: str, value: object, fields: Collection[str]) -> str | None:
    """Returns how an argument of another framework is said here, for a layer with these fields; None where nothing is known.

    `value` is what it is given, as far as that is a word: `activation="relu"` is a statement `relu`.
    """
    needed = _NEEDED.get(name)
    advice = ARGUMENTS.get(name) if needed is None or needed in fields else None
    if advice is _OWN_LAYER and isinstance(value, str):
        if value in ("linear", "identity"):
            return "leave it out: there is no activation where none is written"
        keyword = value if lookup(value) is not None else our_layer(value)
        return f"an activation is a layer of its own: write `{keyword}` as the next statement" if keyword else advice
    return advice
