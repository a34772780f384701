"""Lines of `train { }` that may stand several times, kinds that are not to be had, and the other notation."""

from __future__ import annotations

import pytest

from cnnspec.compiler import Options, check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.analyses.learned import learned_weights
from cnnspec.recipe.augment_kinds import Cutout, HorizontalFlip, RandomCrop
from cnnspec.recipe.recipe import Recipe
from cnnspec.recipe.schedule_curves import Cosine
from cnnspec.source import Source

AS_WRITTEN = Options()
NETWORK = """
network Net {
    input 1x8x8
    features: {
        conv 4, kernel=3, bias=false
        norm: batchnorm
    }
    flatten
    head: linear 10
}
"""


def findings(settings: str, options: Options = AS_WRITTEN) -> list[Diagnostic]:
    text = f"{NETWORK}\ntrain {{\n    data digits\n{settings}\n}}\n"
    return list(check_source(Source("test.cnn", text), options).diagnostics)


def recipe(settings: str, options: Options = AS_WRITTEN, name: str = "test.cnn") -> Recipe:
    text = f"{NETWORK}\ntrain {{\n    data digits\n{settings}\n}}\n" if name.endswith("cnn") else settings
    result = check_source(Source(name, text), options)
    assert result.ok, [item.message for item in result.diagnostics]
    found = result.networks[-1].recipe
    assert found is not None
    return found


def test_several_augmentations_keep_their_order() -> None:
    found = recipe("augment random_crop, padding=1\naugment horizontal_flip\naugment cutout, 2")
    assert found.augment == (RandomCrop(padding=1), HorizontalFlip(), Cutout(size=2))


def test_frozen_parts_in_one_line_or_several() -> None:
    expected = ("features.0", "features.norm", "features")
    assert recipe('freeze "features.0", features.norm\nfreeze features').freeze == expected
    assert recipe("freeze head", Options(set=["train.freeze=features"])).freeze == ("features",)


def test_the_same_in_yaml() -> None:
    text = """
network: Net
input: 1x8x8
layers:
  - {label: features, layers: [{conv: [4, 3]}]}
  - flatten
  - linear: 10
train:
  data: digits
  schedule: {cosine: {warmup: 2}}
  augment: [{random_crop: {padding: 1}}, horizontal_flip]
  freeze: [features, features.0]
"""
    found = recipe(text, name="test.yaml")
    assert found.augment == (RandomCrop(padding=1), HorizontalFlip())
    assert found.schedule == Cosine(warmup=2)
    assert found.freeze == ("features", "features.0")


def test_other_settings_are_given_once() -> None:
    assert [item.code for item in findings("schedule cosine\nschedule step, 3")] == ["E0208"]


@pytest.mark.parametrize(
    ("line", "code", "marked"),
    [
        ("freeze feature", "E0405", "feature"),
        ('freeze features, "features.2"', "E0405", '"features.2"'),
        ("freeze 3", "E0205", "3"),
        ("freeze", "E0203", "freeze"),
        ("optimizer lbfgs", "E0402", "lbfgs"),
        ("optimizer muon", "E0418", "optimizer muon"),
        ("schedule cosin", "E0401", "cosin"),
        ("schedule step", "E0203", "step"),
        ("augment random_crop", "E0203", "random_crop"),
        ("augment cutout, size=0", "E0205", "size=0"),
        ("loss cross_entropy, weight=[1, 2]", "E0404", "weight=[1, 2]"),
    ],
)
def test_mistakes_are_marked(line: str, code: str, marked: str) -> None:
    (found,) = findings(line)
    assert (found.code, found.span.text) == (code, marked)


def test_a_misspelt_part_is_guessed() -> None:
    (found,) = findings("freeze feature")
    assert found.help == "did you mean `features`?"


def test_one_of_several_lines_cannot_be_set_from_outside() -> None:
    with pytest.raises(UsageError, match=r"train\.augment\.padding"):
        findings("augment random_crop, padding=1", Options(set=["train.augment.padding=2"]))


def test_what_is_learned() -> None:
    network = check_source(Source("test.cnn", NETWORK)).networks[-1]
    names = [name for name, _ in learned_weights(network, Recipe(freeze=("features.norm",)))]
    assert names == ["features.0.weight", "head.weight", "head.bias"]
    assert dict(learned_weights(network, Recipe(freeze=("features",))))["head.weight"] == (10, 144)


@pytest.mark.parametrize("value", ["0.0", "[1, 2]", "-1", "2 * 3"])
def test_what_is_no_label_is_shown_as_it_is_written(value: str) -> None:
    (found,) = findings(f"freeze {value}")
    assert found.message == f"`label` of `freeze` must be a label such as `features`, not `{value}`"


@pytest.mark.parametrize(
    ("line", "marked", "advice"),
    [
        ("batch 64, shuffle=true", "shuffle", "leave it out: training shuffles the samples in each epoch"),
        ("batch value=64", "value", "`batch` is one value, without arguments: write `batch 64`"),
        ("ema decay=0.9", "decay", "`ema` is one value, without arguments: write `ema 0.9`"),
        ("batch 64, epochs=3", "epochs", "write `epochs 3` on a line of its own"),
        ("batch 64, num_epochs=3", "num_epochs", "write `epochs 3` on a line of its own"),
        ("batch 64, batch_size=3", "batch_size", "`batch` is one value, without arguments"),
        ("clip_norm 1, norm_type=2", "norm_type", "`clip_norm` is one value, without arguments"),
        ("epochs 10, lr=0.1", "lr", "it is an argument of `optimizer`: write `optimizer adam, lr=0.1`"),
        ("optimizer sgd, lr=1\nepochs 10, lr=0.1", "lr", "leave it out: the line `optimizer` says `lr` already"),
    ],
)
def test_a_value_has_no_arguments(line: str, marked: str, advice: str) -> None:
    (found,) = findings(line)
    assert (found.code, found.span.text) == ("E0202", marked)
    assert found.help is not None
    assert found.help.startswith(advice) or found.help.endswith(advice)


def test_a_value_is_one() -> None:
    (found,) = findings("epochs 10, 20")
    assert (found.code, found.span.text, found.help) == ("E0204", "20", "`epochs` is one value, without arguments")
    assert findings("epochs 10") == []
