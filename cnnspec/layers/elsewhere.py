"""What other frameworks (Keras, Darknet, Caffe, ONNX) call our layers and arguments: for suggestions; none is accepted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cnnspec.layers.index import FAMILIES

LAYERS = {
    "conv": "convolution convolutional convolve convlayer",
    "conv_transpose": "convtranspose convolutiontranspose deconv deconvolution deconvolutional transposedconv upconv",
    "linear": "dense connected fullyconnected innerproduct fc gemm matmul affine",
    "maxpool": "maxpooling pooling pool subsampling",
    "avgpool": "averagepooling averagepool avgpooling meanpool",
    "global_avgpool": "globalaveragepooling globalaveragepool gap selectadaptivepool",
    "global_maxpool": "globalmaxpooling globalmaxpool",
    "adaptive_avgpool": "adaptiveaveragepooling",
    "batchnorm": "batchnormalization batchnormalisation batchnormalize bn frozenbatchnorm syncbatchnorm",
    "layernorm": "layernormalization layernormalisation ln",
    "groupnorm": "groupnormalization groupnormalisation",
    "instancenorm": "instancenormalization instancenormalisation",
    "local_response_norm": "lrn localresponsenormalization",
    "dropout": "dropoutlayer",
    "channel_dropout": "spatialdropout featuredropout",
    "drop_path": "stochasticdepth droppath",
    "upsample": "upsampling interpolate resize resizing unpool",
    "pixel_shuffle": "depthtospace subpixel",
    "pixel_unshuffle": "spacetodepth reorg",
    "zero_pad": "zeropadding padding pad",
    "reflection_pad": "reflectpad mirrorpad",
    "crop": "cropping centercrop",
    "flatten": "flat",
    "reshape": "view",
    "permute": "transpose swapaxes",
    "identity": "noop linearactivation passthrough",
    "silu": "swish",
    "threshold": "thresholdedrelu",
    "leaky_relu": "leaky lrelu leakyrelu",
    "relu": "rectifier rectify",
    "sigmoid": "logistic",
    "hardswish": "hswish",
    "hardsigmoid": "hsigmoid",
    "softmax": "softmaxlayer",
}

# Each with the fields that it may mean, of which a layer has one.
ARGUMENTS = {
    "filters": ("out_channels",),
    "num_filters": ("out_channels",),
    "channels": ("out_channels",),
    **dict.fromkeys(("planes", "out_planes", "out_chs", "n_filters", "nb_filter"), ("out_channels",)),
    **dict.fromkeys(("inplanes", "in_planes", "in_chs", "input_channels"), ("in_channels",)),
    **dict.fromkeys(("num_classes", "neurons", "nodes", "n_out", "output_dim"), ("out_features",)),
    **dict.fromkeys(("num_outputs", "n_outputs"), ("out_channels", "out_features")),
    **dict.fromkeys(("window", "window_size", "k", "ksize"), ("kernel",)),
    **dict.fromkeys(("drop_prob", "drop_rate", "dropout_ratio"), ("p",)),
    "s": ("stride",),
    "p": ("padding",),
    "d": ("dilation",),
    "g": ("groups",),
    "num_groups": ("groups", "num_groups"),
    "kernel_initializer": ("init",),
    "interpolation": ("mode",),
    "ceil": ("ceil_mode",),
    "num_output": ("out_channels", "out_features"),
    "units": ("out_features",),
    "output": ("out_features",),
    "size": ("kernel",),
    "pool_size": ("kernel",),
    "kernel_shape": ("kernel",),
    "filter_size": ("kernel",),
    "strides": ("stride",),
    "subsample": ("stride",),
    "pad": ("padding",),
    "pads": ("padding",),
    "border_mode": ("padding",),
    "dilation_rate": ("dilation",),
    "dilations": ("dilation",),
    "group": ("groups",),
    "use_bias": ("bias",),
    "rate": ("p",),
    "prob": ("p",),
    "probability": ("p",),
    "epsilon": ("eps",),
    "learning_rate": ("lr",),
    "decay": ("weight_decay",),
    "alpha": ("negative_slope",),
    "factor": ("scale_factor", "upscale_factor"),
    "scale": ("scale_factor",),
    "target_shape": ("sizes",),
    "dims": ("axes",),
}
MERGES = {
    "add": "add sum plus eltwise",
    "concat": "concat cat concatenate concatenation depthconcat merge",
    "multiply": "multiply mul prod times scale",
}


def our_merge(word: str) -> str | None:
    """Returns the merge that another framework calls `word` (`cat`, `Concatenate`), None where none is known."""
    return next((keyword for keyword, names in MERGES.items() if word.lower() in names.split()), None)


def our_layer(word: str) -> str | None:
    """Returns the keyword for what another framework calls `word` (`Dense`, `MaxPooling2D`), None where none is known."""
    plain = plain_name(word)
    if plain != word.lower():  # it is one of ours with a number of axes
        ours = next((keyword for keyword in FAMILIES if keyword.replace("_", "") == plain), None)
        if ours is not None and re.search(r"[123]d", word.lower()):
            return ours
    return next((keyword for keyword, names in LAYERS.items() if plain in names.split()), None)


def plain_name(word: str) -> str:
    """Returns a name in lower case without what frameworks differ in: the number of axes, and lines between words."""
    return re.sub(r"[123]d", "", word.lower().replace("_", "").replace("-", ""))


def our_argument(name: str, fields: Iterable[str]) -> str | None:
    """Returns which of a layer's fields another framework calls `name`, None where none is known."""
    known = set(fields)
    return next((field for field in ARGUMENTS.get(name.lower(), ()) if field in known), None)
