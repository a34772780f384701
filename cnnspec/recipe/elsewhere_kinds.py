"""What torch, torchvision, Keras and others call the kinds of a setting, and what to write for those that there are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from cnnspec.declarations.declaration import Declaration

CALLED = {
    "loss": {
        "cross_entropy": "ce categoricalcrossentropy sparsecategoricalcrossentropy softmaxcrossentropy "
        "softmaxwith softmax log multinomial",
        "label_smoothing": "labelsmoothingcrossentropy smoothing smoothcrossentropy",
        "nll": "negativeloglikelihood",
        "mse": "meansquarederror squarederror l2 euclidean",
        "l1": "mae meanabsoluteerror absoluteerror",
        "bce": "binarycrossentropy",
        "bce_with_logits": "binarycrossentropywithlogits bcelogits sigmoidcrossentropy multilabelsoftmargin logistic",
    },
    "optimizer": {
        "sgd": "gd gradientdescent",
        "adamw": "decoupledadam fusedadamw",
        "adam": "fusedadam",
    },
    "schedule": {
        "constant": "fixed none",
        "step": "stepdecay steplrscheduler",
        "multistep": "piecewise piecewiseconstant piecewiseconstantdecay multisteps milestones",
        "exponential": "exp exponentialdecay expdecay",
        "cosine": "cos cosineannealing cosinedecay cosinelr cosinelrscheduler cosineschedule",
        "polynomial": "poly polylr polydecay polynomialdecay",
        "one_cycle": "superconvergence",
    },
    "augment": {
        "random_crop": "crop randomcroppad padcrop cropwithpadding",
        "horizontal_flip": "hflip fliplr flip randomflip mirror randommirror fliphorizontal flipleftright randomfliphorizontal",
        "vertical_flip": "vflip flipud flipvertical flipupdown randomflipvertical",
        "random_affine": "affine shiftscalerotate",
        "random_erasing": "erasing randomerase erase",
        "cutout": "coarsedropout randomcutout",
    },
    "init": {
        "xavier_uniform": "glorotuniform glorot",
        "xavier_normal": "glorotnormal",
        "kaiming_uniform": "heuniform",
        "kaiming_normal": "henormal he msra msrafill",
        "trunc_normal": "truncatednormal",
        "normal": "gaussian randomnormal",
        "uniform": "randomuniform",
    },
    "data": {
        "digits": "loaddigits sklearndigits",
        "fashion_mnist": "fashion fmnist",
        "kmnist": "kuzushijimnist",
        "folder": "imagefolder images directory imagedataset imagedirectory datasetfolder",
        "csv": "table tabular pandas dataframe excel xlsx",
        "npz": "numpy npy arrays tensors tensordataset",
        "pairs": "segmentation masks imagepairs",
        "synthetic": "fake fakedata dummy randomdata random",
    },
}

_OWN_LOOP = "train the module that `build()` returns with a loop of your own"
_SEGMENTS = f"for masks write `loss cross_entropy`, with `weight=` for rare classes; otherwise {_OWN_LOOP}"
_MARGIN = f"for classes write `loss cross_entropy`; otherwise {_OWN_LOOP}"
_NO_SUCH = f"a recipe has no such loss: {_OWN_LOOP}"
_SEVERAL = f"it compares several outputs, and a `train` block has one: {_OWN_LOOP}, as examples/siamese.py does"
_AGAINST = f"it trains two networks against each other, and a `train` block one: {_OWN_LOOP}, as examples/gan.py does"
_NOT_IN_TORCH = "a recipe has the optimizers of torch.optim, which this is none of: `optimizer adamw` is the nearest"
_OWN_RULE = f"a rule of one's own is not to be had: write `schedule cosine`, or {_OWN_LOOP}"
_LINEAR = "a straight line down to 0 is `schedule polynomial`; one up at the beginning is `schedule constant, warmup=5`"
_RESTARTS = "no schedule begins anew within a run: write `schedule cosine`, which goes down once"
_CYCLES = "no schedule goes up again and again: write `schedule one_cycle`, which goes up and down once"
_COLOURS = "no augmentation changes colours: those that move or hide pixels are listed by `cnnspec explain augment`"
_MIXED = "no augmentation mixes images: write `loss label_smoothing`, which makes labels less certain too"
_TEST_ALIKE = "it is done to test images as well, so it is no augmentation"
_AS_ARRAYS = 'write its images and labels with `numpy.savez`, and then `data npz, "NAME.npz"`'
_BOXES = "boxes are no target of a recipe: masks are trained with `data pairs`, and examples/detector.py trains a detector"
_TEXT = "only images, arrays and tables are read"

# `{degrees:15}` is what was given, or 15.
INSTEAD = {
    "loss": {
        "kldiv": "it compares distributions, and data has labels: write `loss label_smoothing`, or `loss cross_entropy`",
        **dict.fromkeys("dice softdice iou jaccard lovasz tversky".split(), _SEGMENTS),
        "weightedcrossentropy": "write `loss cross_entropy, weight=[1, 5]`, with one number for each class",
        "focal": "write `loss cross_entropy, weight=[1, 5]`, with one number for each class, so that rare ones count more",
        **dict.fromkeys(
            "hinge categoricalhinge squaredhinge multimargin multilabelmargin softmargin hingeembedding".split(), _MARGIN
        ),
        **dict.fromkeys(
            "triplet tripletmargin tripletmarginwithdistance contrastive cosineembedding cosinesimilarity marginranking "
            "infonce ntxent".split(),
            _SEVERAL,
        ),
        **dict.fromkeys(
            "gan adversarial wasserstein discriminator generator critic minimax relativistic nonsaturating "
            "gradientpenalty".split(),
            _AGAINST,
        ),
        **dict.fromkeys("ctc poissonnll gaussiannll poisson vae elbo logcosh msle mape ssim perceptual".split(), _NO_SUCH),
        "rmse": "write `loss mse`: its root is what is reported beside the loss",
        "accuracy": "it has no slope to follow: write `loss cross_entropy`; the accuracy is reported beside the loss",
    },
    "optimizer": {
        **dict.fromkeys(
            "lamb lars lion adan sophia adabelief adabound adamp lookahead ranger shampoo soap novograd yogi ftrl tiger "
            "prodigy dadaptation schedulefree kfac madgrad".split(),
            _NOT_IN_TORCH,
        ),
        "momentum": "write `optimizer sgd, momentum=0.9`",
        "nesterov": "write `optimizer sgd, momentum=0.9, nesterov=true`",
        "nag": "write `optimizer sgd, momentum=0.9, nesterov=true`",
        "amsgrad": "write `optimizer adam, amsgrad=true`",
    },
    "schedule": {
        **dict.fromkeys(
            "plateau reduceonplateau reducelronplateau".split(),
            "no schedule looks at results: write `schedule cosine`, and `early_stopping 10` to end a run that gets no better",
        ),
        **dict.fromkeys("linear lineardecay linearlr linearwarmup".split(), _LINEAR),
        **dict.fromkeys(
            "cosinerestarts cosinewarmrestarts cosineannealingwarmrestarts cosinedecayrestarts sgdr".split(), _RESTARTS
        ),
        **dict.fromkeys("cyclic cycliclr triangular".split(), _CYCLES),
        **dict.fromkeys(
            "lambda lambdalr multiplicative multiplicativelr sequential sequentiallr chainedscheduler "
            "inversetimedecay inversesqrt noam swalr".split(),
            _OWN_RULE,
        ),
        **dict.fromkeys(
            "cosinewarmup warmupcosine cosinewithwarmup cosineschedulewithwarmup".split(), "write `schedule cosine, warmup=5`"
        ),
        **dict.fromkeys("linearschedulewithwarmup warmuplinear".split(), "write `schedule polynomial, warmup=5`"),
        "warmup": "it is an argument of every schedule: write `schedule cosine, warmup={epochs:5}`, or "
        "`schedule constant, warmup={epochs:5}`",
    },
    "augment": {
        **dict.fromkeys("rotation rotate randomrotation randomrotate".split(), "write `augment random_affine, {degrees:15}`"),
        **dict.fromkeys(
            "translation translate shift randomtranslation randomshift".split(),
            "write `augment random_affine, 0, translate=({share:0.1}, {share:0.1})`",
        ),
        **dict.fromkeys("zoom scale randomzoom randomscale".split(), "write `augment random_affine, 0, scale=(0.9, 1.1)`"),
        **dict.fromkeys(
            "shear randomshear perspective randomperspective elastic elastictransform".split(),
            "no augmentation bends images: write `augment random_affine, 10`, which turns them a little",
        ),
        "randomresizedcrop": "write `augment random_affine, 0, scale=(1, 2)`, which shows a part of the image enlarged",
        **dict.fromkeys(
            "colorjitter colourjitter jitter brightness contrast saturation hue grayscale randomgrayscale gaussianblur blur "
            "gaussiannoise noise randomnoise invert solarize posterize equalize autocontrast autoaugment randaugment "
            "trivialaugment trivialaugmentwide augmix".split(),
            _COLOURS,
        ),
        **dict.fromkeys("mixup cutmix mosaic".split(), _MIXED),
        **dict.fromkeys(
            "normalize normalization normalise standardize".split(),
            f"{_TEST_ALIKE}: write `normalize=true` in the line `data`",
        ),
        **dict.fromkeys(
            "resize centercrop scaleto".split(),
            f"{_TEST_ALIKE}: write `resize={{size:32}}` in the line `data`, where data takes it",
        ),
        **dict.fromkeys(
            "totensor rescale rescaling pil toimage todtype convertimagedtype".split(),
            "leave it out: images come as numbers from 0 to 1",
        ),
        **dict.fromkeys(
            "randomapply randomchoice oneof".split(), "write a line `augment` for each, with its own `p` where it has one"
        ),
        "compose": "write a line `augment` for each, in their order",
    },
    "init": {
        "lecunnormal": "write `init kaiming_normal, nonlinearity=linear`, which draws as widely",
        "lecununiform": "write `init kaiming_uniform, nonlinearity=linear`, which draws as widely",
        "default": "leave the line out: weights then begin as in torch",
    },
    "data": {
        **dict.fromkeys(
            "svhn emnist caltech256 lsun omniglot dtd catsvsdogs tinyimagenet200 "
            "usps qmnist stl10 celeba tinyimagenet food101 flowers102 eurosat pcam places365 caltech101".split(),
            f'it is not fetched: put its images into a folder for each class, and write `data folder, "PATH"`; or {_AS_ARRAYS}',
        ),
        **dict.fromkeys(
            "imagenet ilsvrc imagenet1k".split(),
            'it is not fetched: write `data folder, "PATH", resize=224`, with a folder for each class',
        ),
        **dict.fromkeys("coco cocodetection yolo voc vocdetection pascalvoc".split(), _BOXES),
        **dict.fromkeys(
            "vocsegmentation cityscapes ade20k camvid oxfordiiitpet carvana".split(),
            'it is not fetched: write `data pairs, "IMAGES", "MASKS"`, two folders of images with the same names',
        ),
        **dict.fromkeys(
            "iris wine titanic housing californiahousing boston json".split(),
            'write it as a table, and `data csv, "PATH.csv", target=-1`',
        ),
        **dict.fromkeys("hdf5 h5 pt pickle mat tfrecord tfrecords parquet webdataset lmdb zarr".split(), _AS_ARRAYS),
        **dict.fromkeys("imdb agnews wikitext text audio video".split(), _TEXT),
    },
}


def our_kind(setting: str, word: str, kinds: Mapping[str, type[Declaration]]) -> str | None:
    """Returns the kind of a setting that others call `word` (`MAE`, `StepLR`, `nn.L1Loss`), None where none is known."""
    plain = plain_name(word)
    ours = next((keyword for keyword, names in CALLED.get(setting, {}).items() if plain in names.split()), None)
    return ours or _torch_names(setting, tuple(kinds.items())).get(plain)


def kind_advice(setting: str, word: str, given: str = "") -> str | None:
    """Returns what to write for a kind that there is not, or why it is not there; None where nothing is known.

    `given` is the first of its arguments, as it is written.
    """
    plain = plain_name(word)
    if setting == "loss" and "gan" in plain:
        plain = "gan"  # whichever of its many kinds: `wgan_gp`, `bce_gan`
    advice = INSTEAD.get(setting, {}).get(plain)
    if advice is None:
        return None
    return re.sub(r"\{(\w+):([\d.]+)\}", lambda usual: _amount(usual[1], given) or usual[2], advice)


def _amount(unit: str, given: str) -> str | None:
    """Returns an argument from elsewhere as it is written here, None where it is something else than an amount of the unit.

    A range such as `(-10, 10)` goes as far in both directions. Turns below 1 are Keras' shares of a whole one.
    """
    if unit == "size":
        return given if re.fullmatch(r"\d+(x\d+)?", given) else None
    around = re.fullmatch(r"[(\[]\s*-\s*([\d.]+)\s*,\s*([\d.]+)\s*[)\]]", given)
    text = around[1] if around is not None and around[1] == around[2] else given
    if not re.fullmatch(r"\d+(\.\d+)?", text) or float(text) == 0:
        return None
    if unit == "degrees":
        return text if float(text) >= 1 else f"{360 * float(text):g}"
    return None if unit == "share" and float(text) >= 1 else text


def plain_name(word: str) -> str:
    """Returns a name without what stands before it and around it, without lines between words, `Loss`, and in small letters."""
    plain = re.sub(r"[\W_]", "", word.strip("\"'").rpartition(".")[2]).lower()
    return plain.removesuffix("loss") or plain


@cache
def _torch_names(setting: str, kinds: tuple[tuple[str, type[Declaration]], ...]) -> dict[str, str]:
    """Returns the keywords by torch's names for their classes, by torchvision's, and by their own in another spelling."""
    names: dict[str, str] = {}
    for keyword, kind in kinds:
        own = plain_name(keyword)
        spellings = (own, f"random{own}" if setting == "augment" else own, plain_name(getattr(kind, "torch_name", own)))
        for name in spellings:
            names.setdefault(name, keyword)
    return names
