"""Names that people bring from torch, torchvision and Keras: each leads to a line that can be written, never to a wrong one."""

from __future__ import annotations

import re

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.recipe import elsewhere, elsewhere_arguments, elsewhere_kinds
from cnnspec.recipe.recipe import SETTINGS
from cnnspec.source import Source

NETWORK = "network N {\n    input 1x32x32\n    stem: conv 4, kernel=3\n    flatten\n    head: linear 10\n}\n"
AS_WRITTEN = Options()


def found(*lines: str, options: Options = AS_WRITTEN) -> list[Diagnostic]:
    data = [] if any(line.startswith("data ") for line in lines) else ["data digits, resize=32"]
    body = "\n".join(f"    {line}" for line in (*data, *lines))
    return list(check_source(Source("t.cnn", f"{NETWORK}train {{\n{body}\n}}\n"), options).diagnostics)


def advice(*lines: str) -> str:
    (only,) = found(*lines)
    assert only.code in ("E0401", "E0202", "E0204")
    return only.help or ""


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("loss mae", "l1"),
        ("loss L1Loss", "l1"),
        ("loss nn.BCEWithLogitsLoss", "bce_with_logits"),
        ("loss binary_cross_entropy", "bce"),
        ("loss sparse_categorical_crossentropy", "cross_entropy"),
        ('loss "MSE"', "mse"),
        ("schedule CosineAnnealingLR", "cosine"),
        ("schedule StepLR, 3", "step"),
        ("schedule OneCycleLR", "one_cycle"),
        ("optimizer torch.optim.SGD", "sgd"),
        ("augment RandomHorizontalFlip", "horizontal_flip"),
        ("augment RandomCrop, 4", "random_crop"),
        ("data FashionMNIST", "fashion_mnist"),
        ("data ImageFolder", "folder"),
        ("init he_normal", "kaiming_normal"),
    ],
)
def test_another_name_for_a_kind(line: str, kind: str) -> None:
    assert advice(line) == f"it is called `{kind}` here"


def test_every_kind_is_found_by_the_name_of_its_class_in_torch() -> None:
    for setting in ("loss", "optimizer", "schedule"):
        kinds = SETTINGS[setting] or {}
        named = {vars(kind)["torch_name"]: word for word, kind in kinds.items() if "torch_name" in vars(kind)}
        assert {name: elsewhere_kinds.our_kind(setting, name, kinds) for name in named} == named
    assert elsewhere_kinds.our_kind("loss", "KLDivLoss", SETTINGS["loss"] or {}) is None


@pytest.mark.parametrize(
    "line",
    [
        *(f"loss {word}" for word in "kl_div hinge DiceLoss focal_loss rmse TripletMarginLoss CTCLoss".split()),
        *(f"schedule {word}" for word in "plateau ReduceLROnPlateau linear cosine_restarts CyclicLR LambdaLR".split()),
        *(f"augment {word}" for word in "RandomRotation color_jitter mixup Normalize resize ToTensor compose".split()),
        *(f"optimizer {word}" for word in "lamb lion lars momentum adabelief".split()),
        *(f"data {word}" for word in "imagenet svhn coco emnist iris imdb".split()),
    ],
)
def test_a_kind_that_there_is_not_has_an_answer_of_its_own(line: str) -> None:
    text = advice(line)
    assert not text.startswith(("did you mean", "known:", "it is called"))
    assert len(text) > 30


def test_two_optimizers_of_torch_are_refused_in_any_spelling() -> None:
    assert [item.code for word in ("sparse_adam", "SparseAdam", "LBFGS") for item in found(f"optimizer {word}")] == [
        "E0402"
    ] * 3


WRITTEN = re.compile(r"write `((?:loss|optimizer|schedule|augment|init|data) [^`]+)`")


def lines_to_write() -> list[str]:
    names = [(setting, word) for setting, advices in elsewhere_kinds.INSTEAD.items() for word in advices]
    texts = [elsewhere_kinds.kind_advice(setting, word) or "" for setting, word in names]
    return sorted({line for text in texts for line in WRITTEN.findall(text)})


@pytest.mark.parametrize("line", lines_to_write())
def test_what_the_advice_says_can_be_written(line: str) -> None:
    refused = {item.code for item in found(line)} - {"E0404", "E0410", "E0412", "E0414"}  # what suits another network
    assert refused == set()


def test_some_advice_says_what_to_write() -> None:
    assert "augment random_affine, 15" in lines_to_write()
    assert [item.code for item in found("augment random_rotation, 15")] == ["E0401"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("augment RandomRotation, 10", "`augment random_affine, 10`"),
        ("augment rotate, limit=30, p=0.5", "`augment random_affine, 30`"),
        ("augment rotation, p=0.5", "`augment random_affine, 15`"),
        ("augment RandomRotation, (-20, 20)", "`augment random_affine, 20`"),
        ("augment RandomRotation, (10, 20)", "`augment random_affine, 15`"),
        ("augment RandomRotation, 0.25", "`augment random_affine, 90`"),
        ("augment shift, 0.2", "translate=(0.2, 0.2)"),
        ("augment shift, 4", "translate=(0.1, 0.1)"),
        ("augment Resize, 224", "`resize=224`"),
        ("augment Resize, 28x32", "`resize=28x32`"),
        ("augment Resize, (28, 32)", "`resize=32`"),
        ("schedule warmup, 2", "`schedule constant, warmup=2`"),
        ("precision fp16", "--precision fp16`"),
        ("precision bf16", "--precision bf16`"),
        ("precision 64", "--precision fp64`"),
        ('precision "16-mixed"', "--precision fp16`"),
        ('precision "bf16-mixed"', "--precision bf16`"),
        ("precision foo", "--precision bf16`"),
        ("dtype torch.float16", "--precision fp16`"),
        ("dtype float64", "--precision fp64`"),
        ("amp true", "--precision fp16`"),
        ("amp false", "--precision fp32`"),
    ],
)
def test_advice_keeps_what_was_given(line: str, says: str) -> None:
    assert says in advice(line)


def test_advice_about_options_keeps_what_was_given_there() -> None:
    with pytest.raises(UsageError, match=r"--precision fp16`"):
        found("batch 3", options=Options(set=["train.precision=fp16"]))


def test_names_that_lead_on_are_none_of_ours_and_lead_to_ours() -> None:
    for setting, called in elsewhere_kinds.CALLED.items():
        kinds = SETTINGS[setting] or {}
        assert set(called) <= set(kinds)
        names = [name for text in called.values() for name in text.split()]
        assert len(names) == len(set(names))
        assert not set(names) & {elsewhere_kinds.plain_name(word) for word in kinds}
        assert not set(names) & set(elsewhere_kinds.INSTEAD.get(setting, {}))
        assert [name for name in names if name != elsewhere_kinds.plain_name(name)] == []
    for setting, instead in elsewhere_kinds.INSTEAD.items():
        assert [name for name in instead if name != elsewhere_kinds.plain_name(name)] == []
        assert not set(instead) & {elsewhere_kinds.plain_name(word) for word in SETTINGS[setting] or {}}


def test_arguments_that_lead_on_lead_to_ours() -> None:
    fields = {name for kinds in SETTINGS.values() for kind in (kinds or {}).values() for name in kind.model_fields}
    assert {name for names in elsewhere_arguments.CALLED.values() for name in names} <= fields
    assert not set(elsewhere.INSTEAD) & set(SETTINGS)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["label_smoothing 0.1"], "loss cross_entropy, label_smoothing=0.1"),
        (["lr 0.1"], "optimizer adam, lr=0.1"),
        (["learning_rate 0.1", "optimizer sgd, momentum=0.9"], "optimizer sgd, momentum=0.9, lr=0.1"),
        (["optimizer rmsprop", "momentum 0.5"], "optimizer rmsprop, momentum=0.5"),
        (["momentum 0.9"], "optimizer sgd, momentum=0.9"),
        (["weight_decay 1e-4"], "optimizer adam, weight_decay=1e-4"),
        (["warmup 2"], "schedule constant, warmup=2"),
        (["schedule cosine", "warmup_epochs 2"], "schedule cosine, warmup=2"),
        (["normalize true"], "data digits, resize=32, normalize=true"),
        (["adam"], "optimizer adam"),
        (["StepLR 3"], "schedule step, 3"),
        (["horizontal_flip"], "augment horizontal_flip"),
    ],
)
def test_an_argument_or_a_kind_as_a_setting(lines: list[str], expected: str) -> None:
    assert advice(*lines).endswith(f"write `{expected}`")
    instead = [line for line in lines if line.split()[0] in SETTINGS and line.split()[0] != expected.split()[0]]
    assert {item.severity for item in found(*instead, expected)} <= {"warning"}


@pytest.mark.parametrize("word", ["shuffle true", "device cuda", "steps 100", "pretrained true", "metrics accuracy"])
def test_what_no_recipe_says(word: str) -> None:
    assert "did you mean" not in advice(word)
    assert "known:" not in advice(word)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("schedule cosine, 3", "as long as the run"),
        ("schedule polynomial, 100", "as long as the run"),
        ("schedule one_cycle, 0.1", "its rate is `lr` of the optimizer"),
        ("schedule cosine, T_max=10", "`epochs`"),
        ("schedule one_cycle, steps_per_epoch=10", "`epochs`"),
        ("schedule one_cycle, max_lr=0.1", "`lr` of the optimizer"),
        ("schedule cosine, warmup_steps=100", "counts epochs"),
        ("optimizer adam, beta1=0.9", "betas="),
        ("optimizer adam, learning_rate=0.1", "`lr`"),
        ("loss cross_entropy, reduction=sum", "mean over its batch"),
        ("loss bce_with_logits, weight=2", "`pos_weight=2` lets what is there count twice"),
        ("loss bce, weight=[1, 2]", "`loss bce_with_logits, pos_weight=2` on logits"),
        ("data digits, batch_size=3", "`batch 64`"),
        ("augment random_crop, size=32, padding=4", "as large as they are"),
    ],
)
def test_arguments_from_elsewhere(line: str, says: str) -> None:
    assert says in advice(line)


def test_the_size_before_the_padding_of_a_crop() -> None:
    (only,) = found("augment random_crop, 32, padding=4")
    assert only.code == "E0208"
    assert only.help is not None
    assert "`random_crop, padding=4`" in only.help


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("train.data.path=../scans/x-1.npz", []),
        ("train.data.path=my scans.npz", []),
        ("train.data.x=images", []),
        ("train.freeze=[stem,head]", ["E0431"]),
        ("train.freeze=stem", []),
        ("train.freeze=stem.0", ["E0405"]),
        ("train.augment=[horizontal_flip, vertical_flip]", []),
        ("train.optimizer.lr=0.1x", ["E0205"]),
        ("train.optimizer.lr=1e-3/2", []),
    ],
)
def test_text_from_outside_needs_no_quotes(text: str, codes: list[str]) -> None:
    assert [item.code for item in found('data npz, "a.npz"', options=Options(set=[text]))] == codes


def test_lists_of_labels_from_python() -> None:
    assert found("batch 3", options=Options(set={"train.freeze": ["stem"]})) == []
    assert [item.code for item in found("batch 3", options=Options(set={"train.freeze": ["steam"]}))] == ["E0405"]


def test_an_argument_goes_to_the_kind_that_is_meant() -> None:
    kind, argument = found("optimizer SGD", "lr 0.1")
    assert kind.help == "it is called `sgd` here"
    assert argument.help is not None
    assert argument.help.endswith("write `optimizer sgd, lr=0.1`")


def test_paths_from_outside_are_what_was_written() -> None:
    text = f'{NETWORK}train {{\n    data npz, "a.npz"\n}}\n'
    recipe = check_source(Source("t.cnn", text), Options(set=["train.data.path=../x-1.npz"])).networks[-1].recipe
    assert recipe is not None
    assert recipe.data is not None
    assert recipe.data.model_dump()["path"] == "../x-1.npz"


@pytest.mark.parametrize(
    ("text", "says"), [("train.freeze=stem,head", r"\[stem,head\]"), ("width=x.npz", "quote strings"), ('a="', "quote strings")]
)
def test_other_text_is_told_how_it_is_written(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        found("batch 3", options=Options(set=[text]))


@pytest.mark.parametrize(
    "word", ["gan", "bce_gan", "WGAN", "wgan_gp", "GANLoss", "hinge_gan", "adversarial", "nn.LSGANLoss", "critic"]
)
def test_losses_of_two_networks_lead_to_the_example_with_two(word: str) -> None:
    assert "as examples/gan.py does" in advice(f"loss {word}" if "." not in word else f'loss "{word}"')


@pytest.mark.parametrize("word", ["triplet", "contrastive"])
def test_losses_of_several_outputs_lead_to_the_example_with_several(word: str) -> None:
    assert "as examples/siamese.py does" in advice(f"loss {word}")
